/** Volumes of a pod, and where its containers mount them. */

import type { Draft } from './draft.ts';
import {
  duplicate,
  type FieldPath,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
} from './field-error.ts';
import { descendingPath, type FieldErrors, isEmpty, requiredName, withoutBacksteps } from './field-rules.ts';
import { dns1123LabelProblems } from './names.ts';
import { didYouMean } from './nearest.ts';
import type { Volume, VolumeMount } from './pod.ts';
import { parseQuantity, quantityProblem } from './quantity.ts';
import { downwardItemErrors, keyedFileErrors, modeErrors, projectedErrors } from './validate-volume-files.ts';

/** Sources whose content is checked, in the order in which a second one is found. */
const actedOnSources = ['emptyDir', 'hostPath', 'secret', 'downwardAPI', 'configMap', 'projected'] as const;

/** Sources of Kubernetes that no runtime of Mooring can mount; accepted with a warning. */
export const foreignVolumeSources: ReadonlySet<string> = new Set([
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'ephemeral',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'gitRepo',
  'glusterfs',
  'image',
  'iscsi',
  'nfs',
  'persistentVolumeClaim',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
]);

export function* volumeErrors(volumes: readonly Draft<Volume>[], path: FieldPath): FieldErrors {
  const names = new Set<string>();
  for (const [i, volume] of volumes.entries()) {
    const volumePath = path.index(i);
    yield* sourceErrors(volume, volumePath);
    yield* requiredName(volumePath.child('name'), volume.name, dns1123LabelProblems);
    if (isEmpty(volume.name)) continue;
    if (names.has(volume.name)) yield duplicate(volumePath.child('name'), volume.name);
    names.add(volume.name);
  }
}

function* sourceErrors(volume: Draft<Volume>, path: FieldPath): FieldErrors {
  const known: readonly string[] = actedOnSources;
  const extra = Object.keys(volume).filter((key) => key !== 'name' && !known.includes(key));
  const present = [...known, ...extra].filter((key) => volume[key] !== undefined);
  const [first, ...others] = present;
  if (first === undefined) return yield required(path, 'must specify a volume type');
  yield* oneSourceErrors(volume, first, path.child(first));
  for (const key of others) yield forbidden(path.child(key), 'may not specify more than 1 volume type');
}

function* oneSourceErrors(volume: Draft<Volume>, source: string, path: FieldPath): FieldErrors {
  const { emptyDir, hostPath, configMap, secret, downwardAPI, projected } = volume;
  if (source === 'emptyDir') yield* sizeLimitErrors(emptyDir?.sizeLimit, path.child('sizeLimit'));
  else if (source === 'hostPath') yield* hostPathErrors(hostPath ?? {}, path);
  else if (source === 'configMap') {
    if (isEmpty(configMap?.name)) yield required(path.child('name'));
    yield* keyedFileErrors(configMap ?? {}, path);
  } else if (source === 'secret') {
    if (isEmpty(secret?.secretName)) yield required(path.child('secretName'));
    yield* keyedFileErrors(secret ?? {}, path);
  } else if (source === 'downwardAPI') {
    yield* modeErrors(downwardAPI?.defaultMode, path.child('defaultMode'));
    for (const [i, item] of (downwardAPI?.items ?? []).entries())
      yield* downwardItemErrors(item, path.child('items').index(i));
  } else if (source === 'projected') yield* projectedErrors(projected ?? {}, path);
  else if (!foreignVolumeSources.has(source)) {
    // A misspelt source must not quietly become an empty directory.
    const error = notSupported(path, source, [...actedOnSources].sort());
    const candidates = [...actedOnSources, ...foreignVolumeSources];
    yield { ...error, message: `${error.message}${didYouMean(source, candidates)}` };
  }
}

function* sizeLimitErrors(sizeLimit: string | number | undefined, path: FieldPath): FieldErrors {
  if (sizeLimit === undefined) return;
  const quantity = parseQuantity(sizeLimit);
  if (quantity === undefined) yield invalid(path, sizeLimit, quantityProblem);
  else if (quantity.nanos < 0n) yield forbidden(path, 'SizeLimit field must be a valid resource quantity');
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

function* hostPathErrors(hostPath: NonNullable<Draft<Volume>['hostPath']>, path: FieldPath): FieldErrors {
  const type = hostPath.type ?? '';
  if (isEmpty(hostPath.path)) yield required(path.child('path'));
  else yield* withoutBacksteps(path.child('path'), hostPath.path);
  if (!hostPathTypes.includes(type)) yield notSupported(path.child('type'), type, hostPathTypes);
}

export function* volumeMountErrors(
  mounts: readonly Draft<VolumeMount>[],
  path: FieldPath,
  volumeNames: ReadonlySet<string>,
): FieldErrors {
  const mountPaths = new Set<string>();
  for (const [i, mount] of mounts.entries()) {
    const { name = '', mountPath = '', subPath = '', subPathExpr = '' } = mount;
    const at = path.index(i);
    if (name === '') yield required(at.child('name'));
    if (!volumeNames.has(name)) yield notFound(at.child('name'), name);
    if (mountPath === '') yield required(at.child('mountPath'));
    else if (mountPaths.has(mountPath)) yield invalid(at.child('mountPath'), mountPath, 'must be unique');
    mountPaths.add(mountPath);
    yield* followsRuleIfSet(subPath, at.child('subPath'));
    if (subPath !== '' && subPathExpr !== '')
      yield invalid(at.child('subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive');
    yield* followsRuleIfSet(subPathExpr, at.child('subPathExpr'));
  }
}

function* followsRuleIfSet(value: string, path: FieldPath): FieldErrors {
  if (value !== '') yield* descendingPath(path, value);
}
