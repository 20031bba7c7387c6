import type { Controller } from '../contract/controller.ts';
import { deploymentController } from '../controller/deployment/deployment-controller.ts';
import { endpointSliceController } from '../controller/endpoints/endpoint-slice-controller.ts';
import { endpointsController } from '../controller/endpoints/endpoints-controller.ts';
import { garbageController } from '../controller/garbage/garbage-controller.ts';
import { namespaceController } from '../controller/namespace/namespace-controller.ts';
import {
  replicaSetController,
  replicationControllerController,
} from '../controller/replication/pod-set-controllers.ts';
import type { ControllersOptions } from './options.ts';

/** The controllers of Kubernetes' controller manager that Mooring has. */
export function builtInControllers({
  without = [],
  ...options
}: ControllersOptions = {}): readonly Controller[] {
  const all: readonly Controller[] = [
    replicaSetController(),
    replicationControllerController(),
    deploymentController(),
    endpointsController(),
    endpointSliceController(options),
    garbageController(),
    namespaceController(),
  ];
  return all.filter(({ name }) => !without.includes(name));
}
