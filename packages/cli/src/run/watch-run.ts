/** Looks on while pods run: shows what happens to them, and knows when all of them have ended. */

import { type ApiObject, type Clock, type Cluster, podRow, type StoredPod, sleep } from '@mooring/core';
import type { Paint } from '../output/paint.ts';
import { eventLine } from './event-line.ts';
import type { Screen } from './screen.ts';
import { canEnd, type Verdict, verdictOf, verdictOfGone } from './verdict.ts';

export interface WatchRunOptions {
  readonly cluster: Pick<Cluster, 'watch'>;
  readonly screen: Screen;
  readonly paint: Paint;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface WatchedRun {
  /** What was applied, with the names that were generated. There is no verdict before. */
  expect(objects: readonly ApiObject[]): void;
  /** Resolves when every pod has ended; never for what does not end by itself. */
  readonly verdict: Promise<Verdict>;
  /** Everything that looks on; rejects when it cannot. */
  readonly watching: Promise<unknown>;
}

export function watchRun(options: WatchRunOptions): WatchedRun {
  const pods = new Map<string, StoredPod>();
  const gone = new Map<string, Verdict>();
  let tell: (verdict: Verdict) => void = () => {};
  const verdict = new Promise<Verdict>((resolve) => {
    tell = resolve;
  });
  let wanted: ReadonlySet<string> | undefined;
  const judge = () => {
    const found = wanted && verdictOf(wanted, pods, gone);
    if (found !== undefined) tell(found);
  };
  const watching = Promise.all([
    watchPods(options, { pods, gone }, judge),
    watchEvents(options),
    growOlder(options, pods),
  ]);
  const expect = (objects: readonly ApiObject[]) => {
    if (!canEnd(objects)) return;
    wanted = new Set(objects.filter(({ kind }) => kind === 'Pod').map(keyOf));
    judge();
  };
  return { verdict, watching, expect };
}

async function watchPods(
  options: WatchRunOptions,
  { pods, gone }: { readonly pods: Map<string, StoredPod>; readonly gone: Map<string, Verdict> },
  onChange: () => void,
): Promise<void> {
  const { cluster, signal } = options;
  for await (const event of cluster.watch('Pod', { signal })) {
    if (event.type === 'synced') continue;
    const { object } = event;
    const key = keyOf(object);
    if (event.type === 'delete') {
      pods.delete(key);
      gone.set(key, verdictOfGone(object));
    } else pods.set(key, object);
    show(options, pods);
    onChange();
  }
}

async function watchEvents({ cluster, screen, paint, clock, signal }: WatchRunOptions): Promise<void> {
  const beganMs = clock.now();
  for await (const event of cluster.watch('Event', { signal })) {
    if (event.type !== 'put' || event.object.involvedObject.kind === 'Node') continue;
    screen.words(eventLine(event.object, clock.now() - beganMs, paint));
  }
}

/** Ages are seconds. */
async function growOlder(options: WatchRunOptions, pods: Map<string, StoredPod>): Promise<void> {
  while (!options.signal.aborted) {
    // An abort ends the sleep and the loop.
    await sleep(options.clock, 1000, options.signal).catch(() => undefined);
    if (!options.signal.aborted) show(options, pods);
  }
}

function show({ screen, clock }: WatchRunOptions, pods: ReadonlyMap<string, StoredPod>): void {
  const rows = [...pods.values()].map((pod) => podRow(pod, clock.now()));
  screen.showPods(rows.sort((a, b) => a.name.localeCompare(b.name)));
}

function keyOf({ metadata }: ApiObject): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name ?? ''}`;
}
