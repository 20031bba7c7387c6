import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Service } from '../../../src/api/network.ts';
import type { Pod } from '../../../src/api/pod.ts';
import {
  planSlices,
  type SlicePlan,
  type SliceSituation,
} from '../../../src/controller/endpoints/plan-slices.ts';
import { node, pod, podNames, pods, service, sizes } from './scene.ts';

const trigger = 'endpoints.kubernetes.io/last-change-trigger-time';

function situation(over: Partial<SliceSituation> = {}): SliceSituation {
  return { service: service(), pods: pods(3), slices: [], nodes: undefined, endpointsMax: 100, ...over };
}

/** The slices after the plan was carried out. */
function after(
  before: readonly EndpointSlice[],
  { create, update, remove }: SlicePlan,
): readonly EndpointSlice[] {
  const names = new Set([...update, ...remove].map(({ metadata }) => metadata.name));
  return [
    ...before.filter(({ metadata }) => !names.has(metadata.name)),
    ...update,
    ...create.map((slice, i) => ({
      ...slice,
      metadata: { ...slice.metadata, name: `${slice.metadata.generateName}${before.length}${i}` },
    })),
  ];
}

const slicesFor = (one: Service, some: readonly Pod[], over: Partial<SliceSituation> = {}) =>
  after([], planSlices(situation({ ...over, service: one, pods: some })));

const counts = ({ create, update, remove }: SlicePlan) => [create.length, update.length, remove.length];

const named = (containerPort: number) => ({ containers: [{ ports: [{ name: 'http', containerPort }] }] });
const byName = service({ ports: [{ name: 'http', port: 80, targetPort: 'http' }] });

it('fills a slice again that somebody has left without a list of endpoints', () => {
  const [slice] = slicesFor(service(), pods(3));
  if (slice === undefined) throw new Error('there is no slice');
  const { endpoints, ...rest } = slice;
  const bare = rest as EndpointSlice;
  expect(counts(planSlices(situation({ slices: [bare] })))).toEqual([0, 1, 0]);
  expect(planSlices(situation({ slices: [bare] })).update[0]?.endpoints).toEqual(endpoints);
});

