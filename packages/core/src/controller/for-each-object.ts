import type { ObjectOf } from '../api/known-kinds.ts';
import { errorsOf } from '../engine/slow-start.ts';

/** An object of any kind, as it is read. */
export type AnyObject = ObjectOf<string>;

/** Writes at a time. */
const atOnceMax = 20;

/** Tries all of them, so many at a time; gives back what was rejected, in their order. Rejects when the signal aborts. */
export async function forEachObject(
  objects: readonly AnyObject[],
  signal: AbortSignal,
  run: (object: AnyObject) => Promise<void>,
): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  for (let at = 0; at < objects.length; at += atOnceMax) {
    signal.throwIfAborted();
    errors.push(...(await errorsOf(objects.slice(at, at + atOnceMax).map(run))));
  }
  return errors;
}
