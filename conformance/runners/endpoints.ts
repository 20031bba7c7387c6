/** `endpoints.json`: from Services and pods to endpoints, through the pure parts of the two controllers. */

import assert from 'node:assert/strict';
import type { EndpointSubset, Service } from '../../packages/core/src/api/network.ts';
import type { Pod } from '../../packages/core/src/api/pod.ts';
import { decideEndpoints } from '../../packages/core/src/controller/endpoints/decide-endpoints.ts';
import {
  findPort,
  groupByPorts,
  slicePorts,
} from '../../packages/core/src/controller/endpoints/endpoint-ports.ts';
import { podChange, servicesToUpdate } from '../../packages/core/src/controller/endpoints/pod-change.ts';
import {
  countsAsEndpoint,
  podEndpoint,
  publishesHostname,
} from '../../packages/core/src/controller/endpoints/pod-endpoint.ts';
import { selectingServices } from '../../packages/core/src/controller/endpoints/selection.ts';
import { truncateSubsets } from '../../packages/core/src/controller/endpoints/truncate-subsets.ts';
import { asSet, assertShown } from '../shown.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

export const runners: TopicRunners = {
  sync({ given, expect }: VectorCase) {
    const step = decideEndpoints({
      service: given.service ?? undefined,
      pods: given.pods ?? [],
      current: given.endpoints ?? undefined,
    });
    const { action, subsets, labelsContain } = expect;
    if (action !== undefined) assert.equal(step.kind, action === 'none' ? 'nothing' : action);
    const result = step.kind === 'nothing' ? given.endpoints : step.object;
    if (subsets !== undefined) assert.deepEqual(asSets(result?.subsets ?? []), asSets(subsets ?? []));
    const labels = Object.entries(result?.metadata.labels ?? {});
    for (const label of Object.entries(labelsContain ?? {}))
      assert.ok(
        labels.some((one) => one.join('=') === label.join('=')),
        `label ${label.join('=')}`,
      );
  },

  shouldInclude({ given, expect }: VectorCase) {
    const includesTerminating: boolean = given.includeTerminating ?? false;
    assert.equal(countsAsEndpoint(given.pod, { includesTerminating }), expect.include);
  },

  shouldSetHostname({ given, expect }: VectorCase) {
    assert.equal(publishesHostname(given.pod, given.service), expect.set);
  },

  endpoint({ given, expect }: VectorCase) {
    const endpoint = podEndpoint(given.pod, given.service, given.node ?? undefined, 'IPv4');
    assert.deepEqual(endpoint, withoutNulls(expect));
  },

  ports({ given, expect }: VectorCase) {
    const [group] = groupByPorts(given.service, [given.pod]);
    assert.deepEqual(slicePorts(given.service, { numbers: group?.numbers ?? [] }), expect.ports);
  },

  findPort({ given, expect }: VectorCase) {
    assert.equal(findPort(given.pod, given.servicePort), expect.error === true ? undefined : expect.port);
  },

  servicesToUpdate({ given, expect }: VectorCase) {
    const services = servicesToUpdate(given.oldServices ?? [], given.newServices ?? [], given.podChanged);
    assert.deepEqual(asSet([...services]), asSet(expect.services));
  },

  servicesOfPod({ given, expect }: VectorCase) {
    const services: readonly Service[] = given.services;
    assert.deepEqual(asSet([...selectingServices(services, given.pod)]), asSet(expect.services));
  },

  podChanged({ given, expect }: VectorCase) {
    const { isPodChanged, areLabelsChanged } = podChange(podOf(given.old), podOf(given.new));
    assertShown({ podChanged: isPodChanged, labelsChanged: areLabelsChanged }, expect);
  },

  truncate({ given, expect }: VectorCase) {
    const ready: readonly number[] = given.ready ?? given.notReady.map(() => 0);
    const subsets = ready.map((count, i) => ({
      addresses: addresses(count),
      notReadyAddresses: addresses(given.notReady?.[i] ?? 0),
    }));
    const truncated = truncateSubsets(subsets, given.capacity);
    assertShown(
      {
        ready: truncated.subsets.map((subset) => subset.addresses?.length ?? 0),
        notReady: truncated.subsets.map((subset) => subset.notReadyAddresses?.length ?? 0),
        truncated: truncated.isTruncated,
      },
      expect,
    );
  },
};

function withoutNulls(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Only what matters is in the vectors. */
function podOf(given: Pick<Pod, 'metadata' | 'status'>): Pod {
  return { apiVersion: 'v1', kind: 'Pod', spec: { containers: [] }, ...given };
}

function addresses(count: number): NonNullable<EndpointSubset['addresses']> {
  return Array.from({ length: count }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}` }));
}

/** Subsets, addresses and ports without their order, and once each; of a reference only what the vectors compare. */
function asSets(subsets: readonly EndpointSubset[]): unknown {
  const texts = (items: readonly object[] | null = []) => asSet(items?.map((item) => canonical(item)));
  const sets = subsets.map((subset) => ({
    addresses: texts(subset.addresses),
    notReadyAddresses: texts(subset.notReadyAddresses),
    ports: texts(subset.ports),
  }));
  return asSet(sets.map(canonical));
}

function canonical(value: object): string {
  return JSON.stringify(value, (key, inner) => {
    if (inner === null) return undefined;
    if (key === 'targetRef') return [inner.kind, inner.namespace, inner.name];
    if (typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
