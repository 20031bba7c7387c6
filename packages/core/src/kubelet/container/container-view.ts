/** What is known of one container, as its pod sees it; and the pure steps that change it. */

import type { ContainerInfo } from '../../contract/container-runtime.ts';
import type { ProbeVerdict } from '../pod/observation.ts';
import { unlocated } from './exit-reason.ts';

/** Why a container is not running although it should: what `state.waiting` shows. */
export interface StartFailure {
  readonly reason: string;
  readonly message: string;
}

/** Why an instance has to end, and what comes after it. */
export interface StopOrder {
  /** Text of the `Killing` event. */
  readonly message: string;
  /** What the record of the termination says about who ended it. */
  readonly cause: string;
  /** The probe whose answers made it so. */
  readonly probe?: 'liveness' | 'startup';
  readonly gracePeriodMs: number;
  /** Another instance follows at once, whatever the exit code. */
  readonly restart: boolean;
  /** Liveness and startup probes have nothing more to say. */
  readonly podTerminating: boolean;
  /** Containers that have to be dead before this one gets its signal (sidecars). */
  readonly waitFor: readonly string[];
  /** The hook of an earlier, longer order has run or is running. */
  readonly skipPreStop: boolean;
  /** Remove the dead instances too, as if there had been none. */
  readonly discard: boolean;
  /**
   * It is to run again however it ends. Where its exit code alone would say that it need not (a success), its remains
   * go, so that nobody takes it for done: not while an image is pulled, and not after the agent was restarted.
   */
  readonly startsOver: boolean;
}

export type ContainerActivity = 'idle' | 'backingOff' | 'starting' | 'running' | 'stopping';

export interface ContainerVerdicts {
  readonly liveness?: ProbeVerdict;
  readonly readiness?: ProbeVerdict;
  readonly startup?: ProbeVerdict;
}

export interface ContainerView {
  readonly name: string;
  readonly activity: ContainerActivity;
  /** The newest instance, and the one before it. */
  readonly instances: readonly ContainerInfo[];
  /** Verdicts on the newest instance. */
  readonly verdicts: ContainerVerdicts;
  readonly startFailure: StartFailure | undefined;
}

/**
 * Two orders for one instance: what either of them ends stays ended, and the shorter grace period counts. The hook of
 * the first has run or is running.
 */
export function mergedOrder(current: StopOrder | undefined, next: StopOrder): StopOrder {
  if (current === undefined) return next;
  const { probe = next.probe } = current;
  return {
    ...next,
    ...(probe !== undefined && { probe }),
    gracePeriodMs: Math.min(current.gracePeriodMs, next.gracePeriodMs),
    restart: current.restart && next.restart,
    podTerminating: current.podTerminating || next.podTerminating,
    skipPreStop: true,
    discard: current.discard || next.discard,
    startsOver: current.startsOver && next.startsOver,
  };
}

/** Dead instances that stay known beside the newest one: the kubelet keeps one. */
export const instancesKept = 2;

/** The instances once `info` is known: it replaces what was known of it, or becomes the newest. */
export function instancesAfter(
  instances: readonly ContainerInfo[],
  info: ContainerInfo,
): readonly ContainerInfo[] {
  if (instances[0]?.id === info.id) return [info, ...instances.slice(1)];
  if (instances.some((known) => known.id === info.id)) {
    return instances.map((known) => (known.id === info.id ? info : known));
  }
  return [info, ...instances].slice(0, instancesKept);
}

export function isRunning(view: Pick<ContainerView, 'instances'>): boolean {
  return view.instances[0]?.state === 'running';
}

/** An instance that ran and of which the runtime knows nothing any more. */
export function vanished(info: ContainerInfo, atMs: number): ContainerInfo {
  return {
    ...info,
    state: 'exited',
    ...unlocated,
    finishedAtMs: info.finishedAtMs ?? atMs,
  };
}
