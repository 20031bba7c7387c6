/** Vectors of ReplicaSets and ReplicationControllers: creations, deletions, adoption, counts and conditions. */

import assert from 'node:assert/strict';
import type { ApiObject } from '../../packages/core/src/api/meta.ts';
import type { StoredPod } from '../../packages/core/src/api/pod.ts';
import { selectorMatches } from '../../packages/core/src/api/selector.ts';
import { workloadSelector } from '../../packages/core/src/api/workload-selector.ts';
import type { WorkloadCondition } from '../../packages/core/src/api/workloads.ts';
import type { Controller, ReconcileRequest } from '../../packages/core/src/contract/controller.ts';
import { errorMessage } from '../../packages/core/src/contract/error.ts';
import { claimObjects } from '../../packages/core/src/controller/replication/claim-objects.ts';
import { claimantsSelecting } from '../../packages/core/src/controller/replication/claimants-of.ts';
import { isAvailable } from '../../packages/core/src/controller/replication/pod-availability.ts';
import {
  type PodSet,
  type PodSetKind,
  replicaSetKind,
  replicationControllerKind,
  selects,
} from '../../packages/core/src/controller/replication/pod-set.ts';
import {
  type PodSetControllerOptions,
  replicaSetController,
  replicationControllerController,
} from '../../packages/core/src/controller/replication/pod-set-controllers.ts';
import { replicaStatus } from '../../packages/core/src/controller/replication/replica-status.ts';
import { setsOfPod } from '../../packages/core/src/controller/replication/sets-of-pod.ts';
import {
  removeCondition,
  setCondition,
} from '../../packages/core/src/controller/replication/workload-conditions.ts';
import { slowStart } from '../../packages/core/src/engine/slow-start.ts';
import { SyncStage } from '../support/sync-stage.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

export const runners: TopicRunners = {
  status({ given, expect }: VectorCase) {
    const { replicaSet, pods, manageError } = given;
    const nowMs = Date.parse(given.now);
    const facts = { set: replicaSet, pods, manageError: manageError ?? undefined, nowMs };
    const status = replicaStatus(facts, replicaSet.status);
    if (expect.status !== undefined) assertShown(status, expect.status);
    if (expect.conditions !== undefined) assertConditions(status.conditions ?? [], expect.conditions);
  },

  podAvailable({ given, expect }: VectorCase) {
    const { pod, minReadySeconds, now } = given;
    assert.equal(isAvailable(pod, minReadySeconds, Date.parse(now)), expect.available);
  },

  sync,
  syncSequence,
  burst,

  async slowStart({ given, expect }: VectorCase) {
    let calls = 0;
    const outcome = await slowStart(given.count, given.initialBatchSize, async () => {
      calls += 1;
      if (calls > given.succeedFirst) throw new Error('no more');
    });
    assert.equal(calls, outcome.calls);
    const { successes, errors } = outcome;
    assert.deepEqual({ successes, calls, error: errors.length > 0 }, expect);
  },

  async replicaSetsForPod({ given, expect }: VectorCase) {
    await using stage = await stageOf(undefined, given.replicaSets);
    const found = claimantsSelecting(given.pod, { cache: stage.informers.of('ReplicaSet'), selects });
    assert.deepEqual(found.map(({ metadata }) => metadata.name).toSorted(), expect.names.toSorted());
  },

  async podUpdate({ given, expect }: VectorCase) {
    const change = { object: given.newPod, old: given.oldPod, isDeleted: false };
    assert.deepEqual(await resyncOf(given.replicaSets, change), expect.resync.toSorted());
  },

  async podAdd({ given, expect }: VectorCase) {
    const change = { object: given.pod, old: undefined, isDeleted: false };
    assert.deepEqual(await resyncOf(given.replicaSets, change), expect.resync.toSorted());
  },

  async claim({ given, expect }: VectorCase) {
    const { controller, pods }: { controller: PodSet; pods: readonly ApiObject[] } = given;
    await using stage = await stageOf(given.now, [controller, ...pods]);
    const selector = workloadSelector(controller);
    const claimant = {
      owner: controller,
      matches: (labels = {}) => selector !== undefined && selectorMatches(selector, labels),
    };
    const candidates = stage.informers.of('Pod').list();
    const claim = { claimant, kind: 'Pod', candidates } as const;
    const { owned, adopted, released } = await claimObjects(claim, stage, new AbortController().signal);
    const got = { claimed: namesOf(owned), adopted: namesOf(adopted), released: namesOf(released) };
    for (const [key, names] of Object.entries<string[]>(expect))
      assert.deepEqual(got[key as keyof typeof got], names.toSorted(), key);
  },

  setCondition({ given, expect }: VectorCase) {
    assert.deepEqual(setCondition(given.conditions ?? [], given.condition), expect.conditions);
  },

  removeCondition({ given, expect }: VectorCase) {
    assert.deepEqual(removeCondition(given.conditions ?? [], given.type), expect.conditions);
  },
};

