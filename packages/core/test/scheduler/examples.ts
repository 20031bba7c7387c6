/** Nodes and pods as short as a table wants them. */

import type { Labels } from '../../src/api/meta.ts';
import type { NodeObject, Taint } from '../../src/api/objects.ts';
import type { Container, Pod, PodSpec, ResourceList, StoredPod } from '../../src/api/pod.ts';
import type { NodeState } from '../../src/scheduler/filters/filter.ts';
import { nodeFacts } from '../../src/scheduler/node-facts.ts';
import { NodeUsage } from '../../src/scheduler/node-usage.ts';
import { podNeeds } from '../../src/scheduler/pod-needs.ts';

export interface NodeExample {
  readonly labels?: Labels;
  readonly taints?: readonly Taint[];
  readonly unschedulable?: boolean;
  /** Of the condition Ready; `null` for a node that has none. */
  readonly ready?: 'True' | 'False' | 'Unknown' | null;
  readonly allocatable?: ResourceList;
}

export function nodeObject(name: string, example: NodeExample = {}): NodeObject {
  const { labels = {}, taints, unschedulable, ready = 'True', allocatable } = example;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: { ...(taints && { taints }), ...(unschedulable !== undefined && { unschedulable }) },
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable },
      conditions: ready === null ? [] : [{ type: 'Ready', status: ready }],
    },
  };
}

export function container(requests: ResourceList = {}, rest: Partial<Container> = {}): Container {
  return { name: 'main', image: 'app', resources: { requests }, ...rest };
}

/** One container with these requests, unless the spec has its own. */
export function specOf(requests: ResourceList = {}, spec: Partial<PodSpec> = {}): PodSpec {
  return { containers: [container(requests)], ...spec };
}

export function podObject(
  name: string,
  spec: PodSpec = specOf(),
  { owner, labels }: { readonly owner?: string; readonly labels?: Labels } = {},
): Pod {
  const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      ...(labels && { labels }),
      ...(owner !== undefined && { ownerReferences: [{ ...reference, name: owner, uid: owner }] }),
    },
    spec,
  };
}

/** As it is read from a store. */
export function storedPod(...[name, ...rest]: Parameters<typeof podObject>): StoredPod {
  const pod = podObject(name, ...rest);
  const stored = {
    uid: `uid-${name}`,
    name,
    namespace: 'default',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { ...pod, metadata: { ...pod.metadata, ...stored, generation: 1 } };
}

/** A node with these pods on it. */
export function nodeState(name: string, example: NodeExample = {}, pods: readonly PodSpec[] = []): NodeState {
  const usage = new NodeUsage();
  for (const spec of pods) usage.add(podNeeds(spec));
  return { facts: nodeFacts(nodeObject(name, example)), usage };
}
