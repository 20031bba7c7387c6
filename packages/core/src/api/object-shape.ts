/**
 * Whether a value that lies in a store can be used as an object of its kind at all. Objects are validated before they are
 * written; what somebody else wrote under our keys was not, and no reader is to break over it. Pure.
 */

import { isPlainObject } from './screen.ts';

/** `!`: must be there. */
type Shape = 'text!' | 'text' | 'object!' | 'object' | 'objects';

/** By path, parents before children: what caches lean on. What breaks over the rest is reported with its object. */
type Shapes = readonly { readonly path: string; readonly words: readonly string[]; readonly shape: Shape }[];

function shapes(table: Readonly<Record<string, Shape>>): Shapes {
  return Object.entries(table).map(([path, shape]) => ({ path, words: path.split('.'), shape }));
}

const common = shapes({
  kind: 'text!',
  metadata: 'object!',
  'metadata.name': 'text!',
  'metadata.namespace': 'text',
  'metadata.uid': 'text',
  'metadata.deletionTimestamp': 'text',
  'metadata.labels': 'object',
  'metadata.annotations': 'object',
  'metadata.ownerReferences': 'objects',
  spec: 'object',
  status: 'object',
  'status.conditions': 'objects',
});

const workload = shapes({ 'spec.selector': 'object', 'spec.template': 'object' });

const byKind: Readonly<Record<string, Shapes>> = {
  Pod: shapes({
    spec: 'object!',
    'spec.nodeName': 'text',
    'status.containerStatuses': 'objects',
    'status.initContainerStatuses': 'objects',
    'status.ephemeralContainerStatuses': 'objects',
  }),
  Node: shapes({ 'spec.taints': 'objects', 'status.addresses': 'objects' }),
  ReplicaSet: workload,
  ReplicationController: workload,
  Deployment: workload,
  Service: shapes({ 'spec.ports': 'objects', 'spec.selector': 'object' }),
  Endpoints: shapes({ subsets: 'objects' }),
  EndpointSlice: shapes({ endpoints: 'objects', ports: 'objects' }),
  Event: shapes({ involvedObject: 'object!' }),
  ConfigMap: shapes({ data: 'object', binaryData: 'object' }),
  Secret: shapes({ data: 'object' }),
};

/** What is wrong, with its path; `undefined` when nothing is. */
export function shapeProblem(kind: string, value: object): string | undefined {
  return problemIn(common, value) ?? kindProblem(kind, value) ?? problemIn(byKind[kind] ?? [], value);
}

function kindProblem(wanted: string, value: object): string | undefined {
  return at(value, ['kind']) === wanted ? undefined : `kind: must be ${wanted}`;
}

function problemIn(wanted: Shapes, value: object): string | undefined {
  for (const { path, words, shape } of wanted) {
    const found = at(value, words);
    if (found === undefined ? shape.endsWith('!') : !fits(found, shape))
      return `${path}: must be ${descriptions[shape]}`;
  }
  return undefined;
}

const descriptions: Readonly<Record<Shape, string>> = {
  'text!': 'text',
  text: 'text',
  'object!': 'an object',
  object: 'an object',
  objects: 'a list of objects',
};

function fits(found: unknown, shape: Shape): boolean {
  if (shape.startsWith('text')) return typeof found === 'string';
  if (shape.startsWith('objects')) return Array.isArray(found) && found.every(isPlainObject);
  return isPlainObject(found);
}

function at(value: object, words: readonly string[]): unknown {
  let found: unknown = value;
  for (const word of words) found = isPlainObject(found) ? found[word] : undefined;
  return found;
}
