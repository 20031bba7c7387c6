import type { Cluster } from '@mooring/core';
import type { HealthCheck } from '@mooring/metrics';

/** Does the runtime of each node of this process answer? A restart of the agent would not mend it. */
export function runtimeChecks({
  nodes,
  runtimeHealth,
}: Pick<Cluster, 'nodes' | 'runtimeHealth'>): readonly HealthCheck[] {
  return nodes.map((name) => ({
    name: `runtime-of-${name}`,
    check() {
      const health = runtimeHealth(name);
      if (health === undefined) return 'nothing is known of it yet';
      return health.ready ? undefined : health.message;
    },
  }));
}
