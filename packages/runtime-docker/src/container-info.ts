/** What the engine says of a container, as the agent wants to know it. Pure. */

import { constants } from 'node:os';
import type { ContainerInfo, RuntimeContainerState } from '@mooring/core';
import type { ContainerInspectInfo } from 'dockerode';
import type { FirstEnd } from './outside-acts.ts';
import type { ContainerRecord } from './records.ts';

/** As much of an inspection as is needed. */
export type Inspected = Pick<ContainerInspectInfo, 'Id' | 'Created' | 'State'>;
type EngineState = Inspected['State'];

/** What is known besides. */
export interface EndFacts {
  /** Whether an end at this time is the doing of somebody else. */
  isStoppedAt(endMs: number): boolean;
  /** How it ended before somebody else let it run once more: that is the end that counts. */
  readonly firstEnd?: FirstEnd;
  /** What it left in its message file. */
  readonly message?: string;
  /** When it was asked for, if it had been made ahead. */
  readonly bornMs?: number;
  /** Why the engine did not start it. Podman says so once, and does not write it down. */
  readonly refusal?: string;
}

/** The exit code of a container that was never started: that of the kubelet for a start that failed. */
const startErrorCode = 128;

export function containerInfo(
  inspected: Inspected,
  record: ContainerRecord,
  { isStoppedAt, firstEnd, message, bornMs, refusal }: EndFacts,
): ContainerInfo {
  const { State: state } = inspected;
  const { name, podUID, containerName, attempt, labels, image, imageRef, sandboxID } = record;
  const createdAtMs = bornMs ?? Date.parse(inspected.Created);
  const identity = {
    id: inspected.Id,
    name,
    podUID,
    containerName,
    attempt,
    labels,
    image,
    imageRef,
    sandboxID,
  };
  const failure = startFailure(state, refusal);
  if (failure !== undefined)
    return {
      ...{ ...identity, state: 'exited', createdAtMs, finishedAtMs: createdAtMs },
      ...{ exitCode: startErrorCode, reason: 'StartError', message: failure },
    };
  const finishedAtMs = stateOf(state) === 'exited' ? (firstEnd?.atMs ?? timeOf(state.FinishedAt)) : undefined;
  const startedAtMs = earlier(timeOf(state.StartedAt), finishedAtMs);
  const common = {
    ...{ ...identity, state: stateOf(state), createdAtMs },
    ...(startedAtMs !== undefined && { startedAtMs }),
  };
  if (common.state === 'running') return state.Pid > 0 ? { ...common, pid: state.Pid } : common;
  if (common.state !== 'exited') return common;
  const exitCode = firstEnd?.exitCode ?? state.ExitCode;
  const signal = signalOf(exitCode);
  const reason = reasonOf(state, isStoppedAt(finishedAtMs ?? createdAtMs));
  return {
    ...common,
    ...(finishedAtMs !== undefined && { finishedAtMs }),
    exitCode,
    ...(signal !== undefined && { signal }),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
}

/** What an inspection will say once it runs. */
export function afterStart(inspected: Inspected, atMs: number): Inspected {
  const start = { Running: true, StartedAt: new Date(atMs).toISOString(), Status: 'running' };
  return { ...inspected, State: { ...inspected.State, ...start } };
}

/** What an inspection will say once it has ended. */
export function afterEnd(inspected: Inspected, { exitCode, atMs }: FirstEnd): Inspected {
  const end = { Running: false, Pid: 0, ExitCode: exitCode, FinishedAt: new Date(atMs).toISOString() };
  return { ...inspected, State: { ...inspected.State, ...end, Status: 'exited' } };
}

/** Why it was never started: the engine leaves it as `created`, with a code and its own words. */
function startFailure(
  { Status, StartedAt, ExitCode, Error: words }: EngineState,
  refusal: string | undefined,
): string | undefined {
  const hasStarted = timeOf(StartedAt) !== undefined;
  if (hasStarted || (Status !== 'created' && Status !== 'exited')) return undefined;
  return ExitCode !== 0 && words !== '' ? words : refusal;
}

const states: Readonly<Record<string, RuntimeContainerState>> = {
  created: 'created',
  running: 'running',
  paused: 'running',
  restarting: 'running',
  stopping: 'running',
  removing: 'exited',
  exited: 'exited',
  dead: 'exited',
};

function stateOf({ Status }: EngineState): RuntimeContainerState {
  return states[Status] ?? 'unknown';
}

/**
 * The engine says that memory ran out also when only a child was killed for it; the container has died of it only with the
 * code of a kill.
 */
function reasonOf({ OOMKilled, ExitCode }: EngineState, isStoppedExternally: boolean): string | undefined {
  if (OOMKilled && ExitCode === 128 + constants.signals.SIGKILL) return 'OOMKilled';
  return isStoppedExternally ? 'StoppedExternally' : undefined;
}

/** `SIGKILL` for 137. A program that exits with such a code by itself cannot be told apart. */
function signalOf(exitCode: number): string | undefined {
  const number = exitCode - 128;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

/** A program that ends at once may have ended before the engine notes that it has started. */
function earlier(startedAtMs: number | undefined, finishedAtMs: number | undefined): number | undefined {
  return startedAtMs === undefined ? undefined : Math.min(startedAtMs, finishedAtMs ?? startedAtMs);
}

/** The engine writes the year 1 for never. */
function timeOf(text: string): number | undefined {
  const ms = Date.parse(text);
  return ms > 0 ? ms : undefined;
}
