/** Plays a plan and judges it. */

import {
  type Clock,
  type ClusterOptions,
  type ContainerRuntime,
  type ContainerStatus,
  errorMessage,
  type NodeOptions,
  type Store,
} from '@mooring/core';
import { applyStep } from './apply-step.ts';
import { clusterLaws } from './cluster-laws.ts';
import { finalClusterLaws } from './final-cluster-laws.ts';
import { finalLaws } from './final-laws.ts';
import type { Violation } from './history.ts';
import { enforce } from './law.ts';
import type { Plan } from './plan.ts';
import { startLaws } from './start-laws.ts';
import { statusLaws } from './status-laws.ts';
import { stopLaws } from './stop-laws.ts';
import {
  containersOf,
  type Fact,
  type Instance,
  isEphemeral,
  statusesOf,
  type Truth,
  type Write,
} from './truth.ts';
import { warmUp } from './warm-up.ts';
import { World } from './world.ts';

/** What a simulated cluster has in place of its own parts. */
export interface SimulationOptions {
  /** Instead of the machines of the kubelet: to see whether the laws notice. */
  readonly logic?: NonNullable<ClusterOptions['logic']>;
  readonly crashLoop?: NonNullable<NodeOptions['crashLoop']>;
  /** What the agent does wrong with its runtime, and what it believes to have heard. */
  readonly twist?: (runtime: ContainerRuntime, clock: Clock) => Partial<ContainerRuntime>;
  /** What it does wrong with the store. */
  readonly twistStore?: (store: Store) => Partial<Store>;
}

/** What became of a plan. The same plan gives the same lines and the same hash. */
export interface Simulation {
  readonly plan: Plan;
  readonly violations: readonly Violation[];
  readonly lines: readonly string[];
  readonly hash: string;
  /** The last lines before the first violation. */
  tail(count: number): readonly string[];
}

/** Longer than the longest back-off and the longest grace period together. */
const recoverMs = 900_000;

/** What was started before ends by itself within this time, if at all. */
const lastEndMs = 65_000;
const lookMs = 20_000;

/** How long nothing may happen where nothing is wanted. */
const quietMs = 300_000;

/** Within which an agent that was told to end has done so, or was killed, and the next one is there. */
const restartMsMax = 400_000;

const lastLaws = [...finalClusterLaws, ...finalLaws];

/** Plays a plan to its end and judges it. Never rejects for a broken law: `violations` names them. */
export async function simulate(plan: Plan, options: SimulationOptions = {}): Promise<Simulation> {
  await warmUp();
  const world = new World(plan, options);
  const { history, truth } = world;
  enforce(
    [...startLaws, ...stopLaws, ...statusLaws, ...clusterLaws(world)].map((make) => make()),
    truth,
    history,
  );
  try {
    await play(world, plan);
  } catch (error) {
    history.violate('no-breakdown', `the simulation broke: ${errorMessage(error)}`);
  }
  for (const process of world.processes) process.abandon();
  const { violations, lines, hash } = history;
  return { plan, violations, lines, hash, tail: (count) => history.tail(count) };
}

async function play(world: World, plan: Plan): Promise<void> {
  const { clock, history } = world;
  const beganMs = clock.now();
  const isBroken = () => history.violations.length > 0;
  // What comes after the first violation says nothing.
  const advanceTo = (ms: number) => clock.advanceUntil(isBroken, beganMs + ms - clock.now());
  await world.begin();
  for (const step of plan.steps) {
    if (await advanceTo(step.atMs)) return;
    await applyStep(world, step);
  }
  await advanceTo(plan.healAtMs);
  world.heal();
  const areUp = () => world.processes.every(({ isUp }) => isUp);
  if (!(await clock.advanceUntil(() => isBroken() || areUp(), restartMsMax)))
    history.violate('runs', 'a process does not come back');
  await clock.advanceUntil(isBroken, lastEndMs);
  for (let leftMs = recoverMs; leftMs > 0 && !isBroken() && !isSettled(world); leftMs -= lookMs)
    await clock.advanceUntil(isBroken, lookMs);
  if (isBroken()) return;
  for (const { id, text, judge } of lastLaws)
    for (const wrong of judge(world)) history.violate(id, `${text}: ${wrong}`);
  if (isBroken()) return;
  const unrest = listenForUnrest(world.truth);
  await clock.advanceUntil(isBroken, plan.quietMs ?? quietMs);
  for (const wrong of unrest()) history.violate('stable', `where nothing happens, nothing is done: ${wrong}`);
}

/** There is nothing left that somebody waits for. */
function isSettled(world: World): boolean {
  if (lastLaws.some(({ judge }) => judge(world).length > 0)) return false;
  const { truth } = world;
  const mayEnd = ({ state, startedAtMs = 0 }: Instance) =>
    state === 'running' && truth.nowMs() - startedAtMs < lastEndMs;
  return [...truth.pods.values()].every(({ isGone, latest, instances }) => {
    const images = new Map(containersOf(latest).map(({ name, image }) => [name, image]));
    const isToBeReplaced = ({ state, container, image }: Instance) =>
      state === 'running' && images.get(container) !== image;
    if (instances.some((instance) => mayEnd(instance) || isToBeReplaced(instance))) return false;
    const { spec, status } = latest;
    const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    const isDue = spec.activeDeadlineSeconds !== undefined;
    const rests = ({ name, state, ready }: ContainerStatus) =>
      state?.terminated !== undefined ||
      ready === true ||
      (isEphemeral(latest, name) && state?.running !== undefined);
    const apps = status?.containerStatuses ?? [];
    // All have ended, and the pod has not: its sidecars end now.
    const isEnding = apps.length > 0 && apps.every(({ state }) => state?.terminated !== undefined);
    return isGone || isOver || (!isDue && !isEnding && statusesOf(latest).every(rests));
  });
}

/** Starts, stops and writes from now on. */
function listenForUnrest(truth: Truth): () => readonly string[] {
  const seen: string[] = [];
  truth.subscribe((fact: Fact) => {
    // The remains of what ended before may go late.
    const ignored = fact.type === 'instance' ? fact.change : fact.type === 'order' ? fact.order.verb : '';
    if (ignored === 'removed' || ignored === 'removeContainer') return;
    if (fact.type === 'instance') seen.push(`${fact.instance.podName} ${fact.change}`);
    if (fact.type === 'order') seen.push(`${fact.order.life} ${fact.order.verb}`);
    if (fact.type === 'write' && !isUpkeep(fact.write)) seen.push(`${fact.write.by} wrote ${fact.write.key}`);
  });
  return () => seen;
}

/** Signs of life, what clears away old events, and why there is still no room for a pod: that is asked every five minutes. */
function isUpkeep({ key, value }: Write): boolean {
  const { kind, spec } = (value ?? {}) as { readonly kind?: string; readonly spec?: { nodeName?: string } };
  return /^(?:leases|nodes|events)\//.test(key) || (kind === 'Pod' && spec?.nodeName === undefined);
}
