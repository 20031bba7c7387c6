import type { Cluster } from '@mooring/core';
import type { Metrics } from './metrics.ts';

/**
 * What a cluster of this process says when it is asked: `mooring_controller_looks_total`, `mooring_controller_look_seconds_total`,
 * `mooring_controller_objects{controller}`, `mooring_runtime_ready{node}`.
 */
export function measureCluster(
  cluster: Pick<Cluster, 'controllers' | 'nodes' | 'runtimeHealth'>,
  metrics: Metrics,
): void {
  const ofControllers = (
    name: string,
    help: string,
    figure: (activity: ReturnType<Cluster['controllers']>[number]) => number,
  ) =>
    metrics.lookedUp(name, help, ['controller'], (set) => {
      for (const activity of cluster.controllers()) set({ controller: activity.name }, figure(activity));
    });
  ofControllers('mooring_controller_looks_total', 'looks of controllers at an object', ({ looks }) => looks);
  const busy = 'time that those looks took, together';
  ofControllers('mooring_controller_look_seconds_total', busy, ({ lookMs }) => lookMs / 1000);
  ofControllers(
    'mooring_controller_objects',
    'objects that a controller has an actor for',
    ({ actors }) => actors,
  );
  metrics.lookedUp('mooring_runtime_ready', '1 when the runtime of a node answers', ['node'], (set) => {
    for (const node of cluster.nodes) set({ node }, cluster.runtimeHealth(node)?.ready === true ? 1 : 0);
  });
}
