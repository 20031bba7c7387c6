import { expect, it } from 'vitest';
import { createNodePolicy, type NodeWrite } from '../../src/gateway/node-policy.ts';
import { podReferences } from '../../src/gateway/pod-references.ts';

const policy = createNodePolicy();

const node = (metadata: object = {}, rest: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', uid: 'u', ...metadata },
  spec: {},
  ...rest,
});
const lease = (metadata: object = {}) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'n1', namespace: 'kube-node-lease', ...metadata },
  spec: { holderIdentity: 'n1', leaseDurationSeconds: 40 },
});
const pod = (metadata: object = {}, rest: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'own', ...metadata },
  spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'i' }] },
  status: { phase: 'Pending' },
  ...rest,
});
const event = (involvedObject: object, rest: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'default' },
  involvedObject,
  type: 'Normal',
  reason: 'Started',
  message: 'm',
  count: 1,
  source: { component: 'kubelet', host: 'n1' },
  ...rest,
});
const file = { annotations: { 'kubernetes.io/config.source': 'file' } };
const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 };
const ownPod = { kind: 'Pod', name: 'web', namespace: 'default', uid: 'own' };
const running = { status: { phase: 'Running' } };

type Case = readonly [
  what: string,
  verb: NodeWrite['verb'],
  key: string,
  current: object | undefined,
  wanted: object | undefined,
];

const refusalOf = ([, verb, key, current, wanted]: Case) =>
  policy.refusalOf({ node: 'n1', verb, key, current, wanted, isOwnPod: (uid) => uid === 'own' })?.code;

it.each<Case>([
  ['its Node is made', 'create', 'nodes/n1', undefined, node()],
  ['its Node reports', 'update', 'nodes/n1', node(), node({}, { status: { capacity: { cpu: '1' } } })],
  ['its Node is labelled', 'update', 'nodes/n1', node(), node({ labels: { zone: 'a' } })],
  ['its Lease is renewed', 'update', 'leases/kube-node-lease/n1', lease(), lease()],
  ['a status of its pod', 'update', 'pods/default/web', pod(), pod({}, running)],
  ['the end of its pod', 'delete', 'pods/default/web', pod(leaving), undefined],
  [
    'the end of its pod with finalizers',
    'update',
    'pods/default/web',
    pod(leaving),
    pod({ ...leaving, deletionGracePeriodSeconds: 0 }),
  ],
  ['a static pod', 'create', 'pods/default/web', undefined, pod(file)],
  ['the end of a static pod begins', 'update', 'pods/default/web', pod(file), pod({ ...file, ...leaving })],
  ['an event about its pod', 'create', 'events/default/e', undefined, event(ownPod)],
  ['an event about itself', 'create', 'events/default/e', undefined, event({ kind: 'Node', name: 'n1' })],
])('lets through: %s', (...given) => {
  expect(refusalOf(given)).toBeUndefined();
});

