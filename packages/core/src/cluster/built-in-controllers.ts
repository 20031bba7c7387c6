import type { Controller } from '../contract/controller.ts';
import { MooringError } from '../contract/error.ts';
import { deploymentController } from '../controller/deployment/deployment-controller.ts';
import { endpointSliceController } from '../controller/endpoints/endpoint-slice-controller.ts';
import { endpointsController } from '../controller/endpoints/endpoints-controller.ts';
import { garbageController } from '../controller/garbage/garbage-controller.ts';
import { namespaceController } from '../controller/namespace/namespace-controller.ts';
import { nodeLifecycleController } from '../controller/node-lifecycle/node-lifecycle-controller.ts';
import { podGCController } from '../controller/pod-gc/pod-gc-controller.ts';
import {
  replicaSetController,
  replicationControllerController,
} from '../controller/replication/pod-set-controllers.ts';
import { taintEvictionController } from '../controller/taint-eviction/taint-eviction-controller.ts';
import type { ClusterOptions } from './options.ts';
import { nodeLifecycleOf, podGCOf } from './presets.ts';

/** The controllers of Kubernetes' controller manager that Mooring has. */
function builtInControllers(
  cluster: Pick<ClusterOptions, 'preset' | 'controllers'> = {},
): readonly Controller[] {
  if (cluster.controllers === false) return [];
  const { without = [], ...options } = cluster.controllers ?? {};
  const all: readonly Controller[] = [
    replicaSetController(),
    replicationControllerController(),
    deploymentController(),
    endpointsController(),
    endpointSliceController(options),
    garbageController(),
    namespaceController(),
    nodeLifecycleController(nodeLifecycleOf(cluster)),
    taintEvictionController(),
    podGCController(podGCOf(cluster)),
  ];
  return all.filter(({ name }) => !without.includes(name));
}

/**
 * The built-in ones and those of plugins. Throws `CONTROLLER_TAKEN`: actors are found by the names of their controllers, so one
 * that takes the place of a built-in one needs that to be left out.
 */
export function allControllers(
  options: Parameters<typeof builtInControllers>[0],
  ofPlugins: readonly Controller[],
): readonly Controller[] {
  const builtIn = builtInControllers(options);
  for (const { name } of ofPlugins) {
    if (!builtIn.some((one) => one.name === name)) continue;
    const words = `controller "${name}" of a plugin has the name of a built-in one: choose another, or leave that out with controllers: { without: ["${name}"] }`;
    throw new MooringError('CONTROLLER_TAKEN', words);
  }
  return [...builtIn, ...ofPlugins];
}
