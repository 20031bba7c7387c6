/** An object store that gives Services their addresses, over a store in memory. */

import { parseIPv4Range } from '../../../src/api/ipv4-range.ts';
import type { ApiObject } from '../../../src/api/meta.ts';
import type { Service, ServiceSpec } from '../../../src/api/network.ts';
import { createAdmission } from '../../../src/cluster/admission.ts';
import { silentLogger } from '../../../src/contract/logger.ts';
import type { Store } from '../../../src/contract/store.ts';
import { loadPlugins } from '../../../src/plugin/load-plugins.ts';
import { defaultNodePorts, serviceAllocator } from '../../../src/store/allocation/service-allocator.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { createObjectStore } from '../../../src/store/object-store.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

export interface AllocationRigOptions {
  readonly store?: Store;
  readonly range?: string;
  readonly ports?: { readonly first: number; readonly last: number };
  readonly seed?: string;
}

export function allocationRig({
  store = createMemoryStore(),
  range = '127.96.0.0/12',
  ports = defaultNodePorts,
  seed = 'allocation',
}: AllocationRigOptions = {}) {
  const clock = new TestClock();
  const random = new SeededRandom(seed);
  const clusterIPs = parseIPv4Range(range);
  if (clusterIPs === undefined) throw new Error(`${range} is no range`);
  const hook = serviceAllocator({
    ...{ store, clock, random },
    clusterIPs,
    clusterIPsText: range,
    nodePorts: ports,
  });
  const admit = createAdmission(loadPlugins([], silentLogger), { isTerminating: () => false });
  const objects = createObjectStore({ store, clock, random, admit, hook });
  return { store, clock, objects };
}

export function service(name: string, spec: ServiceSpec = {}): Service & ApiObject {
  const ports = [{ port: 80 }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports, ...spec } };
}
