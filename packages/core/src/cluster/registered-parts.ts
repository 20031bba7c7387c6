/** Parts that a user has registered in a DI container of their own, taken as if they had been given as options. */

import type { KubeletLogic } from '../kubelet/kubelet.ts';
import { callGiven } from './call-given.ts';
import type { ClusterOptions } from './options.ts';
import { type Token, tokens } from './tokens.ts';

/**
 * What a DI container has to be able to do: that of tsyringe is one. `isRegistered` is asked with `true`: parents count too.
 */
export interface PartContainer {
  isRegistered(token: symbol, recursive?: boolean): boolean;
  resolve<T>(token: symbol): T;
}

const { Clock, Random, Logger, Store, Bus, ProbeLogic, ContainerLogic, PodLogic } = tokens;

/** The tokens of the parts that can be registered in a container that is given as `container`. */
export const partTokens = {
  Clock,
  Random,
  Logger,
  Store,
  Bus,
  ProbeLogic,
  ContainerLogic,
  PodLogic,
} as const;

/** Options that are given count before what is registered; what is in neither is made as ever. */
export function withRegistered(options: ClusterOptions): ClusterOptions {
  const { container } = options;
  if (container === undefined) return options;
  const part = <T>(token: Token<T>): T | undefined =>
    callGiven(`container: ${String(token.description)}`, () =>
      container.isRegistered(token, true) ? container.resolve<T>(token) : undefined,
    );
  const logic: Partial<KubeletLogic> = {
    ...given({ probe: part(ProbeLogic), container: part(ContainerLogic), pod: part(PodLogic) }),
    ...options.logic,
  };
  // With a transport there is neither store nor bus of one's own.
  const carriers = options.transport === undefined ? { store: part(Store), bus: part(Bus) } : {};
  const shared = { clock: part(Clock), random: part(Random), logger: part(Logger) };
  return { ...given({ ...shared, ...carriers }), ...options, logic };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
