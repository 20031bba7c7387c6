/** What a pod's decisions are made from: what the runtime lists now, and what the probes of its containers say. */

import type { ContainerID, ContainerInfo, SandboxInfo } from '../../contract/container-runtime.ts';
import type { ProbeVerdict } from '../probe/settings.ts';

export type { ProbeVerdict };

/** Everything the runtime knows of one pod at one moment. */
export interface PodObservation {
  /** Newest first. */
  readonly sandboxes: readonly SandboxInfo[];
  /** All instances of all containers; the instances of one container are newest first. */
  readonly containers: readonly ContainerInfo[];
}

/** Verdicts by container ID; a missing ID has no verdict yet, or no such probe. */
export interface ProbeResults {
  readonly liveness: ReadonlyMap<ContainerID, ProbeVerdict>;
  readonly readiness: ReadonlyMap<ContainerID, ProbeVerdict>;
  readonly startup: ReadonlyMap<ContainerID, ProbeVerdict>;
}

export const noObservation: PodObservation = { sandboxes: [], containers: [] };

const noVerdicts: ReadonlyMap<ContainerID, ProbeVerdict> = new Map();
export const noProbeResults: ProbeResults = {
  liveness: noVerdicts,
  readiness: noVerdicts,
  startup: noVerdicts,
};

/** Puts what the runtime listed, in any order, into the order that the decisions rely on. */
export function observationOf(
  sandboxes: readonly SandboxInfo[],
  containers: readonly ContainerInfo[],
): PodObservation {
  return { sandboxes: [...sandboxes].sort(newestFirst), containers: [...containers].sort(newestFirst) };
}

/** By the attempt, which only ever grows; somebody may have set the clock that the times come from. */
export function newestFirst(
  a: { readonly createdAtMs: number; readonly attempt: number },
  b: { readonly createdAtMs: number; readonly attempt: number },
): number {
  return b.attempt - a.attempt || b.createdAtMs - a.createdAtMs;
}

/** The latest instance of a container, whatever its state. */
export function newestOf(observation: PodObservation, containerName: string): ContainerInfo | undefined {
  return observation.containers.find((info) => info.containerName === containerName);
}

/** The latest instance of every container by its name: for whoever asks about all of them. */
export function newestByName(observation: PodObservation): ReadonlyMap<string, ContainerInfo> {
  const newest = new Map<string, ContainerInfo>();
  for (const info of observation.containers) {
    if (!newest.has(info.containerName)) newest.set(info.containerName, info);
  }
  return newest;
}
