/** Vectors of the lives of nodes: the monitor, taints, zones, rates, and the eviction of pods. */

import assert from 'node:assert/strict';
import { formatTime, parseTime } from '../../packages/core/src/api/meta.ts';
import type { Lease, NodeCondition, NodeObject, Taint } from '../../packages/core/src/api/objects.ts';
import type { Pod, StoredPod, Toleration } from '../../packages/core/src/api/pod.ts';
import { hasCode } from '../../packages/core/src/contract/error.ts';
import { isToBeMarked } from '../../packages/core/src/controller/node-lifecycle/mark-pods.ts';
import { comingsAndGoings } from '../../packages/core/src/controller/node-lifecycle/node-events.ts';
import {
  isLost,
  isReady,
  type NodeHealth,
  observe,
  unknownConditions,
} from '../../packages/core/src/controller/node-lifecycle/node-health.ts';
import { withOldLabels } from '../../packages/core/src/controller/node-lifecycle/node-labels.ts';
import {
  addTaints,
  noExecuteStep,
  removeTaints,
  withNoScheduleTaints,
} from '../../packages/core/src/controller/node-lifecycle/node-taints.ts';
import {
  evictionRates,
  type ZoneState,
  zoneState,
  zonesOf,
} from '../../packages/core/src/controller/node-lifecycle/zones.ts';
import {
  evictAtMs,
  noExecuteTaints,
} from '../../packages/core/src/controller/taint-eviction/eviction-time.ts';
import { taintEvictionController } from '../../packages/core/src/controller/taint-eviction/taint-eviction-controller.ts';
import { ControllerRig } from '../../packages/core/test/controller/controller-rig.ts';
import { asSet, assertShown } from '../shown.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

const noon = Date.UTC(2026, 0, 1, 12);

