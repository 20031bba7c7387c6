/** Starts the pods, does to them what is to be done, and looks on until everything was seen or time is up. */

import { type Cluster, errorMessage, type KubeEvent, loadManifest, type StoredPod } from '@mooring/core';
import type { Demonstration } from './demonstrations.ts';
import { History } from './history.ts';
import { podRow } from './pod-table.ts';
import type { Paint, Screen } from './screen.ts';

export interface WatchOptions {
  readonly agent: Cluster;
  readonly manifests: readonly string[];
  readonly demonstrations: readonly Demonstration[];
  readonly screen: Screen;
  readonly deadlineMs: number;
  /** Ends everything before its time. */
  readonly signal: AbortSignal;
}

export interface Result {
  readonly demonstration: Demonstration;
  /** What was seen; `undefined` when it was not. */
  evidence: string | undefined;
  /** Why it could not be seen, when that is known. */
  trouble: string | undefined;
}

/** Rejects with the signal's reason when that aborts. */
export async function watchDemonstrations(options: WatchOptions): Promise<readonly Result[]> {
  const { agent, demonstrations, manifests } = options;
  const history = new History();
  const results: Result[] = demonstrations.map((demonstration) => ({
    demonstration,
    evidence: undefined,
    trouble: undefined,
  }));
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const look = () => {
    for (const result of results) {
      const { evidence, pod } = result.demonstration;
      result.evidence ??= evidence(history.of(pod), Date.now());
    }
    if (results.every(({ evidence }) => evidence !== undefined)) over.abort();
  };
  const timers = [setTimeout(() => over.abort(), options.deadlineMs), setInterval(look, 500)];
  try {
    const objects = (await Promise.all(manifests.map((path) => loadManifest(path)))).flat();
    const disturbAll = async () => {
      await agent.apply(objects);
      await Promise.all(results.map((result) => disturb(agent, result, signal)));
    };
    await Promise.all([record(options, history, look, signal), disturbAll()]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    over.abort();
  }
  options.signal.throwIfAborted();
  return results;
}

/** The last words: what was seen of each behaviour. */
export function formatSummary(results: readonly Result[], paint: Paint): readonly string[] {
  const lines = results.flatMap(({ demonstration, evidence, trouble = 'not seen' }) => {
    const mark = evidence === undefined ? paint('red', '✘') : paint('green', '✔');
    return [
      `${mark} ${demonstration.title}`,
      paint('gray', `    ${demonstration.pod}: ${evidence ?? trouble}`),
    ];
  });
  const seen = results.filter(({ evidence }) => evidence !== undefined).length;
  return [...lines, '', paint('bold', `${seen} of ${results.length} behaviours seen`)];
}

async function disturb(agent: Cluster, result: Result, signal: AbortSignal): Promise<void> {
  try {
    await result.demonstration.disturb?.(agent, signal);
  } catch (error) {
    // The others are to be seen all the same.
    if (!signal.aborted) result.trouble = errorMessage(error);
  }
}

/** Keeps history and screen up to date until the signal aborts. */
async function record(
  { agent, screen }: WatchOptions,
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
  const podChanges = async () => {
    for await (const change of agent.watch('Pod', { signal })) {
      if (change.type !== 'put') continue;
      pods.set(change.object.metadata.name, change.object);
      history.notePod(change.object, Date.now());
      show();
      look();
    }
  };
  const events = async () => {
    for await (const change of agent.watch('Event', { signal })) {
      if (change.type !== 'put') continue;
      history.noteEvent(change.object);
      screen.showEvent(eventLine(change.object, Date.now() - beganMs));
    }
  };
  try {
    await Promise.all([facts(), podChanges(), events()]);
  } finally {
    clearInterval(ages);
  }
}

function eventLine({ involvedObject, type, reason, message, count }: KubeEvent, atMs: number) {
  return { atMs, pod: involvedObject.name, isWarning: type === 'Warning', reason, message, count };
}
