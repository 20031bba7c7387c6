/** What the scheduler has to know of a pod, worked out once: every node is asked about it. */

import type { Container, PodSpec, Toleration } from '../api/pod.ts';
import { type Amounts, containerRequests, podRequests } from '../api/pod-requests.ts';
import type { Selector } from '../api/selector.ts';
import { LruMap } from '../engine/lru-map.ts';
import { type HostPort, hostPortsOf } from './filters/host-ports.ts';
import { compileTerm, type NodeTerm, requiredTerms } from './filters/node-affinity.ts';

export interface PodNeeds {
  readonly tolerations: readonly Toleration[];
  /** `nodeSelector`: all of it has to hold. */
  readonly selector: Selector;
  /** Required node affinity: one of the terms has to hold; `undefined` when there is none. */
  readonly terms: readonly NodeTerm[] | undefined;
  readonly preferences: readonly { readonly weight: number; readonly term: NodeTerm }[];
  readonly ports: readonly HostPort[];
  readonly requests: Amounts;
  /** With the amounts that containers without requests count for in scores. */
  readonly scored: Amounts;
}

/** Kubernetes' numbers: 100m of CPU and 200 MiB. */
const scoredDefaults: Amounts = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
]);

export function podNeeds(spec: PodSpec): PodNeeds {
  const { affinity, nodeSelector = {}, tolerations = [] } = spec;
  const preferred = affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    tolerations,
    selector: Object.entries(nodeSelector).map(([key, value]) => ({ key, operator: '=', values: [value] })),
    terms: requiredTerms(affinity?.nodeAffinity),
    preferences: preferred.map(({ weight, preference }) => ({ weight, term: compileTerm(preference) })),
    ports: hostPortsOf(spec),
    requests: podRequests(spec),
    scored: podRequests(spec, scoredRequests),
  };
}

function scoredRequests(container: Container): Amounts {
  return new Map([...scoredDefaults, ...containerRequests(container)]);
}

const knownMax = 4096;

/**
 * Pods that were made from one template need the same. They share one object, which is worked out once, weighs once, and
 * tells who is answered alike by every node.
 */
export class NeedsBook {
  private readonly known = new LruMap<string, PodNeeds>(knownMax);
  /** The very spec that was asked about last: those of one template share it until they have a node. */
  private last: { readonly spec: PodSpec; readonly needs: PodNeeds } | undefined;

  of(spec: PodSpec): PodNeeds {
    if (this.last?.spec === spec) return this.last.needs;
    const key = keyOf(spec);
    let needs = this.known.get(key);
    if (needs === undefined) {
      needs = podNeeds(spec);
      this.known.set(key, needs);
    }
    this.last = { spec, needs };
    return needs;
  }
}

function keyOf(spec: PodSpec): string {
  const { affinity, nodeSelector, tolerations, containers, initContainers = [] } = spec;
  return JSON.stringify([
    nodeSelector,
    affinity?.nodeAffinity,
    tolerations,
    hostPortsOf(spec),
    containers.map(({ resources }) => resources?.requests),
    initContainers.map(({ resources, restartPolicy }) => [resources?.requests, restartPolicy]),
  ]);
}
