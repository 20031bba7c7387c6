import { describe, expect, it } from 'vitest';
import type { NodeSelectorTerm } from '../../src/api/affinity.ts';
import type { ContainerPort, PodSpec } from '../../src/api/pod.ts';
import { rejectionOf } from '../../src/scheduler/filters/filters.ts';
import { podNeeds } from '../../src/scheduler/pod-needs.ts';
import { container, type NodeExample, nodeState, specOf } from './examples.ts';

interface Row {
  readonly name: string;
  readonly spec?: Partial<PodSpec>;
  readonly node?: NodeExample;
  readonly pods?: readonly PodSpec[];
  /** Empty: the node takes the pod. */
  readonly want: readonly string[];
}

function reasonsOf({ spec = {}, node, pods }: Omit<Row, 'want' | 'name'>): readonly string[] {
  return rejectionOf(podNeeds(specOf({}, spec)), nodeState('a', node, pods))?.reasons ?? [];
}

function filters(rows: readonly Row[]): void {
  it.each(rows)('$name', ({ want, ...row }) => {
    expect(reasonsOf(row)).toEqual(want);
  });
}

const unschedulable = 'node(s) were unschedulable';
const tainted = 'node(s) had untolerated taint(s)';
const mismatch = "node(s) didn't match Pod's node affinity/selector";
const noPorts = "node(s) didn't have free ports for the requested pod ports";

describe('a node that is cordoned', () => {
  const node = { unschedulable: true };
  const key = 'node.kubernetes.io/unschedulable';
  filters([
    { name: 'takes no pod', node, want: [unschedulable] },
    {
      name: 'takes one that tolerates it',
      node,
      spec: { tolerations: [{ key, operator: 'Exists', effect: 'NoSchedule' }] },
      want: [],
    },
    {
      name: 'is not saved by a toleration of another effect',
      node,
      spec: { tolerations: [{ key, operator: 'Exists', effect: 'NoExecute' }] },
      want: [unschedulable],
    },
  ]);
});

describe('a node with taints', () => {
  const noSchedule = { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } as const;
  filters([
    { name: 'NoSchedule takes no pod', node: noSchedule, want: [tainted] },
    {
      name: 'NoExecute takes no pod',
      node: { taints: [{ key: 'x', effect: 'NoExecute' }] },
      want: [tainted],
    },
    {
      name: 'PreferNoSchedule takes it',
      node: { taints: [{ key: 'x', effect: 'PreferNoSchedule' }] },
      want: [],
    },
    {
      name: 'takes a pod that tolerates each of them',
      node: { taints: [...noSchedule.taints, { key: 'x', effect: 'NoExecute' }] },
      spec: {
        tolerations: [
          { key: 'gpu', value: 'yes' },
          { key: 'x', operator: 'Exists', tolerationSeconds: 5, effect: 'NoExecute' },
        ],
      },
      want: [],
    },
    {
      name: 'takes no pod that tolerates one of two',
      node: { taints: [...noSchedule.taints, { key: 'x', effect: 'NoExecute' }] },
      spec: { tolerations: [{ key: 'gpu', value: 'yes' }] },
      want: [tainted],
    },
  ]);
});

describe('a node that is not ready', () => {
  const key = 'node.kubernetes.io/not-ready';
  filters([
    { name: 'takes no pod, tainted or not', node: { ready: 'False' }, want: [tainted] },
    { name: 'nor one of which nothing is known', node: { ready: 'Unknown' }, want: [tainted] },
    { name: 'nor one that has said nothing yet', node: { ready: null }, want: [tainted] },
    {
      name: 'takes a pod that tolerates what the node controller would put on it',
      node: { ready: 'False' },
      spec: { tolerations: [{ key, operator: 'Exists' }] },
      want: [],
    },
    {
      name: 'which is another taint where nothing is known',
      node: { ready: 'Unknown' },
      spec: { tolerations: [{ key, operator: 'Exists' }] },
      want: [tainted],
    },
  ]);
});

