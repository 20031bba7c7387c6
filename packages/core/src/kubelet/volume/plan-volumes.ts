/** Which volumes a pod needs and what is in them: decided from the pod and the objects it names, without any I/O. */

import type { HostPathType, Pod, Volume } from '../../api/pod.ts';
import { allContainers } from '../../api/pod-containers.ts';
import { parseQuantity, quantityToNumber } from '../../api/quantity.ts';
import type { RuntimeFinding } from '../../contract/container-runtime.ts';
import type { Surroundings } from '../environment/surroundings.ts';
import { fileSources, type PlannedFile, volumeFiles } from './volume-files.ts';

export type PlannedVolume =
  | { readonly kind: 'emptyDir'; readonly name: string }
  /** A file system in memory; it cannot hold more than `bytesMax`. */
  | { readonly kind: 'memory'; readonly name: string; readonly bytesMax: number }
  | { readonly kind: 'hostPath'; readonly name: string; readonly path: string; readonly type: HostPathType }
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly PlannedFile[] };

export interface VolumeFailure {
  readonly volume: string;
  /** Text of the `FailedMount` event. */
  readonly message: string;
}

/** Volumes that can be made, and why others cannot: each is looked at whatever becomes of the others. */
export interface VolumePlan {
  readonly volumes: readonly PlannedVolume[];
  readonly failures: readonly VolumeFailure[];
}

const supported = ['emptyDir', 'hostPath', ...fileSources];

/** Volumes that no container mounts are left alone, as in Kubernetes: what they name need not exist. */
export function planVolumes(pod: Pod, surroundings: Surroundings): VolumePlan {
  const { volumes = [] } = pod.spec;
  if (volumes.length === 0) return { volumes: [], failures: [] };
  const mounted = new Set(
    allContainers(pod)
      .flatMap((one) => one.volumeMounts ?? [])
      .map((mount) => mount.name),
  );
  const planned: PlannedVolume[] = [];
  const failures: VolumeFailure[] = [];
  volumes.forEach((volume, index) => {
    if (!mounted.has(volume.name)) return;
    const plan = planVolume(pod, volume, index, surroundings);
    if (typeof plan === 'string')
      failures.push({ volume: volume.name, message: setUpFailure(volume.name, plan) });
    else planned.push(plan);
  });
  return { volumes: planned, failures };
}

/** `MountVolume.SetUp failed for volume "config" : configmap "web" not found` */
export function setUpFailure(volume: string, problem: string): string {
  return `MountVolume.SetUp failed for volume "${volume}" : ${problem}`;
}

/**
 * What of the pod's volumes this node cannot honour. Known before anything is made, so that a pod that can never
 * start is refused at once, and the differences of one that can are named.
 */
export function reviewVolumes(pod: Pod): readonly RuntimeFinding[] {
  const findings: RuntimeFinding[] = [];
  (pod.spec.volumes ?? []).forEach((volume, index) => {
    const field = `spec.volumes[${index}]`;
    for (const source of unsupportedSources(volume))
      findings.push({ field: `${field}.${source}`, severity: 'refuse', message: onlySupported });
    for (const [at, projected] of (volume.projected?.sources ?? []).entries()) {
      for (const source of Object.keys(projected)) {
        if (['configMap', 'secret', 'downwardAPI'].includes(source)) continue;
        const message = 'projected volumes offer configMap, secret and downwardAPI sources only';
        findings.push({ field: `${field}.projected.sources[${at}].${source}`, severity: 'refuse', message });
      }
    }
    if (volume.emptyDir?.sizeLimit !== undefined && volume.emptyDir.medium !== 'Memory') {
      const message =
        'the usage of a directory is not limited, and nothing is evicted when it exceeds the limit';
      findings.push({ field: `${field}.emptyDir.sizeLimit`, severity: 'warn', message });
    }
  });
  if (pod.spec.securityContext?.fsGroup !== undefined && (pod.spec.volumes ?? []).length > 0) {
    const message = 'the group of volumes is not changed';
    findings.push({ field: 'spec.securityContext.fsGroup', severity: 'warn', message });
  }
  return findings;
}

const onlySupported = `this node offers ${supported.slice(0, -1).join(', ')} and ${supported.at(-1)} volumes only`;

function unsupportedSources(volume: Volume): readonly string[] {
  return Object.keys(volume).filter((key) => key !== 'name' && !supported.includes(key));
}

/** The plan of one volume, or what is wrong with it. */
function planVolume(
  pod: Pod,
  volume: Volume,
  index: number,
  surroundings: Surroundings,
): PlannedVolume | string {
  const { name, emptyDir, hostPath } = volume;
  const [unsupported] = unsupportedSources(volume);
  if (unsupported !== undefined) return `spec.volumes[${index}].${unsupported}: ${onlySupported}`;
  if (hostPath !== undefined)
    return { kind: 'hostPath', name, path: hostPath.path, type: hostPath.type ?? '' };
  if (fileSources.some((source) => volume[source] !== undefined)) {
    const files = volumeFiles(pod, volume, surroundings);
    return files.ok ? { kind: 'files', name, files: files.value } : files.message;
  }
  if (emptyDir?.medium !== 'Memory') return { kind: 'emptyDir', name };
  return { kind: 'memory', name, bytesMax: memoryBytesMax(pod, emptyDir.sizeLimit, surroundings) };
}

/** The least of what the node has, what the pod may use, and what the volume may hold. */
function memoryBytesMax(
  pod: Pod,
  sizeLimit: string | number | undefined,
  surroundings: Surroundings,
): number {
  const limits = pod.spec.containers.map((container) => bytesOf(container.resources?.limits?.['memory']));
  // One container without a limit leaves the whole pod without one.
  const podLimit = limits.reduce((sum, limit) => sum + limit, 0);
  return Math.min(bytesOf(surroundings.allocatable['memory']), podLimit, bytesOf(sizeLimit));
}

function bytesOf(quantity: string | number | undefined): number {
  if (quantity === undefined) return Number.POSITIVE_INFINITY;
  const parsed = parseQuantity(quantity);
  return parsed === undefined ? Number.POSITIVE_INFINITY : quantityToNumber(parsed);
}
