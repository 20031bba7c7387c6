import { describe, expect, it } from 'vitest';
import { createActor, fromPromise } from 'xstate';
import { errorMessage } from '../../../src/contract/error.ts';
import { listenerMachine, type ServeInput } from '../../../src/kubelet/proxy/listener-machine.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

interface Attempt {
  readonly atMs: number;
  readonly signal: AbortSignal;
  open(): void;
  fail(words: string): void;
}

async function rig() {
  const clock = new TestClock();
  const startMs = clock.monotonicMs();
  const attempts: Attempt[] = [];
  const failures: string[] = [];
  const logic = listenerMachine.provide({
    actors: {
      serve: fromPromise<never, ServeInput>(
        ({ input, signal }) =>
          new Promise((_, reject) => {
            attempts.push({
              atMs: clock.monotonicMs() - startMs,
              signal,
              open: () => input.owner.send({ type: 'listener.opened' }),
              fail: (words) => reject(new Error(words)),
            });
          }),
      ),
    },
    actions: {
      announceFailure: ({ context }, { error }) =>
        failures.push(`${context.problem ?? 'new'} > ${errorMessage(error)}`),
    },
  });
  const input = { address: 'service/default/web/80', host: '127.96.0.7', port: 80 };
  const actor = createActor(logic, { input, clock }).start();
  const last = () => {
    const attempt = attempts.at(-1);
    if (attempt === undefined) throw new Error('nothing was tried');
    return attempt;
  };
  await clock.advanceBy(0);
  return { clock, actor, attempts, failures, last };
}

describe('the listener of an address', () => {
  it('opens it, and closes it when it is stopped', async () => {
    const { actor, last } = await rig();
    expect(actor.getSnapshot().value).toEqual({ serving: 'opening' });
    last().open();
    expect(actor.getSnapshot().value).toEqual({ serving: 'open' });
    expect(last().signal.aborted).toBe(false);
    actor.stop();
    expect(last().signal.aborted).toBe(true);
  });

  it('tries again after 1 s, 2 s, 4 s and at most 30 s, and says each time why, beside what it was before', async () => {
    const { clock, attempts, failures, last } = await rig();
    for (let i = 1; i <= 8; i += 1) {
      last().fail(`taken ${i}`);
      await clock.advanceBy(30_000);
    }
    const pauses = attempts.slice(1).map(({ atMs }, i) => atMs - (i === 0 ? 0 : i * 30_000));
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(failures.slice(0, 2)).toEqual(['new > taken 1', 'taken 1 > taken 2']);
    expect(failures).toHaveLength(8);
  });

  it('begins with the short pause again once it was open', async () => {
    const { clock, actor, attempts, last } = await rig();
    for (let i = 0; i < 4; i += 1) {
      last().fail('taken');
      await clock.advanceBy(30_000);
    }
    last().open();
    expect(actor.getSnapshot().context).toMatchObject({ failures: 0, problem: undefined });
    last().fail('the network went away');
    expect(attempts).toHaveLength(5);
    await clock.advanceBy(1000);
    expect(attempts).toHaveLength(6);
  });

  it('does not try again once it was stopped', async () => {
    const { clock, actor, attempts, last } = await rig();
    last().fail('taken');
    await clock.advanceBy(0);
    actor.stop();
    await clock.advanceBy(60_000);
    expect(attempts).toHaveLength(1);
  });
});
