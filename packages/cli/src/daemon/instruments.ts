/** What measures a daemon: its plugins, its carriers, its cluster. */

import type { CarrierWraps, Clock, Cluster, Plugin } from '@mooring/core';
import {
  createMetrics,
  createStoreMeter,
  type HealthCheck,
  type Metrics,
  measureBus,
  measureCluster,
  measurePlugin,
} from '@mooring/metrics';

export interface Instruments {
  readonly metrics: Metrics;
  /** The same plugins, timed. */
  plugins(plugins: readonly Plugin[]): readonly Plugin[];
  /** For a cluster: what times its store and its bus. */
  readonly carriers: CarrierWraps;
  /** Does the store answer? */
  readonly storeCheck: HealthCheck;
  watch(cluster: Pick<Cluster, 'controllers' | 'nodes' | 'runtimeHealth'>): void;
}

export function createInstruments(clock: Clock): Instruments {
  const metrics = createMetrics();
  const store = createStoreMeter(metrics, clock);
  return {
    metrics,
    plugins: (plugins) => plugins.map((plugin) => measurePlugin(plugin, metrics, clock)),
    carriers: { store: store.measure, bus: (bus) => measureBus(bus, metrics, clock) },
    storeCheck: store.check,
    watch: (cluster) => measureCluster(cluster, metrics),
  };
}
