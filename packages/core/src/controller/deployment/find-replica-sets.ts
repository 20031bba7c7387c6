import { isSameTemplate } from './pod-template.ts';
import { byCreation, type Rollout, type StoredDeployment, type StoredReplicaSet } from './rollout.ts';

/** The new ReplicaSet is the oldest with the Deployment's template; a second one with it counts as old. */
export function findReplicaSets(deployment: StoredDeployment, owned: readonly StoredReplicaSet[]): Rollout {
  const oldestFirst = [...owned].sort(byCreation);
  const { template } = deployment.spec;
  const newReplicaSet = oldestFirst.find(({ spec }) => isSameTemplate(spec.template, template));
  return { deployment, newReplicaSet, oldReplicaSets: oldestFirst.filter((one) => one !== newReplicaSet) };
}
