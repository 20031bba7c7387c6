/** Metrics and health checks of Mooring's processes. */

export { type HealthCheck, type HealthReport, reportHealth } from './health-checks.ts';
export { type HealthServer, type HealthServerOptions, serveHealth } from './health-server.ts';
export { type ListenAddress, parseListenAddress } from './listen-address.ts';
export { createMetrics, type Metrics } from './metrics.ts';