export const runners: TopicRunners = {
  monitor({ given, expect }: VectorCase) {
    const settings = {
      graceMs: given.settings.nodeMonitorGracePeriodSeconds * 1000,
      startupGraceMs: given.settings.nodeStartupGracePeriodSeconds * 1000,
    };
    assert.ok(expect.passes.length <= given.passes.length, 'no more is expected than passes are given');
    let node: NodeObject | undefined;
    let health: NodeHealth | undefined;
    for (const [i, pass] of (given.passes as readonly GivenPass[]).entries()) {
      const wallMs = parseTime(pass.now) ?? 0;
      const now = { wallMs, monotonicMs: wallMs };
      node = pass.node ?? node;
      assert.ok(node !== undefined, 'the first pass has a node');
      // The vectors leave out what the store gives to each write.
      const lease = pass.lease && {
        ...pass.lease,
        metadata: { ...pass.lease.metadata, resourceVersion: `${i + 1}` },
      };
      health = observe(health, { node, lease: lease ?? undefined }, now);
      const conditions = isLost(node, health, now, settings) ? unknownConditions(node, wallMs) : undefined;
      const loses = isReady(node) && conditions !== undefined;
      const name = node.metadata.name ?? '';
      const marked = ((given.pods ?? []) as readonly StoredPod[]).filter((pod) => isToBeMarked(pod, name));
      const { conditions: shown, ...wanted } = expect.passes[i] ?? {};
      const got = {
        statusWritten: conditions !== undefined,
        podsMarkedNotReady: loses && marked.length > 0,
        nodeNotReadyEvent: loses,
      };
      assertShown(got, wanted, `pass ${i}`);
      if (shown !== undefined) assertConditions(conditions ?? null, shown, `pass ${i}`);
      if (conditions !== undefined) node = { ...node, status: { ...node.status, conditions } };
    }
  },

  markPodsNotReady({ given, expect }: VectorCase) {
    const pods: readonly StoredPod[] = given.pods ?? [];
    const updated = pods.filter((pod) => isToBeMarked(pod, given.node)).map(({ metadata }) => metadata.name);
    assert.deepEqual(asSet(updated), asSet(expect.updated));
  },

  noExecuteTaints({ given, expect }: VectorCase) {
    const conditions =
      given.readyStatus === null ? [] : [{ type: 'Ready', status: given.readyStatus as 'True' }];
    const step = noExecuteStep(nodeWith(given.taints ?? [], conditions), noon);
    assert.deepEqual(
      identities(step.kind === 'keep' ? given.taints : step.taints),
      identities(expect.taints),
    );
  },

  noScheduleTaints({ given, expect }: VectorCase) {
    const node = nodeWith(given.taints ?? [], given.conditions ?? [], given.unschedulable ?? false);
    const taints = withNoScheduleTaints(node, given.taints ?? [], noon);
    assert.deepEqual(identities(taints), identities(expect.taints));
  },

  addTaints: ({ given, expect }) => changeTaints(given, expect, addTaints),
  removeTaints: ({ given, expect }) => changeTaints(given, expect, removeTaints),

  zoneState({ given, expect }: VectorCase) {
    const threshold: number = given.unhealthyZoneThreshold ?? 0.55;
    const nodes = ((given.ready ?? []) as readonly (NodeCondition['status'] | null)[]).map((status, i) =>
      nodeWith([], status === null ? [] : [{ type: 'Ready', status }], false, `node${i}`),
    );
    const zone = zonesOf(nodes, threshold).get('/');
    if (nodes.length > 0) assertShown(zone ?? {}, expect);
    const ready = nodes.filter(isReady).length;
    const counts = { ready, notReady: nodes.length - ready };
    assertShown({ state: zoneState(counts, threshold), notReady: counts.notReady }, expect);
  },

  zones({ given, expect }: VectorCase) {
    const zones = zonesOf(given.nodes ?? [], given.unhealthyZoneThreshold ?? 0.55);
    const states = Object.fromEntries([...zones].map(([name, { state }]) => [name, state]));
    assert.deepEqual(states, expect.zones);
  },

  evictionRate({ given, expect }: VectorCase) {
    const zones = new Map(Object.entries<{ readonly state: ZoneState; readonly nodes: number }>(given.zones));
    const rates = evictionRates(zones, {
      evictionRate: given.evictionRate ?? 0.1,
      secondaryEvictionRate: given.secondaryEvictionRate ?? 0.01,
      largeZoneNodes: given.largeClusterThreshold ?? 50,
    });
    assert.deepEqual(Object.fromEntries(rates), expect.rates);
  },

  nodeEvents({ given, expect }: VectorCase) {
    const events = comingsAndGoings(given.known ?? [], given.current ?? []);
    const text = ({ node, reason }: { readonly node: string; readonly reason: string }) =>
      `${node}: ${reason}`;
    const got = events.map(({ node, event }) => text({ node, reason: event.reason }));
    assert.deepEqual(asSet(got), asSet((expect.events ?? []).map(text)));
  },

  reconcileLabels({ given, expect }: VectorCase) {
    assert.deepEqual(withOldLabels(given.labels ?? {}), expect.labels);
  },

  evictAfter({ given, expect }: VectorCase) {
    const timeAdded = formatTime(noon);
    const node = nodeWith(given.taints ?? [], []);
    const taints = noExecuteTaints(node).map((taint) => ({ ...taint, timeAdded }));
    const pod = {
      metadata: { creationTimestamp: timeAdded },
      spec: { tolerations: given.tolerations ?? [] },
    };
    const atMs = given.scheduled !== false && taints.length > 0 ? evictAtMs(taints, pod, noon) : undefined;
    assert.equal(atMs === undefined ? null : (atMs - noon) / 1000, expect.deleteAfterSeconds);
  },

  evictSequence: ({ given, expect }) =>
    evictSequence(given.tolerations ?? [], given.taintChanges ?? [], expect.deletedAt),
};

