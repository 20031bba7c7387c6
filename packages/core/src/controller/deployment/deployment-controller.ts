import { type Controller, defineController, watchKind } from '../../contract/controller.ts';
import { deploymentsOfPod, deploymentsOfReplicaSet } from './deployments-of.ts';
import { syncDeployment } from './sync-deployment.ts';

export interface DeploymentControllerOptions {
  /** Deployments that are looked at at a time. 5 when not given. */
  readonly concurrency?: number;
}

/** Rolls changes of pod templates out through ReplicaSets, and keeps the old ones to go back to. */
export function deploymentController({ concurrency = 5 }: DeploymentControllerOptions = {}): Controller {
  return defineController({
    name: 'deployment',
    kind: 'Deployment',
    component: 'deployment-controller',
    concurrency,
    // 15 times after the first failure, 82 s apart in the end.
    retry: { triesMax: 16 },
    watches: [watchKind('ReplicaSet', deploymentsOfReplicaSet), watchKind('Pod', deploymentsOfPod)],
    async reconcile({ namespace, name }, context, signal) {
      const deployment = context.cache('Deployment').get(namespace, name);
      return deployment === undefined ? undefined : await syncDeployment(deployment, { context, signal });
    },
  });
}
