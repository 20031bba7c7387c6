/** What a pod needs beside itself: an agent may read these objects for as long as the pod is bound to its node. Pure. */

import { parseProbeFrom, probeFromAnnotation } from '../api/probe-from.ts';
import { objectKey } from '../store/keys.ts';

type Tree = Readonly<Record<string, unknown>>;

/**
 * Keys of the objects that the pod names, its namespace among them. What is not shaped like a pod names nothing.
 *
 * @internal
 */
export function podReferences(pod: object): ReadonlySet<string> {
  const { metadata, spec } = pod as { readonly metadata?: unknown; readonly spec?: unknown };
  const namespace = text(tree(metadata)['namespace']);
  const found = new Set<string>();
  if (namespace === undefined) return found;
  const add = (kind: string, name: unknown) => {
    const given = text(name);
    if (given !== undefined) found.add(objectKey({ kind, namespace, name: given }));
  };
  add('Namespace', namespace);
  for (const node of probingNodes(tree(metadata)['annotations']))
    found.add(objectKey({ kind: 'Node', name: node }));
  const { volumes, imagePullSecrets, serviceAccountName } = tree(spec);
  add('ServiceAccount', serviceAccountName);
  for (const secret of list(imagePullSecrets)) add('Secret', secret['name']);
  for (const kind of ['containers', 'initContainers', 'ephemeralContainers'])
    for (const container of list(tree(spec)[kind])) addEnvironment(container, add);
  for (const volume of list(volumes)) addVolume(volume, add);
  return found;
}

/** Whether they are there is seen from their Nodes. */
function probingNodes(annotations: unknown): readonly string[] {
  const parsed = parseProbeFrom(text(tree(annotations)[probeFromAnnotation]) ?? '');
  return parsed.ok ? parsed.value.flatMap(({ nodes }) => nodes) : [];
}

type Add = (kind: string, name: unknown) => void;

function addEnvironment(container: Tree, add: Add): void {
  for (const { valueFrom } of list(container['env'])) {
    add('ConfigMap', tree(tree(valueFrom)['configMapKeyRef'])['name']);
    add('Secret', tree(tree(valueFrom)['secretKeyRef'])['name']);
  }
  for (const { configMapRef, secretRef } of list(container['envFrom'])) {
    add('ConfigMap', tree(configMapRef)['name']);
    add('Secret', tree(secretRef)['name']);
  }
}

function addVolume(volume: Tree, add: Add): void {
  add('ConfigMap', tree(volume['configMap'])['name']);
  add('Secret', tree(volume['secret'])['secretName']);
  add('PersistentVolumeClaim', tree(volume['persistentVolumeClaim'])['claimName']);
  for (const source of list(tree(volume['projected'])['sources'])) {
    add('ConfigMap', tree(source['configMap'])['name']);
    add('Secret', tree(source['secret'])['name']);
  }
}

function tree(value: unknown): Tree {
  return typeof value === 'object' && value !== null ? (value as Tree) : {};
}

function list(value: unknown): readonly Tree[] {
  return Array.isArray(value) ? value.map(tree) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