interface GivenPass {
  readonly now: string;
  readonly node: NodeObject | null;
  readonly lease: Lease | null;
}

/** On the real controller, in virtual time. */
async function evictSequence(
  tolerations: readonly Toleration[],
  changes: readonly { readonly t: number; readonly taints: readonly Taint[] }[],
  deletedAt: number | null,
): Promise<void> {
  await using rig = await new ControllerRig().start(taintEvictionController());
  await rig.create(nodeWith([], [{ type: 'Ready', status: 'True' }]));
  await rig.create<Pod>({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod0', namespace: 'default' },
    spec: { nodeName: 'node0', containers: [{ name: 'c', image: 'x' }], tolerations },
  });
  const startMs = rig.clock.now();
  const deletedMs = async () => {
    const pod = await rig.objects.get('Pod', 'default', 'pod0');
    return pod === undefined || pod.metadata.deletionTimestamp !== undefined ? rig.clock.now() : undefined;
  };
  // Whatever is tolerated for a time is over by then.
  const waits = [...changes.map(({ t }) => t), ...tolerations.map((one) => one.tolerationSeconds ?? 0)];
  const endMs = startMs + 1000 * waits.reduce((sum, wait) => sum + Math.max(0, wait), 3600);
  let atMs: number | undefined;
  const until = async (ms: number) => {
    const found = async () => (await deletedMs()) !== undefined;
    if (atMs === undefined && (await rig.clock.advanceUntil(found, ms - rig.clock.now())))
      atMs = rig.clock.now();
  };
  for (const { t, taints } of changes) {
    await until(startMs + t * 1000);
    await rig.objects.patchWith('Node', undefined, 'node0', (node) => ({
      ...node,
      spec: { ...node.spec, taints: taints ?? [] },
    }));
    await rig.settle();
    if (atMs === undefined) atMs = await deletedMs();
  }
  await until(endMs);
  assert.equal(atMs === undefined ? null : (atMs - startMs) / 1000, deletedAt);
}

async function changeTaints(
  given: VectorCase['given'],
  expect: VectorCase['expect'],
  change: (taints: readonly Taint[], argument: readonly Taint[]) => readonly Taint[],
): Promise<void> {
  await using rig = new ControllerRig();
  if (given.nodeExists !== false) await rig.create(nodeWith(given.taints ?? [], []));
  let isRefused = false;
  try {
    await rig.objects.patchWith('Node', undefined, 'node0', (node) => ({
      ...node,
      spec: { ...node.spec, taints: change(node.spec?.taints ?? [], given.arguments ?? []) },
    }));
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
    isRefused = true;
  }
  if (expect.error !== undefined) assert.equal(isRefused, expect.error);
  if (isRefused || expect.taints === undefined) return;
  const node = await rig.objects.get('Node', undefined, 'node0');
  assert.deepEqual(identities(node?.spec?.taints ?? []), identities(expect.taints));
}

function nodeWith(
  taints: readonly Taint[],
  conditions: readonly NodeCondition[],
  unschedulable = false,
  name = 'node0',
): NodeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { taints, ...(unschedulable && { unschedulable }) },
    status: { conditions },
  };
}

/** By key and effect. */
function identities(taints: readonly Taint[] | null): readonly string[] {
  return asSet(taints?.map(({ key, effect }) => `${key}:${effect}`));
}

/** All of them; of each what is shown. */
function assertConditions(
  got: readonly NodeCondition[] | null,
  wanted: readonly NodeCondition[] | null,
  where: string,
): void {
  const types = (conditions: readonly NodeCondition[] | null) => asSet(conditions?.map(({ type }) => type));
  assert.equal(got === null, wanted === null, `${where}: conditions`);
  assert.deepEqual(types(got), types(wanted), `${where}: conditions`);
  for (const one of wanted ?? [])
    assertShown(got?.find(({ type }) => type === one.type) ?? {}, one, `${where}: ${one.type}`);
}
