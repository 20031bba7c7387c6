/** `deployment.json`: the arithmetic and the decisions of the Deployment controller. */

import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import type { StoredPod } from '../../packages/core/src/api/pod.ts';
import type { DeploymentSpec, WorkloadCondition } from '../../packages/core/src/api/workloads.ts';
import { deploymentController } from '../../packages/core/src/controller/deployment/deployment-controller.ts';
import { sizeOf } from '../../packages/core/src/controller/deployment/deployment-spec.ts';
import { fencepostsOf, resolveFenceposts } from '../../packages/core/src/controller/deployment/fenceposts.ts';
import { findReplicaSets } from '../../packages/core/src/controller/deployment/find-replica-sets.ts';
import { expiredHistory } from '../../packages/core/src/controller/deployment/history.ts';
import { isSameTemplate } from '../../packages/core/src/controller/deployment/pod-template.ts';
import {
  hasProgressed,
  hasTimedOut,
  recheckAfterMs,
  rolloutStatus,
} from '../../packages/core/src/controller/deployment/progress.ts';
import {
  isSaturated,
  scaledSizes,
} from '../../packages/core/src/controller/deployment/proportional-scaling.ts';
import { oldPodsRunning, resizesToZero } from '../../packages/core/src/controller/deployment/recreate.ts';
import {
  newReplicaSetSize,
  removeUnavailable,
  resizesOfNew,
  resizesOfOld,
  scaleDown,
} from '../../packages/core/src/controller/deployment/rolling-update.ts';
import {
  isActive,
  type Resize,
  type Rollout,
  type StoredDeployment,
  type StoredReplicaSet,
  totalCount,
  totalSize,
} from '../../packages/core/src/controller/deployment/rollout.ts';
import { isComplete } from '../../packages/core/src/controller/deployment/status.ts';
import { asSet, assertShown, assertShownSets } from '../shown.ts';
import { SyncStage } from '../support/sync-stage.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of the vectors hold only the fields that matter to their case.
type Given = any;

