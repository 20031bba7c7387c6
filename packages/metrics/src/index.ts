/** Metrics and health checks of Mooring's processes. */

export { type HealthCheck, type HealthReport, reportHealth } from './health-checks.ts';
export { type HealthServer, type HealthServerOptions, serveHealth } from './health-server.ts';
export { type ListenAddress, parseListenAddress } from './listen-address.ts';
export { measureBus } from './measure-bus.ts';
export { measureCluster } from './measure-cluster.ts';
export { measurePlugin } from './measure-plugin.ts';
export { createStoreMeter, type StoreMeter } from './measure-store.ts';
export { createMetrics, type Metrics } from './metrics.ts';
