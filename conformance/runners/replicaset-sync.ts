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
import { asSet, assertShown, assertShownSets } from '../shown.ts';
import { SyncStage, someTime, type WriteCounts } from '../support/sync-stage.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

export const runners: TopicRunners = {
  status({ given, expect }: VectorCase) {
    const { replicaSet, pods, manageError } = given;
    const nowMs = Date.parse(given.now ?? someTime);
    const facts = { set: replicaSet, pods: pods ?? [], manageError: manageError ?? undefined, nowMs };
    const status = replicaStatus(facts, replicaSet.status ?? undefined);
    const { conditions: inStatus, ...counts } = expect.status ?? {};
    assertShown(status, counts);
    const conditions = expect.conditions ?? inStatus;
    if (conditions !== undefined) assertConditions(status.conditions ?? [], conditions ?? []);
  },

  podAvailable({ given, expect }: VectorCase) {
    const { pod, minReadySeconds, now } = given;
    assert.equal(isAvailable(pod, minReadySeconds ?? 0, Date.parse(now ?? someTime)), expect.available);
  },

  sync,
  syncSequence,
  burst,

  async slowStart({ given, expect }: VectorCase) {
    let calls = 0;
    const outcome = await slowStart(given.count, given.initialBatchSize ?? 1, async () => {
      calls += 1;
      if (calls > given.succeedFirst) throw new Error('no more');
    });
    assert.equal(calls, outcome.calls);
    const { successes, errors } = outcome;
    assertShown({ successes, calls, error: errors.length > 0 }, expect);
  },

  async replicaSetsForPod({ given, expect }: VectorCase) {
    await using stage = await stageOf(undefined, given.replicaSets);
    const found = claimantsSelecting(inNamespace(given.pod), {
      cache: stage.informers.of('ReplicaSet'),
      selects,
    });
    assert.deepEqual(asSet(namesOf(found)), asSet(expect.names));
  },

  async podUpdate({ given, expect }: VectorCase) {
    const change = { object: inNamespace(given.newPod), old: inNamespace(given.oldPod), isDeleted: false };
    assert.deepEqual(await resyncOf(given.replicaSets, change), asSet(expect.resync));
  },

  async podAdd({ given, expect }: VectorCase) {
    const change = { object: inNamespace(given.pod), old: undefined, isDeleted: false };
    assert.deepEqual(await resyncOf(given.replicaSets, change), asSet(expect.resync));
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
    assertShownSets(got, expect);
  },

  setCondition({ given, expect }: VectorCase) {
    assertSameConditions(setCondition(given.conditions ?? [], given.condition), expect.conditions);
  },

  removeCondition({ given, expect }: VectorCase) {
    assertSameConditions(removeCondition(given.conditions ?? [], given.type), expect.conditions);
  },
};

async function sync({ given, expect }: VectorCase): Promise<void> {
  const { replicaSet, pods, options } = given;
  await using stage = await stageOf(given.now, [replicaSet, ...(pods ?? [])]);
  Object.assign(stage.faults, options);
  let error: unknown;
  try {
    await stage.look(controllerFor(replicaSet), replicaSet);
  } catch (cause) {
    error = cause;
  }
  // A look that rejects is made again; one that does not is over.
  const isError = error !== undefined;
  const { maxCreateCalls, ...shown } = expect;
  const words = isError ? errorMessage(error) : 'no error';
  assertShown({ ...stage.counts, error: isError, requeued: isError }, shown, words);
  if (maxCreateCalls !== undefined)
    assert.ok(stage.counts.createCalls <= maxCreateCalls, `${stage.counts.createCalls} calls`);
}

/** What was created is not seen by the watch before the steps that say so; the pods are gone again by then. */
async function syncSequence({ given, expect }: VectorCase): Promise<void> {
  const { replicaSet, pods, steps } = given;
  await using stage = await stageOf(given.now, [replicaSet, ...(pods ?? [])]);
  const controller = controllerFor(replicaSet);
  assert.ok(expect.steps.length <= steps.length, 'no more is expected than steps are given');
  const givenNames = new Set(namesOf(pods ?? []));
  let release = stage.holdWatches();
  let observed = 0;
  let since = stage.counts;
  for (const [i, step] of steps.entries()) {
    if (step.clearLog === true) since = stage.counts;
    if (step.do === 'observeCreation') {
      observed += step.count ?? 1;
      if (observed < stage.counts.creates) continue;
      const { items } = await stage.objects.list('Pod');
      for (const { metadata } of items.filter((pod) => !givenNames.has(pod.metadata.name)))
        await stage.objects.delete('Pod', metadata.namespace, metadata.name);
      release();
      await stage.settle();
      release = stage.holdWatches();
    } else {
      const limit = step.createError === true ? stage.counts.createCalls : Number.POSITIVE_INFINITY;
      stage.faults.createLimit = limit;
      await stage.look(controller, replicaSet).catch(() => assert.ok(step.createError, 'the look failed'));
    }
    const got = Object.entries(stage.counts).map(([what, count]) => [what, count - countOf(since, what)]);
    assertShown(Object.fromEntries(got), expect.steps[i] ?? {}, `step ${i}`);
  }
  release();
}

function countOf(counts: WriteCounts, what: string): number {
  return counts[what as keyof WriteCounts];
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
  assertShown({ createsPerSync, deletesPerSync }, expect);
}

async function stageOf(now: string | null | undefined, objects: readonly ApiObject[]): Promise<SyncStage> {
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
  return asSet(requests.map(({ name }) => name));
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
  assert.deepEqual(asSet(got.map(({ type }) => type)), asSet(wanted.map(({ type = '' }) => type)));
  for (const one of wanted) assertShown(got.find(({ type }) => type === one.type) ?? {}, one, one.type);
}

function assertSameConditions(
  got: readonly WorkloadCondition[],
  wanted: readonly WorkloadCondition[] | null,
): void {
  const byType = (a: WorkloadCondition, b: WorkloadCondition) => (a.type < b.type ? -1 : 1);
  assert.deepEqual([...got].sort(byType), [...(wanted ?? [])].sort(byType));
}

/** Where `SyncStage.put` puts what names no namespace. */
function inNamespace<T extends ApiObject>(object: T): T {
  return { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace || 'default' } };
}

function namesOf(objects: readonly ApiObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name ?? '').toSorted();
}