export const runners: TopicRunners = {
  resolveFenceposts({ given, expect }) {
    const { maxSurge, maxUnavailable, replicas } = given;
    const wanted = { maxSurge: maxSurge ?? '25%', maxUnavailable: maxUnavailable ?? '25%' };
    const resolved = () => resolveFenceposts(wanted, replicas);
    if (expect.error === true) throws(resolved);
    else assertShown(resolved(), { ...expect, error: null });
  },
  maxUnavailable({ given, expect }) {
    strictEqual(fencepostsOf(given.deployment).maxUnavailable, expect.maxUnavailable);
  },
  newReplicaSetReplicas({ given, expect }) {
    const deployment = deploymentOf({ replicas: given.deploymentReplicas, strategy: given.strategy });
    const total = given.allReplicaSetsReplicas.reduce((sum: number, size: number) => sum + size, 0);
    const replicas = newReplicaSetSize(deployment, { current: given.newReplicaSetReplicas, total });
    strictEqual(replicas, expect.replicas);
  },
  reconcileNewReplicaSet({ given, expect }) {
    const [resize] = resizesOfNew(rolloutOf(given));
    strictEqual(resize !== undefined, expect.scaled);
    if (expect.newReplicas !== undefined)
      strictEqual(resize?.replicas ?? given.newReplicas, expect.newReplicas);
  },
  reconcileOldReplicaSets({ given, expect }) {
    const [resize] = resizesOfOld(rolloutOf(given));
    const oldReplicas = resize?.replicas ?? given.oldReplicas;
    assertShown({ scaled: resize !== undefined, oldReplicas }, expect);
  },
  cleanupUnhealthyReplicas({ given, expect }) {
    const old = replicaSetOf('old', given.oldReplicas, given.availableReplicas);
    const [resize] = removeUnavailable([old], given.maxCleanup);
    strictEqual(given.oldReplicas - (resize?.replicas ?? 0), expect.cleanedUp);
  },
  scaleDownOldReplicaSets({ given, expect }) {
    const deployment = deploymentOf(rollingSpec(given));
    const old = replicaSetOf('old', given.oldReplicas, given.availablePods);
    const minAvailable = sizeOf(deployment) - fencepostsOf(deployment).maxUnavailable;
    const [resize] = scaleDown(
      [{ replicaSet: old, replicas: sizeOf(old) }],
      given.availablePods - minAvailable,
    );
    const oldReplicas = resize?.replicas;
    assertShown({ scaled: oldReplicas !== given.oldReplicas, oldReplicas }, expect);
  },
  scale({ given, expect }) {
    const { deployment, newReplicaSet, oldReplicaSets } = rolloutGiven(given);
    const rollout = { deployment, newReplicaSet, oldReplicaSets };
    const before = [newReplicaSet, ...oldReplicaSets].filter((one) => one !== undefined);
    const sizes = { ...sizesOf(before.map(unchanged)), ...sizesOf(scaledSizes(rollout)) };
    deepStrictEqual(sizes, expect.replicas);
  },
  cleanupHistory({ given, expect }) {
    const { revisionHistoryLimit } = given;
    const { oldReplicaSets } = rolloutGiven(given);
    const deployment = deploymentOf({ revisionHistoryLimit: revisionHistoryLimit ?? unlimited });
    const deleted = expiredHistory({ deployment, newReplicaSet: undefined, oldReplicaSets });
    if (expect.deleteCount !== undefined) strictEqual(deleted.length, expect.deleteCount);
    if (expect.deleted) deepStrictEqual(namesOf(deleted), asSet(expect.deleted));
  },
  deploymentComplete({ given, expect }) {
    strictEqual(
      isComplete(deploymentOf({ replicas: given.deploymentReplicas }), given.status),
      expect.complete,
    );
  },
  deploymentProgressing({ given, expect }) {
    strictEqual(hasProgressed(given.oldStatus, given.newStatus), expect.progressing);
  },
  deploymentTimedOut({ given, expect }) {
    const { progressDeadlineSeconds, conditions, now } = given;
    const deployment = deploymentOf({ progressDeadlineSeconds: progressDeadlineSeconds ?? unlimited });
    strictEqual(hasTimedOut(deployment, { conditions: conditions ?? [] }, Date.parse(now)), expect.timedOut);
  },
  rolloutCondition({ given, expect }) {
    const { now } = given;
    const { deployment, newReplicaSet, oldReplicaSets } = rolloutGiven(given);
    const spec = {
      ...deployment.spec,
      progressDeadlineSeconds: deployment.spec.progressDeadlineSeconds ?? unlimited,
    };
    const rollout = {
      deployment: { metadata: { name: 'foo' }, ...given.deployment, spec },
      newReplicaSet,
      oldReplicaSets,
    };
    const { conditions = [] } = rolloutStatus(rollout, Date.parse(now));
    const progressing = conditions.find(({ type }) => type === 'Progressing');
    if (expect.progressing === null) strictEqual(progressing, undefined);
    else shows(progressing, expect.progressing);
  },
  recheckAfter({ given, expect }) {
    const { deploymentReplicas: replicas, progressDeadlineSeconds, status, conditions, now } = given;
    const deployment = deploymentOf({
      replicas,
      progressDeadlineSeconds: progressDeadlineSeconds ?? unlimited,
    });
    const shown = { ...status, conditions: conditions ?? status?.conditions ?? [] };
    const leftMs = recheckAfterMs(deployment, shown, Date.parse(now));
    strictEqual(leftMs === undefined ? null : Math.floor(leftMs / 1000), expect.seconds);
  },
  oldPodsRunning({ given, expect }) {
    const oldPods: readonly StoredPod[] = given.oldPods ?? [];
    strictEqual(oldPodsRunning(rolloutGiven(given).oldReplicaSets, oldPods), expect.running);
  },
  recreateScaleDown({ given, expect }) {
    const { oldReplicaSets } = rolloutGiven(given);
    const sizes = sizesOf([...oldReplicaSets.map(unchanged), ...resizesToZero(oldReplicaSets)]);
    deepStrictEqual(sizes, expect.replicas);
  },
  equalIgnoringHash({ given, expect }) {
    strictEqual(isSameTemplate(given.a, given.b), expect.equal);
    strictEqual(isSameTemplate(given.b, given.a), expect.equal);
  },
  findReplicaSets({ given, expect }) {
    const { newReplicaSet, oldReplicaSets } = findReplicaSets(given.deployment, given.replicaSets ?? []);
    const { new: wanted, ...lists } = expect;
    if (wanted !== undefined) strictEqual(newReplicaSet?.metadata.name ?? null, wanted);
    const old = namesOf(oldReplicaSets);
    assertShownSets({ old, oldWithPods: namesOf(oldReplicaSets.filter(isActive)) }, lists);
  },
  replicaCounts({ given, expect }) {
    const replicaSets = (given.replicaSets ?? []).filter((one: Given) => one !== null);
    assertShown({ desired: totalSize(replicaSets), actual: totalCount(replicaSets, 'replicas') }, expect);
  },
  async syncDeployment({ given, expect }) {
    await using stage = new SyncStage(undefined);
    const { deployment } = given;
    const replicaSets = given.replicaSets ?? [];
    await stage.put([deployment, ...replicaSets]);
    stage.informers.of('ReplicaSet');
    await stage.settle();
    await stage.look(deploymentController(), deployment);
    const known = namesOf(replicaSets);
    const { items } = await stage.objects.list('ReplicaSet');
    const [created, ...others] = items.filter(({ metadata }) => !known.includes(metadata.name));
    deepStrictEqual(others, []);
    if (expect.createsReplicaSet !== undefined) strictEqual(created !== undefined, expect.createsReplicaSet);
    if (expect.createdReplicas !== undefined)
      strictEqual(created === undefined ? null : sizeOf(created), expect.createdReplicas);
  },
  isSaturated({ given, expect }) {
    const deployment = deploymentOf({ replicas: given.deploymentReplicas });
    const replicaSet: StoredReplicaSet | null = given.newReplicaSet;
    strictEqual(replicaSet !== null && isSaturated(deployment, replicaSet), expect.saturated);
  },
};

