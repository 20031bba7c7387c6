/** What a Deployment asks for, with Kubernetes' defaults for what it leaves out. */

import type { DeploymentSpec } from '../../api/workloads.ts';

/** The number of pods that a Deployment or a ReplicaSet is to have. */
export function sizeOf({ spec }: { readonly spec: { readonly replicas?: number } }): number {
  return spec.replicas ?? 1;
}

export function isRollingUpdate({ strategy }: DeploymentSpec): boolean {
  return (strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/** The largest int32, which Kubernetes takes for "without limit". */
const unlimited = 2_147_483_647;

/** How long a rollout may go without progress; absent when that does not matter. */
export function progressDeadlineMs({ progressDeadlineSeconds = 600 }: DeploymentSpec): number | undefined {
  return progressDeadlineSeconds === unlimited ? undefined : progressDeadlineSeconds * 1000;
}

/** How many old ReplicaSets are kept; absent when all are. */
export function historyMax({ revisionHistoryLimit = 10 }: DeploymentSpec): number | undefined {
  return revisionHistoryLimit === unlimited ? undefined : revisionHistoryLimit;
}
