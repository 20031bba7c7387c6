/** Services, pods and slices as the tests need them. */

import type { Labels, ObjectMeta } from '../../../src/api/meta.ts';
import type { Endpoint, EndpointSlice, Service, ServiceSpec } from '../../../src/api/network.ts';
import type { NodeObject } from '../../../src/api/objects.ts';
import type { Container, Pod, PodSpec, PodStatus } from '../../../src/api/pod.ts';
import type { ControllerRig } from '../controller-rig.ts';

export const web: Labels = { app: 'web' };

export function service(
  spec: Partial<ServiceSpec> = {},
  metadata: ObjectMeta = {},
): Service & { readonly metadata: { readonly name: string; readonly namespace: string } } {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', uid: 'uid-web', ...metadata },
    spec: { selector: web, ports: [{ port: 80, targetPort: 8080 }], ...spec },
  };
}

export interface PodOptions {
  readonly metadata?: ObjectMeta;
  readonly spec?: Partial<PodSpec>;
  readonly status?: Partial<PodStatus>;
  readonly isReady?: boolean;
  readonly containers?: readonly Partial<Container>[];
}

/** The `i`-th pod, with an address of its own; ready unless told otherwise. */
export function pod(i: number, options: PodOptions = {}): Pod {
  const { metadata, spec, status, isReady = true, containers = [{}] } = options;
  const name = `web-${i}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, labels: web, ...metadata },
    spec: {
      nodeName: 'node-a',
      ...spec,
      containers: containers.map((container) => ({ name: 'main', image: 'web', ...container })),
    },
    status: {
      phase: 'Running',
      podIPs: [{ ip: ipOf(i) }],
      conditions: [
        {
          type: 'Ready',
          status: isReady ? 'True' : 'False',
          lastTransitionTime: '2024-01-01T00:00:10Z',
        },
      ],
      ...status,
    },
  };
}

export function pods(count: number, options: PodOptions = {}): readonly Pod[] {
  return Array.from({ length: count }, (_, i) => pod(i, options));
}

function ipOf(i: number): string {
  return `10.0.${i >> 8}.${i & 255}`;
}

export function node(name: string, zone?: string): NodeObject {
  const labels = zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
}

/** Pod names of the endpoints, in order. */
export function podNames(endpoints: readonly Endpoint[]): readonly string[] {
  return endpoints.map(({ targetRef }) => targetRef?.name ?? '').sort();
}

export function sizes(slices: readonly EndpointSlice[]): readonly number[] {
  return slices.map(({ endpoints }) => endpoints.length).sort((a, b) => b - a);
}

export async function createAll(rig: ControllerRig, objects: readonly Pod[]): Promise<void> {
  for (const object of objects) await rig.objects.create(object);
  await rig.settle();
}

/** What the agent of the `i`-th pod would write. */
export async function writeStatus(rig: ControllerRig, i: number, options: PodOptions): Promise<void> {
  const { status } = pod(i, options);
  await rig.objects.patchWith('Pod', 'default', `web-${i}`, (current) => ({ ...current, status }), {
    subresource: 'status',
  });
  await rig.settle();
}
