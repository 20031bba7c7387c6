/** Starts the pods, does to them what is to be done, and looks on until everything was seen or time is up. */

import {
  type Cluster,
  errorMessage,
  type KubeEvent,
  loadManifest,
  podRow,
  type StoredPod,
} from '@mooring/core';
import type { ClusterDemonstration } from './cluster-demonstrations.ts';
import type { Demonstration } from './demonstrations.ts';
import { History } from './history.ts';
import type { Paint, Screen } from './screen.ts';

export interface WatchOptions {
  readonly agent: Cluster;
  readonly cluster: Cluster;
  /** For the agent. */
  readonly podManifests: readonly string[];
  /** For the cluster. */
  readonly setManifests: readonly string[];
  readonly demonstrations: readonly Demonstration[];
  readonly clusterDemonstrations: readonly ClusterDemonstration[];
  readonly screen: Screen;
  readonly deadlineMs: number;
  /** Ends everything before its time. */
  readonly signal: AbortSignal;
}

export interface Result {
  readonly title: string;
  /** The pod, or another object, that it is about. */
  readonly subject: string;
  /** What was seen; `undefined` when it was not. */
  evidence: string | undefined;
  /** Why it could not be seen, when that is known. */
  trouble: string | undefined;
}

/** Rejects with the signal's reason when that aborts. */
export async function watchDemonstrations(options: WatchOptions): Promise<readonly Result[]> {
  const { demonstrations, clusterDemonstrations } = options;
  const history = new History();
  const ofPods = demonstrations.map(({ title, pod }) => resultFor(title, pod));
  const ofCluster = clusterDemonstrations.map(({ title, subject }) => resultFor(title, subject));
  const results = [...ofPods, ...ofCluster];
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const look = () => {
    for (const [i, { evidence, pod }] of demonstrations.entries()) {
      const result = ofPods[i];
      if (result !== undefined) result.evidence ??= evidence(history.of(pod), Date.now());
    }
    if (results.every(({ evidence }) => evidence !== undefined)) over.abort();
  };
  const timers = [setTimeout(() => over.abort(), options.deadlineMs), setInterval(look, 500)];
  try {
    await Promise.all([
      record(options, history, look, signal),
      disturbAll(options, ofPods, signal),
      showAll(options, ofCluster, signal),
    ]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    over.abort();
  }
  options.signal.throwIfAborted();
  return results;
}

function resultFor(title: string, subject: string): Result {
  return { title, subject, evidence: undefined, trouble: undefined };
}

/** The last words: what was seen of each behaviour. */
export function formatSummary(results: readonly Result[], paint: Paint): readonly string[] {
  const lines = results.flatMap(({ title, subject, evidence, trouble = 'not seen' }) => {
    const mark = evidence === undefined ? paint('red', '✘') : paint('green', '✔');
    return [`${mark} ${title}`, paint('gray', `    ${subject}: ${evidence ?? trouble}`)];
  });
  const seen = results.filter(({ evidence }) => evidence !== undefined).length;
  return [...lines, '', paint('bold', `${seen} of ${results.length} behaviours seen`)];
}

/** What the agent runs: every pod at once, each with what is done to it. */
async function disturbAll(
  { agent, podManifests, demonstrations }: WatchOptions,
  results: readonly Result[],
  signal: AbortSignal,
): Promise<void> {
  await agent.apply(await objectsIn(podManifests));
  const disturbances = demonstrations.map(async ({ disturb }, i) => {
    await attempt(results[i], signal, async () => await disturb?.(agent, signal));
  });
  await Promise.all(disturbances);
}

/** What the cluster keeps: one demonstration after the other. */
async function showAll(
  { cluster, setManifests, clusterDemonstrations }: WatchOptions,
  results: readonly Result[],
  signal: AbortSignal,
): Promise<void> {
  await cluster.apply(await objectsIn(setManifests));
  for (const [i, { show }] of clusterDemonstrations.entries()) {
    const result = results[i];
    await attempt(result, signal, async () => {
      const seen = await show(cluster, signal);
      if (result !== undefined) result.evidence = seen;
    });
  }
}

async function objectsIn(manifests: readonly string[]) {
  return (await Promise.all(manifests.map((path) => loadManifest(path)))).flat();
}

/** What goes wrong with one of them is told at the end: the others are to be seen all the same. */
async function attempt(
  result: Result | undefined,
  signal: AbortSignal,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted && result !== undefined) result.trouble = errorMessage(error);
  }
}

/** Keeps history and screen up to date until the signal aborts. */
async function record(
  { agent, cluster, screen }: WatchOptions,
  history: History,
  look: () => void,
  signal: AbortSignal,
): Promise<void> {
  const beganMs = Date.now();
  const pods = new Map<string, StoredPod>();
  const show = () => screen.showPods([...pods.values()].map((pod) => podRow(pod, Date.now())));
  const ages = setInterval(show, 1000);
  const facts = async () => {
    for await (const fact of agent.facts('pod.*.container.*.*', { signal })) {
      history.noteFact(fact);
      look();
    }
  };
  const podChanges = async (of: Cluster) => {
    for await (const change of of.watch('Pod', { signal })) {
      if (change.type === 'synced') continue;
      const { object } = change;
      if (change.type === 'put') pods.set(object.metadata.name, object);
      else pods.delete(object.metadata.name);
      if (change.type === 'put') history.notePod(object, Date.now());
      show();
      look();
    }
  };
  const events = async (of: Cluster) => {
    for await (const change of of.watch('Event', { signal })) {
      if (change.type !== 'put') continue;
      history.noteEvent(change.object);
      screen.showEvent(eventLine(change.object, Date.now() - beganMs));
    }
  };
  try {
    await Promise.all([facts(), ...[agent, cluster].flatMap((of) => [podChanges(of), events(of)])]);
  } finally {
    clearInterval(ages);
  }
}

function eventLine({ involvedObject, type, reason, message, count }: KubeEvent, atMs: number) {
  return { atMs, pod: involvedObject.name, isWarning: type === 'Warning', reason, message, count };
}
