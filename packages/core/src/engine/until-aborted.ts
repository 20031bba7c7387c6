/** Streams that may be deaf to the signal they were given. */

import { onAbort } from './abortable.ts';
import { onLaterFailure } from './later-failure.ts';

/** The same items, until the signal aborts: the stream is told to end then, and not waited for. */
export async function* untilAborted<T>(
  stream: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, undefined> {
  const items = stream[Symbol.asyncIterator]();
  let wake = () => {};
  const forget = onAbort(signal, () => wake());
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        wake = () => resolve(undefined);
        items.next().then(resolve, reject);
      });
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    forget();
    // Whatever it says to that, it was asked for nothing more.
    if (items.return !== undefined) onLaterFailure(items.return(), () => {});
  }
}
