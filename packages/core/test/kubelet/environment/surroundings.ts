/** A pod and what is around it, for the tests of this folder and of volumes. */

import type { ConfigMap, Secret } from '../../../src/api/objects.ts';
import type { Container, PodSpec, StoredPod } from '../../../src/api/pod.ts';
import type { Surroundings } from '../../../src/kubelet/environment/surroundings.ts';

export function podWith(container: Partial<Container>, spec: Partial<PodSpec> = {}): StoredPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'uid-1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'web', tier: 'front' },
      annotations: { 'example.com/note': 'two\nlines "quoted"' },
    },
    spec: {
      serviceAccountName: 'robot',
      enableServiceLinks: true,
      ...spec,
      containers: [{ name: 'main', image: 'nginx', ...container }, ...(spec.containers ?? [])],
    },
  };
}

export function configMap(name: string, data: Record<string, string>, binaryData?: Record<string, string>) {
  const object: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
  return binaryData === undefined ? object : { ...object, binaryData };
}

export function secret(name: string, data: Record<string, string>): Secret {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: Object.fromEntries(encoded) };
}

/** All objects live in the namespace `shop`. */
export function surroundings(
  objects: { readonly configMaps?: readonly ConfigMap[]; readonly secrets?: readonly Secret[] } = {},
  more: Partial<Surroundings> = {},
): Surroundings {
  const named = <T extends ConfigMap | Secret>(list: readonly T[] = [], namespace: string, name: string) =>
    namespace === 'shop' ? list.find((object) => object.metadata.name === name) : undefined;
  return {
    nodeName: 'node-a',
    hostIP: '192.168.0.7',
    podIP: '10.0.0.1',
    podIPs: ['10.0.0.1'],
    allocatable: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi' },
    objects: {
      configMap: (namespace, name) => named(objects.configMaps, namespace, name),
      secret: (namespace, name) => named(objects.secrets, namespace, name),
    },
    ...more,
  };
}
