/**
 * The text of a pod template, the same for templates that mean the same. Clients with types of their own, such as
 * `kubectl rollout undo`, read a template and write it back in other words: without what is zero, with `resources: {}`
 * where nothing was said, and with amounts in their shortest form.
 */

import { formatQuantity, parseQuantity } from '../../api/quantity.ts';
import type { PodTemplateSpec } from '../../api/workloads.ts';

export function templateText(template: PodTemplateSpec): string {
  const { metadata = {}, ...rest } = template;
  const stated = Object.entries(metadata).filter(([, value]) => !isEmptyMap(value));
  return JSON.stringify(canonical({ ...rest, metadata: Object.fromEntries(stated) }));
}

/** The words in them are those of users: nothing is left out, and nothing is read as a field. */
const maps: ReadonlySet<string> = new Set([
  'labels',
  'annotations',
  'nodeSelector',
  'matchLabels',
  'volumeAttributes',
  'options',
]);
const amountMaps: ReadonlySet<string> = new Set(['limits', 'requests', 'overhead']);
const amounts: ReadonlySet<string> = new Set(['sizeLimit', 'divisor']);

/** Fields that Kubernetes cannot tell from absent ones when they are empty, 0 or false. Many others it can: `runAsUser: 0`. */
const zeroIsAbsent: ReadonlySet<string> = new Set([
  ...['divisor', 'effect', 'fieldPath', 'host', 'hostIP', 'hostIPC', 'hostNetwork', 'hostPID', 'hostPort'],
  ...['hostname', 'initialDelaySeconds', 'key', 'medium', 'nodeName', 'operator', 'prefix'],
  ...['priorityClassName', 'readOnly', 'serviceAccountName', 'stdin', 'stdinOnce', 'subPath', 'subPathExpr'],
  ...['subdomain', 'tty', 'value', 'workingDir'],
]);

function canonical(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => canonical(one));
  if (amounts.has(name)) return shortest(value);
  if (typeof value !== 'object' || value === null) return value;
  if (maps.has(name)) return sorted(Object.entries(value));
  if (amountMaps.has(name)) return sorted(Object.entries(value).map(([key, text]) => [key, shortest(text)]));
  const fields = Object.entries(value).map(([key, field]): Field => [key, canonical(field, key)]);
  return sorted(fields.filter(saysSomething));
}

type Field = [name: string, value: unknown];

/** Lists say nothing when they are empty; of objects only `resources`: `emptyDir: {}` does. */
function saysSomething([name, value]: Field): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (name === 'resources') return !isEmptyMap(value);
  const isZero = value === '' || value === 0 || value === false || (amounts.has(name) && value === '0');
  return !(isZero && zeroIsAbsent.has(name));
}

function sorted(fields: readonly Field[]): unknown {
  return Object.fromEntries([...fields].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `500m` for `0.5`. */
function shortest(amount: unknown): unknown {
  if (typeof amount !== 'string' && typeof amount !== 'number') return amount;
  const quantity = parseQuantity(amount);
  return quantity === undefined ? amount : formatQuantity(quantity);
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
