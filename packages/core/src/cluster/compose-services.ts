/** Services of a process: their addresses, what is known of their traffic, and the proxy that carries it. */

import { parseIPv4Range } from '../api/ipv4-range.ts';
import type { ApiObject } from '../api/meta.ts';
import { MooringError } from '../contract/error.ts';
import type { IndexFunction } from '../contract/informer.ts';
import type { Store } from '../contract/store.ts';
import { Connections } from '../kubelet/proxy/connections.ts';
import { listedPodIndices } from '../kubelet/proxy/endpoint-indices.ts';
import { ForeignAddresses } from '../kubelet/proxy/foreign-addresses.ts';
import { podTraffic } from '../kubelet/proxy/pod-traffic.ts';
import { ServiceProxy, type ServiceProxySettings } from '../kubelet/proxy/service-proxy.ts';
import { defaultNodePorts, serviceAllocator } from '../store/allocation/service-allocator.ts';
import { createEventRecorder } from '../store/events/recorder.ts';
import type { WriteHook } from '../store/object-store.ts';
import type { ComposedNode } from './compose-node.ts';
import type { DisposalStack } from './disposal-stack.ts';
import type { Informers } from './informers.ts';
import { openFilesMax } from './machine.ts';
import type { ServiceProxyOptions, ServicesOptions } from './options.ts';
import { type Parts, type Resolver, tokens } from './tokens.ts';

const clusterIPRangeDefault = '127.96.0.0/12';

export function clusterIPRangeOf({ clusterIPRange }: ServicesOptions = {}): string {
  return clusterIPRange ?? clusterIPRangeDefault;
}

export function createServiceAllocator(
  parts: Resolver,
  options: ServicesOptions | undefined,
  store: Store,
): WriteHook {
  const clusterIPsText = clusterIPRangeOf(options);
  const clusterIPs = parseIPv4Range(clusterIPsText);
  if (clusterIPs === undefined)
    throw new MooringError('INVALID', `services.clusterIPRange: ${clusterIPsText} is no range of addresses`);
  return serviceAllocator({
    store,
    clock: parts.get(tokens.Clock),
    random: parts.get(tokens.Random),
    clusterIPs,
    clusterIPsText,
    nodePorts: defaultNodePorts,
  });
}

/** To be called before anything asks for a cache. */
export function prepareServices(parts: Parts): void {
  // The cache of a kind holds objects of that kind.
  const indices = listedPodIndices as Readonly<Record<string, IndexFunction<ApiObject>>>;
  parts.get(tokens.Informers).declare('EndpointSlice', indices);
  parts.provide(tokens.Connections, () => new Connections());
  parts.provide(tokens.ForeignAddresses, () => new ForeignAddresses());
  parts.provide(tokens.PodTraffic, (get) =>
    podTraffic(
      get.get(tokens.Informers).of('EndpointSlice'),
      get.get(tokens.Connections),
      get.get(tokens.ForeignAddresses),
    ),
  );
}

/** Resolves when the caches hold the Services that existed at the start, and their endpoints. */
export async function servicesSynced(informers: Informers): Promise<void> {
  await Promise.all([informers.of('Service').synced, informers.of('EndpointSlice').synced]);
}

/** Runs a proxy where pods of this process can be reached. */
export async function composeServiceProxy(
  options: false | ServiceProxyOptions | undefined,
  nodes: readonly ComposedNode[],
  { parts, closing }: { readonly parts: Parts; readonly closing: DisposalStack },
): Promise<void> {
  const reachable = nodes.filter(({ runtime }) => runtime.capabilities.reachable);
  if (options === false || reachable.length === 0) return;
  const objects = parts.get(tokens.Objects);
  const clock = parts.get(tokens.Clock);
  const random = parts.get(tokens.Random);
  const logger = parts.get(tokens.Logger).child({ component: 'service-proxy' });
  const informers = parts.get(tokens.Informers);
  const recorder = createEventRecorder({ objects, clock, random, component: 'service-proxy', logger });
  closing.push('events of the service proxy', async () => {
    await recorder.flush();
    await recorder[Symbol.asyncDispose]();
  });
  await servicesSynced(informers);
  const proxy = new ServiceProxy({
    services: informers.of('Service'),
    slices: informers.of('EndpointSlice'),
    connections: parts.get(tokens.Connections),
    foreign: parts.get(tokens.ForeignAddresses),
    nodes: informers.of('Node'),
    ownNodes: new Set(reachable.map(({ name }) => name)),
    directory: parts.get(tokens.Directory),
    clock,
    random,
    logger,
    settings: settingsOf(options),
    recordEvent({ metadata }, event) {
      const { namespace, name, uid } = metadata;
      recorder.record({ object: { apiVersion: 'v1', kind: 'Service', namespace, name, uid }, ...event });
    },
  });
  closing.push('service proxy', async () => proxy[Symbol.dispose]());
}

/** Each connection has two sockets. Half of the files are left to everything else, as the probes of pods need some, too. */
const filesOfConnection = 2;

/** As kube-proxy has it: in Linux' connection table such connections stay for an hour. */
const halfClosedMsMax = 3_600_000;

function settingsOf(options: ServiceProxyOptions = {}): ServiceProxySettings {
  const idleMsMax = options.idleMsMax ?? 24 * 3_600_000;
  return {
    nodePortAddress: options.nodePortAddress ?? '127.0.0.1',
    connectMsMax: options.connectMsMax ?? 2000,
    connectionsMax:
      options.connectionsMax ?? Math.min(10_000, Math.floor(openFilesMax() / filesOfConnection / 2)),
    idleMsMax,
    halfClosedMsMax: Math.min(halfClosedMsMax, idleMsMax),
  };
}