/** What stands for "without limit" once the defaults of the API are filled in. */
const unlimited = 2_147_483_647;

function deploymentOf(spec: Partial<DeploymentSpec>): StoredDeployment {
  const object: Given = { kind: 'Deployment', metadata: { name: 'foo' }, spec };
  return object;
}

function replicaSetOf(name: string, replicas: number, availableReplicas: number): StoredReplicaSet {
  const object: Given = {
    kind: 'ReplicaSet',
    metadata: { name },
    spec: { replicas },
    status: { availableReplicas },
  };
  return object;
}

function rollingSpec({ deploymentReplicas: replicas, maxSurge, maxUnavailable }: VectorCase['given']) {
  return {
    replicas,
    strategy: { type: 'RollingUpdate' as const, rollingUpdate: { maxSurge, maxUnavailable } },
  };
}

/** `null` stands for a ReplicaSet that is not there. */
function rolloutGiven({ deployment, newReplicaSet, oldReplicaSets }: VectorCase['given']): Rollout {
  const old = (oldReplicaSets ?? []).filter((one: Given) => one !== null);
  return { deployment, newReplicaSet: newReplicaSet ?? undefined, oldReplicaSets: old };
}

/** One old and one new ReplicaSet. */
function rolloutOf(given: VectorCase['given']): Rollout {
  return {
    deployment: deploymentOf(rollingSpec(given)),
    newReplicaSet: replicaSetOf('new', given.newReplicas, given.availableNew ?? 0),
    oldReplicaSets: [replicaSetOf('old', given.oldReplicas, given.availableOld ?? 0)],
  };
}

function unchanged(replicaSet: StoredReplicaSet): Resize {
  return { replicaSet, replicas: sizeOf(replicaSet) };
}

function sizesOf(resizes: readonly Resize[]): Record<string, number> {
  return Object.fromEntries(resizes.map(({ replicaSet, replicas }) => [replicaSet.metadata.name, replicas]));
}

function namesOf(replicaSets: readonly StoredReplicaSet[]): readonly string[] {
  return asSet(replicaSets.map(({ metadata }) => metadata.name));
}

function shows(condition: WorkloadCondition | undefined, wanted: Partial<WorkloadCondition>): void {
  ok(condition !== undefined, 'there is a condition Progressing');
  assertShown(condition, wanted);
}
