/** What containers write, instance after instance, from now on. */

import { type Cluster, errorMessage, hasCode, type LogLine } from '@mooring/core';

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
  const watching = (async () => {
    for await (const { data } of facts) {
      const work = follow(data as Started, options).finally(() => reading.delete(work));
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

async function follow({ namespace, pod, container }: Started, options: FollowOptions): Promise<void> {
  const { cluster, onLine, onTrouble, signal } = options;
  try {
    const lines = cluster.logs({ namespace, pod, container }, { follow: true, signal });
    for await (const line of lines) onLine({ ...line, namespace, pod, container });
  } catch (error) {
    // The pod was faster: it is gone, and its log with it.
    if (signal.aborted || hasCode(error, 'NOT_FOUND')) return;
    onTrouble(`the log of ${pod}/${container} cannot be read: ${errorMessage(error)}`);
  }
}
