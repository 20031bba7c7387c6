/** What the counts in the status of a ReplicationController, ReplicaSet or Deployment cannot be. */

import type { Draft } from './draft.ts';
import { FieldPath, invalid } from './field-error.ts';
import { type FieldErrors, nonNegative } from './field-rules.ts';
import type { DeploymentStatus, ReplicaSetStatus } from './workloads.ts';

const statusPath = new FieldPath('status');

export function* replicaSetStatusErrors(status: Draft<ReplicaSetStatus>): FieldErrors {
  const counts = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;
  for (const field of [...counts, 'terminatingReplicas', 'observedGeneration'] as const)
    yield* nonNegative(statusPath.child(field), status[field]);
  yield* partErrors(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']);
}

export function* deploymentStatusErrors(
  status: Draft<DeploymentStatus>,
  old: Draft<DeploymentStatus>,
): FieldErrors {
  const counts = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'] as const;
  const others = [
    'unavailableReplicas',
    'terminatingReplicas',
    'observedGeneration',
    'collisionCount',
  ] as const;
  for (const field of [...counts, ...others]) yield* nonNegative(statusPath.child(field), status[field]);
  yield* partErrors(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']);
  const { collisionCount = 0 } = status;
  // It is part of the names of sets: one that has been used must not come back.
  if (collisionCount < (old.collisionCount ?? 0))
    yield invalid(statusPath.child('collisionCount'), collisionCount, 'cannot be decremented');
}

/** No part is larger than the whole, and what is available is ready. */
function* partErrors<Part extends string>(
  status: {
    readonly [Field in Part | 'replicas' | 'readyReplicas' | 'availableReplicas']?: number | undefined;
  },
  parts: readonly Part[],
): FieldErrors {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  for (const part of parts) {
    const count = status[part] ?? 0;
    if (count > replicas)
      yield invalid(statusPath.child(part), count, 'cannot be greater than status.replicas');
  }
  if (availableReplicas > readyReplicas) {
    const detail = 'cannot be greater than readyReplicas';
    yield invalid(statusPath.child('availableReplicas'), availableReplicas, detail);
  }
}
