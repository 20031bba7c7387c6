/** What a pod's decisions are made from: what the runtime lists now, and what the probes of its containers say. */

import type { ContainerID, ContainerInfo, SandboxInfo } from '../../contract/container-runtime.ts';

/** Everything the runtime knows of one pod at one moment. */
export interface PodObservation {
  /** Newest first. */
  readonly sandboxes: readonly SandboxInfo[];
  /** All instances of all containers; the instances of one container are newest first. */
  readonly containers: readonly ContainerInfo[];
}

export type ProbeVerdict = 'success' | 'failure' | 'unknown';

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
  return {
    sandboxes: [...sandboxes].sort((a, b) => b.createdAtMs - a.createdAtMs || b.attempt - a.attempt),
    // The attempt breaks ties: two instances may have been created within the resolution of the runtime's clock.
    containers: [...containers].sort((a, b) => b.createdAtMs - a.createdAtMs || b.attempt - a.attempt),
  };
}

/** The latest instance of a container, whatever its state. */
export function newestOf(observation: PodObservation, containerName: string): ContainerInfo | undefined {
  return observation.containers.find((info) => info.containerName === containerName);
}

/** All instances of a container, newest first. */
export function instancesOf(observation: PodObservation, containerName: string): readonly ContainerInfo[] {
  return observation.containers.filter((info) => info.containerName === containerName);
}
