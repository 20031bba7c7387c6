/**
 * Runs `fn` for every item, so many at a time and in their order. Resolves when all have settled; an item that fails is
 * given to `onError` and keeps no other from its turn. Once the signal has aborted no further one is begun.
 */
export async function atATime<T>(
  items: Iterable<T>,
  atOnceMax: number,
  signal: AbortSignal,
  fn: (item: T) => Promise<void>,
  onError: (item: T, error: unknown) => void,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = rest.next(); next.done !== true && !signal.aborted; next = rest.next()) {
      try {
        await fn(next.value);
      } catch (error) {
        onError(next.value, error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnceMax }, worker));
  signal.throwIfAborted();
}