describe('the node that a pod wants', () => {
  const node = { labels: { disk: 'ssd', cores: '16' } };
  const needs = (...nodeSelectorTerms: NodeSelectorTerm[]): Partial<PodSpec> => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  const ssd: NodeSelectorTerm = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] };
  const hdd: NodeSelectorTerm = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['hdd'] }] };
  filters([
    { name: 'has the labels of its nodeSelector', node, spec: { nodeSelector: { disk: 'ssd' } }, want: [] },
    { name: 'has all of them', node, spec: { nodeSelector: { disk: 'ssd', zone: 'a' } }, want: [mismatch] },
    { name: 'is met by one of several terms', node, spec: needs(hdd, ssd), want: [] },
    { name: 'is met by no term', node, spec: needs(hdd), want: [mismatch] },
    {
      name: 'has to meet the selector and a term',
      node,
      spec: { nodeSelector: { zone: 'a' }, ...needs(ssd) },
      want: [mismatch],
    },
    { name: 'is not met by a term that says nothing', node, spec: needs({}), want: [mismatch] },
    { name: 'is not met by no terms at all', node, spec: needs(), want: [mismatch] },
    {
      name: 'is named by a field',
      spec: needs({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }),
      want: [],
    },
    {
      name: 'is another one by a field',
      spec: needs({ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['a'] }] }),
      want: [mismatch],
    },
  ]);
  it.each<
    [NonNullable<NodeSelectorTerm['matchExpressions']>[0]['operator'], string, readonly string[], boolean]
  >([
    ['In', 'disk', ['hdd', 'ssd'], true],
    ['NotIn', 'disk', ['hdd'], true],
    ['NotIn', 'disk', ['ssd'], false],
    ['NotIn', 'zone', ['a'], true],
    ['Exists', 'disk', [], true],
    ['Exists', 'zone', [], false],
    ['DoesNotExist', 'zone', [], true],
    ['DoesNotExist', 'disk', [], false],
    ['Gt', 'cores', ['8'], true],
    ['Gt', 'cores', ['16'], false],
    ['Lt', 'cores', ['32'], true],
    ['Lt', 'disk', ['32'], false],
    ['Gt', 'zone', ['1'], false],
  ])('%s %s %j: %s', (operator, key, values, isMet) => {
    const spec = needs({ matchExpressions: [{ key, operator, values }] });
    expect(reasonsOf({ spec, node })).toEqual(isMet ? [] : [mismatch]);
  });
});

describe('ports of the host', () => {
  const using = (...ports: ContainerPort[]): PodSpec => ({ containers: [container({}, { ports })] });
  const port = (hostPort: number, rest: Partial<ContainerPort> = {}): ContainerPort => ({
    containerPort: 80,
    hostPort,
    ...rest,
  });
  filters([
    { name: 'are free on an empty node', spec: using(port(80)), want: [] },
    { name: 'are given once', spec: using(port(80)), pods: [using(port(80))], want: [noPorts] },
    { name: 'differ by number', spec: using(port(81)), pods: [using(port(80))], want: [] },
    {
      name: 'differ by protocol',
      spec: using(port(80, { protocol: 'UDP' })),
      pods: [using(port(80))],
      want: [],
    },
    {
      name: 'differ by address',
      spec: using(port(80, { hostIP: '10.0.0.1' })),
      pods: [using(port(80, { hostIP: '10.0.0.2' }))],
      want: [],
    },
    {
      name: 'of all addresses clash with those of one',
      spec: using(port(80)),
      pods: [using(port(80, { hostIP: '10.0.0.2' }))],
      want: [noPorts],
    },
    {
      name: 'of one address clash with those of all',
      spec: using(port(80, { hostIP: '10.0.0.2' })),
      pods: [using(port(80, { hostIP: '0.0.0.0' }))],
      want: [noPorts],
    },
    {
      name: 'are all ports of a pod on the network of the host',
      spec: { ...using({ containerPort: 80 }), hostNetwork: true },
      pods: [using(port(80))],
      want: [noPorts],
    },
    {
      name: 'are not the ports of other pods',
      spec: using({ containerPort: 80 }),
      pods: [using(port(80))],
      want: [],
    },
    {
      name: 'count for sidecars, not for init containers',
      spec: using(port(80), port(90)),
      pods: [
        {
          ...specOf(),
          initContainers: [
            container({}, { ports: [port(80)] }),
            container({}, { ports: [port(70)], restartPolicy: 'Always' }),
          ],
        },
      ],
      want: [],
    },
    {
      name: 'of a sidecar are taken',
      spec: using(port(70)),
      pods: [
        { ...specOf(), initContainers: [container({}, { ports: [port(70)], restartPolicy: 'Always' })] },
      ],
      want: [noPorts],
    },
  ]);

  it('are free again when the pod is gone', () => {
    const node = nodeState('a');
    const [own, other] = [podNeeds(using(port(80))), podNeeds(using(port(80, { hostIP: '10.0.0.1' })))];
    node.usage.add(own);
    node.usage.add(own);
    node.usage.remove(own);
    expect(rejectionOf(other, node)?.reasons).toEqual([noPorts]);
    node.usage.remove(own);
    expect(rejectionOf(other, node)).toBeUndefined();
  });
});