describe('a new slice', () => {
  const web = service({}, { labels: { team: 'a' }, creationTimestamp: '2024-01-01T00:00:01Z' });
  const [slice] = planSlices(situation({ service: web })).create;

  it('belongs to its Service and is named after it', () => {
    expect(slice?.metadata).toEqual({
      generateName: 'web-',
      namespace: 'default',
      labels: {
        team: 'a',
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      annotations: { [trigger]: '2024-01-01T00:00:01Z' },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: 'web',
          uid: 'uid-web',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
  });

  it('holds the pods and the ports', () => {
    expect(slice).toMatchObject({ addressType: 'IPv4', ports: [{ name: '', port: 8080, protocol: 'TCP' }] });
    expect(podNames(slice?.endpoints ?? [])).toEqual(['web-0', 'web-1', 'web-2']);
  });

  it('says that its Service is headless, whatever the labels of the Service say', () => {
    const headless = 'service.kubernetes.io/headless';
    const labelsOf = (one: Service) => slicesFor(one, [])[0]?.metadata.labels ?? {};
    expect(labelsOf(service({ clusterIP: 'None' }))[headless]).toBe('');
    expect(labelsOf(service({}, { labels: { [headless]: '' } }))).not.toHaveProperty([headless]);
  });
});

describe('which pods are in', () => {
  it('takes selected pods of its namespace that count, terminating ones too', () => {
    const some = [
      pod(0),
      pod(1, { metadata: { name: 'web-1', namespace: 'default', labels: { app: 'db' } } }),
      pod(2, { metadata: { name: 'web-2', namespace: 'other', labels: { app: 'web' } } }),
      pod(3, { status: { phase: 'Failed' } }),
      pod(4, {
        metadata: { name: 'web-4', labels: { app: 'web' }, deletionTimestamp: '2024-01-01T00:00:00Z' },
      }),
    ];
    expect(podNames(slicesFor(service(), some)[0]?.endpoints ?? [])).toEqual(['web-0', 'web-4']);
  });

  it('leaves out pods whose node is gone, unless their addresses are wanted in any state', () => {
    const some = [pod(0), pod(1, { spec: { nodeName: 'gone' } })];
    const nodes = (name: string) => (name === 'node-a' ? (node(name, 'z1') as never) : undefined);
    const [slice] = slicesFor(service(), some, { nodes });
    expect(podNames(slice?.endpoints ?? [])).toEqual(['web-0']);
    expect(slice?.endpoints[0]?.zone).toBe('z1');
    const all = slicesFor(service({ publishNotReadyAddresses: true }), some, { nodes });
    expect(podNames(all[0]?.endpoints ?? [])).toEqual(['web-0', 'web-1']);
  });

  it('makes a slice without ports for pods that offer none', () => {
    const slices = slicesFor(byName, [pod(0)]);
    expect(slices.map(({ ports, endpoints }) => [ports, podNames(endpoints)])).toEqual([[[], ['web-0']]]);
  });
});

describe('a plan', () => {
  it('does nothing when everything is as it should be', () => {
    const before = slicesFor(byName, [pod(0, named(1)), pod(1, named(2))]);
    const plan = planSlices(
      situation({ service: byName, pods: [pod(1, named(2)), pod(0, named(1))], slices: before }),
    );
    expect(counts(plan)).toEqual([0, 0, 0]);
  });

  it('writes each slice for a label of the Service', () => {
    const before = slicesFor(service(), pods(5), { endpointsMax: 2 });
    const labelled = service({}, { labels: { team: 'a' } });
    const plan = planSlices(situation({ service: labelled, pods: pods(5), slices: before, endpointsMax: 2 }));
    expect(counts(plan)).toEqual([0, 3, 0]);
    expect(plan.update.every(({ metadata }) => metadata.labels?.['team'] === 'a')).toBe(true);
  });

  it('takes a label off that somebody else put on', () => {
    const [slice] = slicesFor(service(), pods(1)) as [EndpointSlice];
    const foreign = {
      ...slice,
      metadata: { ...slice.metadata, labels: { ...slice.metadata.labels, a: 'b' } },
    };
    const { update } = planSlices(situation({ pods: pods(1), slices: [foreign] }));
    expect(update[0]?.metadata.labels).toEqual(slice.metadata.labels);
  });

  it('reuses the slice of a port that nobody offers any more', () => {
    const before = slicesFor(service(), pods(2));
    const moved = service({ ports: [{ port: 80, targetPort: 9090 }] });
    const plan = planSlices(situation({ service: moved, pods: pods(2), slices: before }));
    expect(counts(plan)).toEqual([0, 1, 0]);
    expect(plan.update[0]).toMatchObject({
      metadata: { name: before[0]?.metadata.name },
      ports: [{ port: 9090 }],
    });
  });

  it('keeps one slice without endpoints and ports for a Service without pods, and fills it later', () => {
    const empty = slicesFor(service(), []);
    expect(empty.map(({ endpoints, ports }) => [endpoints, ports])).toEqual([[[], []]]);
    expect(counts(planSlices(situation({ pods: [], slices: empty })))).toEqual([0, 0, 0]);
    const filled = planSlices(situation({ slices: empty }));
    expect(counts(filled)).toEqual([0, 1, 0]);
    const emptied = planSlices(situation({ pods: [], slices: after(empty, filled) }));
    expect(counts(emptied)).toEqual([0, 1, 0]);
    expect(emptied.update[0]).toMatchObject({ endpoints: [], ports: [] });
  });

  it('deletes slices that became empty, but for the last one', () => {
    const before = slicesFor(service(), pods(5), { endpointsMax: 2 });
    const one = planSlices(situation({ pods: pods(1), slices: before, endpointsMax: 2 }));
    expect(counts(one)).toEqual([0, 1, 2]);
    const none = planSlices(situation({ pods: [], slices: before, endpointsMax: 2 }));
    expect(counts(none)).toEqual([0, 1, 2]);
    expect(sizes(after(before, none))).toEqual([0]);
  });

  it('deletes slices of a former Service of that name and never reuses them', () => {
    const before = slicesFor(service({}, { uid: 'uid-former' }), pods(2));
    const plan = planSlices(situation({ pods: pods(2), slices: before }));
    expect(counts(plan)).toEqual([1, 0, 1]);
  });

  it('creates nothing while the Service is being deleted', () => {
    const dying = service({}, { deletionTimestamp: '2024-01-01T00:00:00Z' });
    expect(counts(planSlices(situation({ service: dying })))).toEqual([0, 0, 0]);
  });

  it('keeps slices of each family apart and deletes those of a family that is not wanted any more', () => {
    const both = { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] };
    const some = [pod(0, { status: both }), pod(1)];
    const dual = slicesFor(service({ ipFamilies: ['IPv4', 'IPv6'] }), some);
    expect(
      dual.map(({ addressType, endpoints }) => [addressType, endpoints.flatMap((e) => e.addresses)]),
    ).toEqual([
      ['IPv4', ['10.0.0.1', '10.0.0.1']],
      ['IPv6', ['fd00::1']],
    ]);
    const plan = planSlices(
      situation({ service: service({ ipFamilies: ['IPv6'] }), pods: some, slices: dual }),
    );
    expect(counts(plan)).toEqual([0, 0, 1]);
    expect(plan.remove[0]?.addressType).toBe('IPv4');
  });

  it('says since when a change was due: since a pod became ready, or nobody knows', () => {
    const before = slicesFor(service(), [pod(0, { isReady: false })]);
    const ready = planSlices(situation({ pods: [pod(0)], slices: before }));
    expect(ready.update[0]?.metadata.annotations).toEqual({ [trigger]: '2024-01-01T00:00:10Z' });
    const gone = planSlices(situation({ pods: [], slices: after(before, ready) }));
    expect(gone.update[0]?.metadata.annotations).toEqual({});
  });
});
