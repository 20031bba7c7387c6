import type { PodRecord } from '../node-context.ts';

/** Does work on the volumes of a pod when the work before it is over: a volume host takes one call for a pod at a time. */
export function inVolumeTurn<T>(
  record: Pick<PodRecord, 'volumeWork'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const start = () => {
    signal.throwIfAborted();
    return work();
  };
  // How the one before ended is told to its own caller.
  const mine = record.volumeWork.then(start, start);
  record.volumeWork = mine;
  return mine;
}