describe('room on a node', () => {
  const node = {
    allocatable: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi', 'x.io/gpu': '2', pods: '3' },
  };
  const asks = (requests: Readonly<Record<string, string>>): Partial<PodSpec> => specOf(requests);
  filters([
    {
      name: 'suffices to the last bit',
      node,
      spec: asks({ cpu: '400m' }),
      pods: [specOf({ cpu: '600m' })],
      want: [],
    },
    {
      name: 'does not suffice for one thousandth more',
      node,
      spec: asks({ cpu: '401m' }),
      pods: [specOf({ cpu: '600m' })],
      want: ['Insufficient cpu'],
    },
    { name: 'is short of memory', node, spec: asks({ memory: '2Gi' }), want: ['Insufficient memory'] },
    {
      name: 'is short of storage',
      node,
      spec: asks({ 'ephemeral-storage': '2Gi' }),
      want: ['Insufficient ephemeral-storage'],
    },
    { name: 'is short of a device', node, spec: asks({ 'x.io/gpu': '3' }), want: ['Insufficient x.io/gpu'] },
    {
      name: 'has none of a device',
      node,
      spec: asks({ 'x.io/fpga': '1' }),
      want: ['Insufficient x.io/fpga'],
    },
    { name: 'need not have what nobody wants any of', node, spec: asks({ 'x.io/fpga': '0' }), want: [] },
    {
      name: 'is short of several things, and says each',
      node,
      spec: asks({ cpu: '2', memory: '2Gi' }),
      want: ['Insufficient cpu', 'Insufficient memory'],
    },
    {
      name: 'has a slot for a pod that asks for nothing',
      node,
      pods: [specOf({ cpu: '1' }), specOf()],
      want: [],
    },
    { name: 'has a bound on pods', node, pods: [specOf(), specOf(), specOf()], want: ['Too many pods'] },
    {
      name: 'is counted by requests, not by limits',
      node,
      spec: { containers: [container({}, { resources: { limits: { cpu: '9' }, requests: { cpu: '1' } } })] },
      want: [],
    },
    {
      name: 'is none where the number of pods is not said',
      node: { allocatable: { pods: '0' } },
      want: ['Too many pods'],
    },
  ]);

  it.each<[string, Partial<PodSpec>, readonly PodSpec[], boolean]>([
    ['others are in the way', specOf({ cpu: '600m' }), [specOf({ cpu: '600m' })], true],
    ['it would not fit an empty node', specOf({ cpu: '2' }), [], false],
    [
      'one thing is taken and another never there',
      specOf({ cpu: '600m', memory: '2Gi' }),
      [specOf({ cpu: '600m' })],
      false,
    ],
    ['all slots are taken', specOf(), [specOf(), specOf(), specOf()], true],
  ])('could be made by preemption or not: %s', (_, spec, pods, isByPods) => {
    const found = rejectionOf(podNeeds(specOf({}, spec)), nodeState('a', node, pods));
    expect(found?.isByPods).toBe(isByPods);
  });
});

describe('a node that fails several filters', () => {
  filters([
    {
      name: 'says the first one only',
      node: { unschedulable: true, taints: [{ key: 'x', effect: 'NoSchedule' }] },
      spec: { ...specOf({ cpu: '99' }), nodeSelector: { a: 'b' } },
      want: [unschedulable],
    },
    {
      name: 'taints come before labels',
      node: { taints: [{ key: 'x', effect: 'NoSchedule' }] },
      spec: { nodeSelector: { a: 'b' } },
      want: [tainted],
    },
    {
      name: 'labels before room',
      spec: { ...specOf({ cpu: '99' }), nodeSelector: { a: 'b' } },
      want: [mismatch],
    },
  ]);
});
