import { describe, expect, it } from 'vitest';
import { AsyncQueue } from '../../src/engine/async-queue.ts';

async function drain<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

describe('AsyncQueue', () => {
  it('gives items in order, whether the reader waits or not', async () => {
    const queue = new AsyncQueue<number>({ pendingMax: 10 });
    queue.push(1);
    const items = drain(queue);
    queue.push(2);
    await Promise.resolve();
    queue.push(3);
    queue.close();
    expect(await items).toEqual([1, 2, 3]);
  });

  it('drops the oldest beyond its bound and counts them', async () => {
    const queue = new AsyncQueue<number>({ pendingMax: 3 });
    for (let i = 1; i <= 10; i += 1) queue.push(i);
    queue.close();
    expect(queue.dropped).toBe(7);
    expect(await drain(queue)).toEqual([8, 9, 10]);
  });

  it('keeps its order over many fills and partial reads', async () => {
    const queue = new AsyncQueue<number>({ pendingMax: 100_000 });
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 50; round += 1) {
      for (let i = 0; i < 300; i += 1) queue.push(next++);
      for (let i = 0; i < 250; i += 1) expect((await queue.next()).value).toBe(expected++);
    }
    expect(queue.size).toBe(next - expected);
  });

  it('ends at once when its signal aborts and lets go of what is pending', async () => {
    const controller = new AbortController();
    let ends = 0;
    const queue = new AsyncQueue<number>({
      pendingMax: 10,
      signal: controller.signal,
      onEnd: () => {
        ends += 1;
      },
    });
    queue.push(1);
    controller.abort();
    queue.push(2);
    expect(await drain(queue)).toEqual([]);
    queue.close();
    expect(ends).toBe(1);
  });

  it('is ended from the start when its signal has aborted', async () => {
    const queue = new AsyncQueue<number>({ pendingMax: 10, signal: AbortSignal.abort() });
    expect(await drain(queue)).toEqual([]);
  });

  it('ends when its reader leaves the loop', async () => {
    let isEnded = false;
    const queue = new AsyncQueue<number>({
      pendingMax: 10,
      onEnd: () => {
        isEnded = true;
      },
    });
    queue.push(1);
    queue.push(2);
    for await (const _ of queue) break;
    expect(isEnded).toBe(true);
    expect(queue.size).toBe(0);
  });

  it.each([
    ['a waiting reader', true],
    ['a reader that comes later', false],
  ])('gives an error to %s, once', async (_, isWaiting) => {
    const queue = new AsyncQueue<number>({ pendingMax: 10 });
    queue.push(1);
    if (isWaiting) await queue.next();
    const next = isWaiting ? queue.next() : undefined;
    queue.fail(new Error('lost'));
    await expect(next ?? queue.next()).rejects.toThrow('lost');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });
});
