import { describe, expect, it } from 'vitest';
import { AsyncQueue } from '../../src/engine/async-queue.ts';
import { actUntil, joinSignals, readUntil } from '../../src/engine/joined-signal.ts';

const whole = ['one', 'other'] as const;

function pair() {
  const controllers = { one: new AbortController(), other: new AbortController() };
  return { controllers, signals: [controllers.one.signal, controllers.other.signal] };
}

describe('a joined signal', () => {
  it.each(whole)('aborts with the %s, and with its reason', (which) => {
    const { controllers, signals } = pair();
    const { signal } = joinSignals(...signals);
    controllers[which].abort('why');
    expect([signal.aborted, signal.reason]).toEqual([true, 'why']);
  });

  it.each(whole)('has aborted when the %s had', (which) => {
    const { controllers, signals } = pair();
    controllers[which].abort('why');
    expect(joinSignals(...signals).signal.reason).toBe('why');
  });

  it.each(whole)('that was let go has nothing to do with the %s any more', (which) => {
    const { controllers, signals } = pair();
    const { signal, forget } = joinSignals(...signals);
    forget();
    controllers[which].abort();
    expect(signal.aborted).toBe(false);
  });

  it.each([
    { end: 'done', act: async () => 'value' },
    { end: 'failed', act: () => Promise.reject(new Error('value')) },
  ])('is let go when what it guards has $end', async ({ act }) => {
    const { controllers, signals } = pair();
    const given: AbortSignal[] = [];
    const acted = actUntil(signals, (signal) => {
      given.push(signal);
      return act();
    });
    expect(String(await acted.catch((error: unknown) => error))).toContain('value');
    controllers.one.abort();
    expect(given.map(({ aborted }) => aborted)).toEqual([false]);
  });

  it.each([
    { end: 'ends', isLeft: false },
    { end: 'is left', isLeft: true },
  ])('is let go when what is read $end', async ({ isLeft }) => {
    const { controllers, signals } = pair();
    const queue = new AsyncQueue<number>({ pendingMax: 2 });
    let given: AbortSignal | undefined;
    const items = readUntil(signals, (signal) => {
      given = signal;
      return queue;
    });
    expect(given?.aborted).toBe(false);
    queue.push(1);
    queue.close();
    const read: number[] = [];
    for await (const item of items) {
      read.push(item);
      if (isLeft) break;
    }
    expect(read).toEqual([1]);
    controllers.other.abort();
    expect(given?.aborted).toBe(false);
  });

  it('ends what is read', async () => {
    const { controllers, signals } = pair();
    const items = readUntil(signals, (signal) => new AsyncQueue<number>({ pendingMax: 1, signal }));
    const next = items[Symbol.asyncIterator]().next();
    controllers.other.abort();
    expect(await next).toMatchObject({ done: true });
  });

  it('is let go when there is nothing to read', () => {
    const { controllers, signals } = pair();
    const given: AbortSignal[] = [];
    const refuse = (signal: AbortSignal) => {
      given.push(signal);
      throw new Error('no such thing');
    };
    expect(() => readUntil(signals, refuse)).toThrow('no such thing');
    controllers.one.abort();
    expect(given[0]?.aborted).toBe(false);
  });
});