async function sync({ given, expect }: VectorCase): Promise<void> {
  const { replicaSet, pods, options = {} } = given;
  await using stage = await stageOf(given.now, [replicaSet, ...pods]);
  Object.assign(stage.faults, options);
  let error: unknown;
  try {
    await stage.look(controllerFor(replicaSet), replicaSet);
  } catch (cause) {
    error = cause;
  }
  const { error: isError = false, requeued = isError, maxCreateCalls, ...counts } = expect;
  assertShown(stage.counts, counts);
  assert.equal(error !== undefined, isError, error === undefined ? 'no error' : errorMessage(error));
  // A look that rejects is made again; one that does not is over.
  assert.equal(error !== undefined, requeued);
  if (maxCreateCalls !== undefined)
    assert.ok(stage.counts.createCalls <= maxCreateCalls, `${stage.counts.createCalls} calls`);
}

/** What was created is not seen by the watch before the step that says so; the pod is gone again by then. */
async function syncSequence({ given, expect }: VectorCase): Promise<void> {
  const { replicaSet, pods, steps } = given;
  await using stage = await stageOf(given.now, [replicaSet, ...pods]);
  const controller = controllerFor(replicaSet);
  const givenNames = new Set(namesOf(pods));
  const release = stage.holdWatches();
  for (const [i, step] of steps.entries()) {
    const before = stage.counts;
    if (step.do === 'observeCreation') {
      const created = (await stage.objects.list('Pod')).items.filter(
        (pod) => !givenNames.has(pod.metadata.name),
      );
      assert.equal(created.length, step.count, 'creations to observe');
      for (const { metadata } of created)
        await stage.objects.delete('Pod', metadata.namespace, metadata.name);
      release();
      await stage.settle();
    } else {
      stage.faults.createLimit = step.createError === true ? before.createCalls : Number.POSITIVE_INFINITY;
      await stage.look(controller, replicaSet).catch(() => assert.ok(step.createError, 'the look failed'));
    }
    const { creates, deletes, createCalls } = stage.counts;
    const since = step.clearLog === true || i === 0 ? before : undefined;
    const got = {
      creates: creates - (since?.creates ?? 0),
      deletes: deletes - (since?.deletes ?? 0),
      createCalls: createCalls - (since?.createCalls ?? 0),
    };
    assertShown(got, expect.steps[i], `step ${i}`);
  }
}

async function burst({ given, expect }: VectorCase): Promise<void> {
  const set = (replicas: number): ApiObject & { readonly spec: object } => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'rs', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'rs' } },
      template: { metadata: { labels: { app: 'rs' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });
  await using stage = await stageOf(undefined, [set(given.replicas)]);
  const controller = replicaSetController({ burst: given.burstReplicas });
  const untilQuiet = async (what: 'creates' | 'deletes') => {
    const done: number[] = [];
    for (;;) {
      const before = stage.counts[what];
      await stage.look(controller, set(0));
      if (stage.counts[what] === before) return done;
      done.push(stage.counts[what] - before);
    }
  };
  const createsPerSync = await untilQuiet('creates');
  await stage.objects.update(set(0));
  await stage.settle();
  const deletesPerSync = await untilQuiet('deletes');
  assert.deepEqual({ createsPerSync, deletesPerSync }, expect);
}

async function stageOf(now: string | undefined, objects: readonly ApiObject[]): Promise<SyncStage> {
  const stage = new SyncStage(now);
  await stage.put(objects);
  return stage;
}

async function resyncOf(
  sets: readonly PodSet[],
  change: { readonly object: StoredPod; readonly old: StoredPod | undefined; readonly isDeleted: boolean },
): Promise<readonly string[]> {
  await using stage = await stageOf(undefined, sets);
  const kind = sets[0] === undefined ? replicaSetKind : kindOf(sets[0]);
  const requests: readonly ReconcileRequest[] = setsOfPod(kind, change, stage.informers.of(kind.kind));
  return requests.map(({ name }) => name).toSorted();
}

function kindOf({ kind }: ApiObject): PodSetKind {
  return kind === 'ReplicaSet' ? replicaSetKind : replicationControllerKind;
}

function controllerFor(set: ApiObject, options?: PodSetControllerOptions): Controller {
  return set.kind === 'ReplicaSet' ? replicaSetController(options) : replicationControllerController(options);
}

function assertConditions(
  got: readonly WorkloadCondition[],
  wanted: readonly Partial<WorkloadCondition>[],
): void {
  assert.equal(got.length, wanted.length);
  for (const one of wanted) {
    const found = got.find(({ type }) => type === one.type);
    assertShown(found ?? {}, one);
  }
}

/** Fields that are not shown may be anything. */
function assertShown(got: object, shown: object, where?: string): void {
  const keys = Object.keys(shown);
  const fields = Object.entries(got).filter(([key]) => keys.includes(key));
  assert.deepEqual(Object.fromEntries(fields), shown, where);
}

function namesOf(objects: readonly ApiObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name ?? '').toSorted();
}