it.each<Case>([
  ['the Node of another', 'update', 'nodes/n2', node({ name: 'n2' }), node({ name: 'n2' }, running)],
  ['its Node is deleted', 'delete', 'nodes/n1', node(), undefined],
  [
    'a static pod that other nodes would probe',
    'create',
    'pods/default/web',
    undefined,
    pod({ annotations: { ...file.annotations, 'mooring.dev/probe-from': 'n2' } }),
  ],
  [
    'probes of its pod by other nodes',
    'update',
    'pods/default/web',
    pod(),
    pod({ annotations: { 'mooring.dev/probe-from': 'n2' } }),
  ],
  ['its taints', 'update', 'nodes/n1', node({}, { spec: { taints: [] } }), node({}, { spec: {} })],
  [
    'a label that keeps pods away',
    'update',
    'nodes/n1',
    node(),
    node({ labels: { 'node-restriction.kubernetes.io/a': 'b' } }),
  ],
  ['a label of Kubernetes', 'create', 'nodes/n1', undefined, node({ labels: { 'x.k8s.io/a': 'b' } })],
  ['a finalizer of its Node', 'update', 'nodes/n1', node(), node({ finalizers: ['a/b'] })],
  ['the Lease of another', 'update', 'leases/kube-node-lease/n2', lease(), lease()],
  ['the Lease of the controllers', 'update', 'leases/kube-system/controllers', lease(), lease()],
  [
    'an owner that its Lease blocks',
    'update',
    'leases/kube-node-lease/n1',
    lease(),
    lease({
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u', blockOwnerDeletion: true }],
    }),
  ],
  [
    'the spec of its pod',
    'update',
    'pods/default/web',
    pod(),
    pod({}, { spec: { nodeName: 'n1', containers: [] } }),
  ],
  ['labels of its pod', 'update', 'pods/default/web', pod(), pod({ labels: { app: 'x' } })],
  ['another UID', 'update', 'pods/default/web', pod(), pod({ uid: 'other' }, running)],
  ['the deletion of its pod', 'update', 'pods/default/web', pod(), pod(leaving)],
  ['the removal of a pod that nobody deletes', 'delete', 'pods/default/web', pod(), undefined],
  [
    'the removal of a pod that finalizers keep',
    'delete',
    'pods/default/web',
    pod({ ...leaving, finalizers: ['a/b'] }),
    undefined,
  ],
  [
    'the pod of another node',
    'update',
    'pods/default/web',
    pod({}, { spec: { nodeName: 'n2' } }),
    pod({}, { spec: { nodeName: 'n2' }, ...running }),
  ],
  ['a pod of its own making', 'create', 'pods/default/web', undefined, pod()],
  [
    'a static pod that reaches for a Secret',
    'create',
    'pods/default/web',
    undefined,
    pod(file, {
      spec: {
        nodeName: 'n1',
        containers: [{ name: 'main', image: 'i', envFrom: [{ secretRef: { name: 's' } }] }],
      },
    }),
  ],
  [
    'an event about a pod of another',
    'create',
    'events/default/e',
    undefined,
    event({ ...ownPod, uid: 'foreign' }),
  ],
  [
    'an event in the name of another',
    'create',
    'events/default/e',
    undefined,
    event(ownPod, { source: { host: 'n2' } }),
  ],
  ['the removal of an event', 'delete', 'events/default/e', event(ownPod), undefined],
  ['a Secret', 'update', 'secrets/default/s', {}, {}],
  ['a Deployment', 'create', 'deployments/default/d', undefined, {}],
])('refuses: %s', (...given) => {
  expect(refusalOf(given)).toBe('FORBIDDEN');
});

it.each<Case>([
  ['a kind that the key does not say', 'create', 'nodes/n1', undefined, pod()],
  ['another name', 'create', 'nodes/n1', undefined, node({ name: 'n2' })],
  ['no metadata', 'create', 'nodes/n1', undefined, { apiVersion: 'v1', kind: 'Node' }],
  [
    'a key that reaches for the prototype',
    'update',
    'pods/default/web',
    pod(),
    JSON.parse('{"__proto__":{}}'),
  ],
  [
    'a status of a wrong type',
    'update',
    'pods/default/web',
    pod(),
    pod({}, { status: { containerStatuses: 7 } }),
  ],
])('finds invalid: %s', (...given) => {
  expect(refusalOf(given)).toBe('INVALID');
});

it('finds everything that a pod refers to, and nothing in what is no pod', () => {
  const container = {
    env: [{ valueFrom: { secretKeyRef: { name: 'a' } } }],
    envFrom: [{ configMapRef: { name: 'b' } }],
  };
  const volumes = [
    { secret: { secretName: 'c' } },
    { projected: { sources: [{ configMap: { name: 'd' } }, 7] } },
    null,
  ];
  const spec = {
    initContainers: [container],
    volumes,
    imagePullSecrets: [{ name: 'e' }],
    serviceAccountName: 'f',
  };
  const annotations = { 'mooring.dev/probe-from': 'readiness: any of n2, n3' };
  expect([...podReferences({ metadata: { namespace: 'x', annotations }, spec })].toSorted()).toEqual([
    'configmaps/x/b',
    'configmaps/x/d',
    'namespaces/x',
    'nodes/n2',
    'nodes/n3',
    'secrets/x/a',
    'secrets/x/c',
    'secrets/x/e',
    'serviceaccounts/x/f',
  ]);
  for (const odd of [
    {},
    { metadata: 3, spec: 'x' },
    { metadata: { namespace: 'x' }, spec: { containers: {} } },
  ])
    expect(podReferences(odd).size).toBeLessThan(2);
});
