/** The parts of a cluster by token. `registered-parts.ts` says which of them a user may bring in a container of their own. */

// tsyringe throws when it is imported without a polyfill, although nothing here uses decorators or metadata.
import 'reflect-metadata/lite';
import { type DependencyContainer, instanceCachingFactory, container as rootContainer } from 'tsyringe';
import type { FactPublisher } from '../bus/fact-publisher.ts';
import type { Bus } from '../contract/bus.ts';
import type { Clock, Random } from '../contract/clock.ts';
import type { Logger } from '../contract/logger.ts';
import type { Store } from '../contract/store.ts';
import type { OpenTransport } from '../contract/transport.ts';
import type { ActorDirectory } from '../engine/directory.ts';
import type { KubeletLogic } from '../kubelet/kubelet.ts';
import type { Connections } from '../kubelet/proxy/connections.ts';
import type { ForeignAddresses } from '../kubelet/proxy/foreign-addresses.ts';
import type { PodTraffic } from '../kubelet/proxy/pod-traffic.ts';
import type { LoadedPlugins } from '../plugin/load-plugins.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Informers } from './informers.ts';

/** A symbol that knows the type of what is registered under it; two copies of core agree on it. */
export type Token<T> = symbol & { readonly __type?: T };

function token<T>(name: string): Token<T> {
  return Symbol.for(`mooring/${name}@1`);
}

export const tokens = {
  Clock: token<Clock>('Clock'),
  Random: token<Random>('Random'),
  Logger: token<Logger>('Logger'),
  Store: token<Store>('Store'),
  Bus: token<Bus>('Bus'),
  Upkeep: token<OpenTransport['upkeep']>('Upkeep'),
  Plugins: token<LoadedPlugins>('Plugins'),
  Objects: token<ObjectStore>('Objects'),
  Informers: token<Informers>('Informers'),
  Directory: token<ActorDirectory>('Directory'),
  Facts: token<FactPublisher>('Facts'),
  Connections: token<Connections>('Connections'),
  ForeignAddresses: token<ForeignAddresses>('ForeignAddresses'),
  PodTraffic: token<PodTraffic>('PodTraffic'),
  ProbeLogic: token<KubeletLogic['probe']>('ProbeLogic'),
  ContainerLogic: token<KubeletLogic['container']>('ContainerLogic'),
  PodLogic: token<KubeletLogic['pod']>('PodLogic'),
} as const;

/** What a part is made from. */
export interface Resolver {
  get<T>(token: Token<T>): T;
}

export interface Parts extends Resolver {
  /** Made once, when it is first asked for. A later registration of the same token wins. */
  provide<T>(token: Token<T>, make: (parts: Resolver) => T): void;
}

/** One container of the DI for each cluster: nothing is shared between two of them. */
export function createParts(): Parts {
  const di: DependencyContainer = rootContainer.createChildContainer();
  const parts: Parts = {
    get: <T>(token: Token<T>) => di.resolve<T>(token),
    provide: <T>(token: Token<T>, make: (parts: Resolver) => T) => {
      di.register<T>(token, { useFactory: instanceCachingFactory(() => make(parts)) });
    },
  };
  return parts;
}
