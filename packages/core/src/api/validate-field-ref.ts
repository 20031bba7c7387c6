/** References to fields of the pod itself, from the environment and from downwardAPI volumes. */

import type { Draft } from './draft.ts';
import { type FieldPath, invalid, notSupported, required } from './field-error.ts';
import { type FieldErrors, followsRule, isEmpty } from './field-rules.ts';
import { qualifiedNameProblems } from './names.ts';
import type { ObjectFieldSelector, ResourceFieldSelector } from './pod.ts';
import { formatQuantity, parseQuantity, quantityProblem } from './quantity.ts';

/** Whole fields that an environment variable may hold, sorted as messages list them. */
export const envFieldPaths: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Whole fields that a file of a volume may hold. */
export const volumeFieldPaths: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** Everything that has such a name at all; what is not offered gets another error than what does not exist. */
const existingFieldPaths: ReadonlySet<string> = new Set([
  ...envFieldPaths,
  ...volumeFieldPaths,
  'spec.host',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);

const resourcePaths: readonly string[] = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

/** `metadata.labels['app']` in its two parts; without brackets there is no subscript. */
function splitFieldPath(fieldPath: string): { readonly path: string; readonly subscript?: string } {
  const parts = /^([^[\]]+)\['(.*)'\]$/s.exec(fieldPath);
  const [, path, subscript] = parts ?? [];
  return path === undefined || subscript === undefined ? { path: fieldPath } : { path, subscript };
}

export function* fieldRefErrors(
  fieldRef: Draft<ObjectFieldSelector>,
  path: FieldPath,
  offered: readonly string[],
): FieldErrors {
  const { apiVersion, fieldPath } = fieldRef;
  if (isEmpty(apiVersion)) return yield required(path.child('apiVersion'));
  if (isEmpty(fieldPath)) return yield required(path.child('fieldPath'));
  const { path: base, subscript } = splitFieldPath(fieldPath);
  const problem = conversionProblem(apiVersion, base, subscript);
  if (problem !== undefined)
    return yield invalid(path.child('fieldPath'), fieldPath, `error converting fieldPath: ${problem}`);
  if (subscript === undefined) {
    if (!offered.includes(base)) yield notSupported(path.child('fieldPath'), base, offered);
  } else {
    // Annotations may be written in capitals; labels may not.
    const key = base === 'metadata.annotations' ? subscript.toLowerCase() : subscript;
    yield* followsRule(path, key, qualifiedNameProblems);
  }
}

function conversionProblem(
  apiVersion: string,
  base: string,
  subscript: string | undefined,
): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`;
  if (subscript !== undefined && base !== 'metadata.annotations' && base !== 'metadata.labels')
    return `field label does not support subscript: ${base}`;
  return existingFieldPaths.has(base) ? undefined : `field label not supported: ${base}`;
}

export function* resourceFieldRefErrors(
  fieldRef: Draft<ResourceFieldSelector>,
  path: FieldPath,
  user: 'env' | 'volume',
): FieldErrors {
  const { containerName, resource, divisor } = fieldRef;
  // A volume belongs to no container, so it has to name one.
  if (user === 'volume' && isEmpty(containerName)) yield required(path.child('containerName'));
  else if (isEmpty(resource)) yield required(path.child('resource'));
  else if (!resourcePaths.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
    yield notSupported(path.child('resource'), resource, resourcePaths);
  if (divisor !== undefined && !isEmpty(resource))
    yield* divisorErrors(resource, divisor, path.child('divisor'));
}

const byteDivisors = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';

function* divisorErrors(resource: string, divisor: string | number, path: FieldPath): FieldErrors {
  const quantity = parseQuantity(divisor);
  if (quantity === undefined) return yield invalid(path, divisor, quantityProblem);
  if (quantity.nanos === 0n) return;
  const kind = resource.slice(resource.indexOf('.') + 1);
  const allowed = kind === 'cpu' ? ['1m', '1'] : byteDivisors.split(', ');
  if (allowed.includes(formatQuantity(quantity))) return;
  const list = kind === 'cpu' ? '1m and 1' : byteDivisors;
  yield invalid(
    path,
    resource,
    `only divisor's values ${list} are supported with the ${divisorWord(kind)} resource`,
  );
}

function divisorWord(kind: string): string {
  if (kind === 'ephemeral-storage') return 'local ephemeral storage';
  return kind.startsWith('hugepages-') ? 'hugepages' : kind;
}
