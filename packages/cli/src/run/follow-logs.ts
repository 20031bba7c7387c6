/** What containers write, instance after instance, from now on. */

import { type Clock, type Cluster, errorMessage, hasCode, type LogLine, onAbort, sleep } from '@mooring/core';

export interface LogFollower {
  /** Resolves when every instance that has started was read to its end. */
  readonly settled: () => Promise<unknown>;
}

export interface WrittenLine extends LogLine {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface FollowOptions {
  readonly cluster: Pick<Cluster, 'facts' | 'logs'>;
  readonly clock: Clock;
  readonly onLine: (line: WrittenLine) => void;
  /** A log that cannot be read. */
  readonly onTrouble: (words: string) => void;
  readonly signal: AbortSignal;
}

/** Begins before it returns: nothing that starts afterwards is missed. */
export function followLogs(options: FollowOptions): LogFollower {
  const { cluster, signal } = options;
  const reading = new Set<Promise<void>>();
  const facts = cluster.facts('pod.*.container.*.started', { signal });
  const places = new Map<string, Place>();
  const watching = (async () => {
    for await (const { data } of facts) {
      const started = data as Started;
      const key = `${started.namespace}/${started.pod}/${started.container}`;
      const place = places.get(key) ?? { atMs: 0, linesThen: 0, resumed: undefined };
      places.set(key, place);
      const work = follow(started, place, options).finally(() => reading.delete(work));
      reading.add(work);
    }
  })();
  watching.catch((error: unknown) => {
    if (!signal.aborted) options.onTrouble(`logs are not followed any more: ${errorMessage(error)}`);
  });
  return { settled: () => Promise.all(reading) };
}

/** Of the fact `container.started`. */
interface Started {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

const retryMs = 1_000;

/** How far a container was read. */
interface Place {
  atMs: number;
  /** Lines of that millisecond. */
  linesThen: number;
  /** Ends who goes on reading where an earlier one was broken off. */
  resumed: AbortController | undefined;
}

async function follow(started: Started, place: Place, options: FollowOptions): Promise<void> {
  const { clock, onTrouble, signal } = options;
  // From now on the newest instance is read here.
  place.resumed?.abort();
  const ending = new AbortController();
  const forget = onAbort(signal, () => ending.abort(signal.reason));
  let isTold = false;
  try {
    while (!ending.signal.aborted) {
      const error = await read(started, place, options, ending.signal);
      // The pod was faster: it is gone, and its log with it.
      if (error === undefined || ending.signal.aborted || hasCode(error, 'NOT_FOUND')) return;
      const trouble = `the log of ${started.pod}/${started.container} cannot be read`;
      const isAway = hasCode(error, 'RUNTIME_UNAVAILABLE');
      const words = `${trouble}${isAway ? ', and is tried again' : ''}: ${errorMessage(error)}`;
      if (!isTold) onTrouble(words);
      if (!isAway) return;
      isTold = true;
      place.resumed = ending;
      // An abort ends the loop.
      await sleep(clock, retryMs, ending.signal).catch(() => undefined);
    }
  } finally {
    forget();
  }
}

/** Gives back what it was broken off by. */
async function read(
  { namespace, pod, container }: Started,
  place: Place,
  { cluster, onLine }: FollowOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const isResumed = place.resumed !== undefined;
  const { atMs: sinceMs, linesThen } = place;
  let known = isResumed ? linesThen : 0;
  try {
    const how = { follow: true, signal, ...(isResumed && { sinceMs }) };
    for await (const line of cluster.logs({ namespace, pod, container }, how)) {
      if (line.atMs === sinceMs && known > 0) {
        known -= 1;
        continue;
      }
      if (line.atMs > place.atMs) Object.assign(place, { atMs: line.atMs, linesThen: 0 });
      if (line.atMs === place.atMs) place.linesThen += 1;
      onLine({ ...line, namespace, pod, container });
    }
    return undefined;
  } catch (error) {
    return error;
  }
}
