/**
 * Whether a value that lies in a store can be used as an object of its kind at all. Objects are validated before they are
 * written; what somebody else wrote under our keys was not, and no reader is to break over it. Pure.
 */

import { isPlainObject } from './screen.ts';

/** `!`: must be there. */
type Shape = 'text!' | 'text' | 'object!' | 'object' | 'objects';

/** A field and what is below it. */
interface Field {
  readonly word: string;
  readonly path: string;
  shape: Shape | undefined;
  readonly below: Field[];
}

/** As a tree, as every object that is read is held against it. */
type Shapes = readonly Field[];

/** By path: what caches lean on. What breaks over the rest is reported with its object. */
function shapes(table: Readonly<Record<string, Shape>>): Shapes {
  const tree: Field[] = [];
  for (const [path, shape] of Object.entries(table)) {
    let level = tree;
    let field: Field | undefined;
    for (const [i, word] of path.split('.').entries()) {
      field = level.find((known) => known.word === word);
      if (field === undefined) {
        field = { word, path: path.split('.', i + 1).join('.'), shape: undefined, below: [] };
        level.push(field);
      }
      level = field.below;
    }
    if (field !== undefined) field.shape = shape;
  }
  return tree;
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
  if (!isPlainObject(value)) return 'must be an object';
  return problemIn(common, value) ?? kindProblem(kind, value) ?? problemIn(byKind[kind] ?? [], value);
}

function kindProblem(wanted: string, value: Readonly<Record<string, unknown>>): string | undefined {
  return value['kind'] === wanted ? undefined : `kind: must be ${wanted}`;
}

function problemIn(wanted: Shapes, value: Readonly<Record<string, unknown>>): string | undefined {
  for (const { word, path, shape, below } of wanted) {
    const found = value[word];
    const isRight = shape === undefined || (found === undefined ? !shape.endsWith('!') : fits(found, shape));
    if (!isRight) return `${path}: must be ${descriptions[shape]}`;
    const problem = below.length > 0 && isPlainObject(found) ? problemIn(below, found) : undefined;
    if (problem !== undefined) return problem;
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
