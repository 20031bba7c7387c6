/** The volumes of the pods of one node. The decisions are the same everywhere; where the bytes lie is a storage's matter. */

import type { Container, HostPathType, Pod, StoredPod, Volume } from '../../api/pod.ts';
import type { Mount, RuntimeFinding } from '../../contract/container-runtime.ts';
import { errorMessage } from '../../contract/error.ts';
import type { EnvironmentVariable } from '../environment/build-environment.ts';
import { type Answer, found, missing, type Surroundings } from '../environment/surroundings.ts';
import { mountsOf, type PlannedMount } from './mounts.ts';
import { type PlannedVolume, planVolumes, setUpFailure, type VolumeFailure } from './plan-volumes.ts';
import type { PlannedFile } from './volume-files.ts';

export interface VolumesReady {
  /** Empty when all volumes are there; else the texts of `FailedMount` events, and nothing of the pod may start. */
  readonly failures: readonly VolumeFailure[];
  /** What was done otherwise than the pod asks for. */
  readonly findings: readonly RuntimeFinding[];
}

export interface MountRequest {
  readonly pod: StoredPod;
  readonly container: Container;
  /** The container's final environment: `subPathExpr` names its variables. */
  readonly env: readonly EnvironmentVariable[];
}

/** The calls for one pod must not overlap; pods do not disturb each other. */
export interface VolumeHost {
  /**
   * Makes the volumes that the pod's containers mount, and brings files up to date with the objects they come from.
   * Idempotent, and cheap when nothing changed. Rejects only with `signal.reason`.
   */
  prepare(pod: StoredPod, surroundings: Surroundings, signal: AbortSignal): Promise<VolumesReady>;
  /** Where prepared volumes go in a container; a missing `subPath` directory is made. */
  mountsFor(request: MountRequest, signal: AbortSignal): Promise<Answer<readonly Mount[]>>;
  /** Throws away everything that was kept for the pod, `hostPath` excepted. Gone already => ok. */
  teardown(podUID: string, signal: AbortSignal): Promise<void>;
  /** The UIDs of the pods that something is kept for. */
  list(signal: AbortSignal): Promise<readonly string[]>;
}

/** Where volumes lie. Methods reject with errors whose words say what went wrong. */
export interface VolumeStorage {
  pathOf(podUID: string, volume: string): string;
  /** An empty directory of mode 0777; what is in an existing one stays. */
  keepDirectory(path: string): Promise<void>;
  /** The same in memory. What is given back says why it is an ordinary directory instead. */
  keepMemory(path: string, bytesMax: number, signal: AbortSignal): Promise<string | undefined>;
  /** Checks a path of the host against its `type`, or makes it where the type says so. */
  checkHostPath(path: string, type: HostPathType): Promise<void>;
  /** Readers see either all old or all new files. */
  replaceFiles(path: string, files: readonly PlannedFile[]): Promise<void>;
  /** The path to mount for a `subPath`; never one outside the volume. */
  subPath(mount: PlannedMount & { readonly subPath: string }, containerName: string): Promise<string>;
  remove(podUID: string, signal: AbortSignal): Promise<void>;
  list(): Promise<readonly string[]>;
}

export function volumeHost(storage: VolumeStorage): VolumeHost {
  return {
    async prepare(pod, surroundings, signal) {
      const plan = planVolumes(pod, surroundings);
      const failures = [...plan.failures];
      const findings: RuntimeFinding[] = [];
      for (const volume of plan.volumes) {
        signal.throwIfAborted();
        try {
          const difference = await make(storage, pod.metadata.uid, volume, signal);
          if (difference !== undefined) findings.push(differenceFinding(pod, volume, difference));
        } catch (error) {
          signal.throwIfAborted();
          failures.push({ volume: volume.name, message: setUpFailure(volume.name, errorMessage(error)) });
        }
      }
      return { failures, findings };
    },

    async mountsFor({ pod, container, env }, signal) {
      const planned = mountsOf(pod, container, env, (volume) => hostPathOf(storage, pod, volume));
      if (!planned.ok) return planned;
      const mounts: Mount[] = [];
      for (const { subPath, ...mount } of planned.value) {
        signal.throwIfAborted();
        if (subPath === undefined) {
          mounts.push(mount);
          continue;
        }
        try {
          const hostPath = await storage.subPath({ ...mount, subPath }, container.name);
          mounts.push({ ...mount, hostPath });
        } catch (error) {
          return missing(errorMessage(error));
        }
      }
      return found(mounts);
    },

    teardown: (podUID, signal) => storage.remove(podUID, signal),
    list: () => storage.list(),
  };
}

async function make(
  storage: VolumeStorage,
  podUID: string,
  volume: PlannedVolume,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (volume.kind === 'hostPath') {
    await storage.checkHostPath(volume.path, volume.type);
    return undefined;
  }
  const path = storage.pathOf(podUID, volume.name);
  if (volume.kind === 'memory') return await storage.keepMemory(path, volume.bytesMax, signal);
  if (volume.kind === 'files') await storage.replaceFiles(path, volume.files);
  else await storage.keepDirectory(path);
  return undefined;
}

function hostPathOf(storage: VolumeStorage, pod: StoredPod, volume: Volume): string {
  return volume.hostPath?.path ?? storage.pathOf(pod.metadata.uid, volume.name);
}

function differenceFinding(pod: Pod, volume: PlannedVolume, message: string): RuntimeFinding {
  const index = pod.spec.volumes?.findIndex(({ name }) => name === volume.name) ?? 0;
  return { field: `spec.volumes[${index}].emptyDir.medium`, severity: 'warn', message };
}
