import { afterEach, describe, expect, test } from 'vitest';
import { hasCode } from '../../../src/contract/error.ts';
import type { ProbeAttempt, ProbeResult, ProbeTarget } from '../../../src/contract/prober.ts';
import { type ProbeRunResult, runProbe } from '../../../src/kubelet/probe/run-probe.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

const clock = new TestClock();
const target = { podIP: '127.0.0.1' } as ProbeTarget;

afterEach(() => {
  expect(clock.pending, 'timers left behind').toBe(0);
});

interface Options {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly clock?: TestClock;
}

function run(attempt: ProbeAttempt | undefined, options: Options = {}): Promise<ProbeRunResult> {
  const { timeoutMs = 1_000, signal = new AbortController().signal } = options;
  return runProbe(
    { handler: 'redisPing', attempt, target, timeoutMs, clock: options.clock ?? clock },
    signal,
  );
}

/** Settles only by what the signal does: rejects with its reason after `lateMs`. */
const untilAborted =
  (lateMs = 0): ProbeAttempt =>
  (_, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => clock.setTimeout(() => reject(signal.reason), lateMs));
    });

/** A prober written without types. */
const untyped = (answer: () => unknown): ProbeAttempt => answer as unknown as ProbeAttempt;

/** A clock whose timers fire `lateMs` late, as those of a busy process do. */
class LateClock extends TestClock {
  private readonly lateMs: number;
  constructor(lateMs: number) {
    super();
    this.lateMs = lateMs;
  }
  override setTimeout(fn: () => void, delayMs: number) {
    return super.setTimeout(fn, delayMs + this.lateMs);
  }
}

describe('an answer', () => {
  test.each(['success', 'warning', 'failure'] as const)(
    '%s is passed on after one attempt',
    async (outcome) => {
      const result = await run(async () => ({ outcome, message: 'as seen' }));
      expect(result).toEqual({ kind: outcome, message: 'as seen', attempts: 1 });
    },
  );

  test('a container without a probe is well', async () => {
    expect(await runProbe(undefined, new AbortController().signal)).toMatchObject({
      kind: 'success',
      attempts: 0,
    });
  });

  test('a probe without a handler is an error', async () => {
    expect(await run(undefined)).toEqual({ kind: 'error', message: 'missing probe handler', attempts: 3 });
  });

  test('a message is cut to what an event can bear', async () => {
    const result = await run(async () => ({ outcome: 'failure', message: 'x'.repeat(1_000_000) }));
    expect(result.message).toHaveLength(10_240);
  });
});

describe('an error', () => {
  const broken: readonly { name: string; attempt: ProbeAttempt; message: string }[] = [
    {
      name: 'a rejection',
      attempt: () => Promise.reject(new Error('no such port')),
      message: 'no such port',
    },
    {
      name: 'a throw',
      attempt: () => {
        throw new Error('bug');
      },
      message: 'bug',
    },
    { name: 'a rejection with no error', attempt: () => Promise.reject('words'), message: 'words' },
    {
      name: 'no promise and no result',
      attempt: untyped(() => undefined),
      message: 'prober "redisPing" answered with nonsense: undefined',
    },
    {
      name: 'a result that is no object',
      attempt: untyped(async () => 'success'),
      message: 'prober "redisPing" answered with nonsense: success',
    },
    {
      name: 'a result without an outcome',
      attempt: untyped(async () => ({ ok: true })),
      message: 'prober "redisPing" answered with nonsense: no outcome',
    },
    {
      name: 'an outcome that does not exist',
      attempt: untyped(async () => ({ outcome: 'fine', message: '' })),
      message: 'prober "redisPing" answered with nonsense: outcome "fine"',
    },
    {
      name: 'an outcome that throws when it is looked at',
      attempt: untyped(async () => ({
        get outcome() {
          throw new Error('not yet');
        },
      })),
      message: 'prober "redisPing" answered with what cannot be read: not yet',
    },
    {
      name: 'an outcome that cannot be printed',
      attempt: untyped(async () => ({ outcome: 1n })),
      message: expect.stringMatching(/^prober "redisPing" answered with what cannot be read: .*BigInt/),
    },
    {
      name: 'a rejection that cannot be printed',
      attempt: () => Promise.reject(Object.create(null)),
      message: 'an error without words',
    },
    {
      name: 'an error whose parts throw when they are looked at',
      attempt: () => {
        const unreadable = () => {
          throw new Error('not yet');
        };
        const properties = { message: { get: unreadable }, cause: { get: unreadable } };
        throw Object.defineProperties(new Error('hidden'), properties);
      },
      message: 'an error without words',
    },
  ];
  test.each(broken)('$name is tried three times in all', async ({ attempt, message }) => {
    expect(await run(attempt)).toEqual({ kind: 'error', message, attempts: 3 });
  });

  test('is forgotten when a later attempt answers', async () => {
    let calls = 0;
    const result = await run(async () => {
      calls += 1;
      if (calls < 3) throw new Error('not yet');
      return { outcome: 'failure', message: 'seen' };
    });
    expect(result).toEqual({ kind: 'failure', message: 'seen', attempts: 3 });
  });

  test('a failure is not tried again', async () => {
    let calls = 0;
    await run(async () => {
      calls += 1;
      return { outcome: 'failure', message: '' };
    });
    expect(calls).toBe(1);
  });
});

describe('the deadline', () => {
  test('aborts the signal, and a rejection with its reason is a failure', async () => {
    const pending = run(untilAborted(), { timeoutMs: 1_500 });
    await clock.advanceBy(1_499);
    await clock.advanceBy(1);
    expect(await pending).toEqual({ kind: 'failure', message: 'probe timed out after 1.5s', attempts: 1 });
  });

  test('its reason says what happened', async () => {
    let reason: unknown;
    const pending = run((_, signal) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return new Promise(() => {});
    });
    await clock.advanceBy(2_000);
    await pending;
    expect(hasCode(reason, 'DEADLINE_EXCEEDED')).toBe(true);
    expect(String(reason)).toContain('probe timed out after 1s');
  });

  test('an error that wraps the reason is a failure too', async () => {
    const pending = run(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted', { cause: signal.reason })));
        }),
    );
    await clock.advanceBy(1_000);
    expect(await pending).toMatchObject({ kind: 'failure', message: 'probe timed out after 1s' });
  });

  test('an attempt that pays no attention is a failure one second later', async () => {
    let isSettled = false;
    const pending = run(() => new Promise(() => {})).finally(() => {
      isSettled = true;
    });
    await clock.advanceBy(1_999);
    expect(isSettled).toBe(false);
    await clock.advanceBy(1);
    expect(await pending).toEqual({ kind: 'failure', message: 'probe timed out after 1s', attempts: 1 });
  });

  test('any other rejection after it is an error, and tried again with a deadline of its own', async () => {
    const pending = run(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('no such container')));
        }),
    );
    await clock.advanceBy(3_000);
    expect(await pending).toEqual({ kind: 'error', message: 'no such container', attempts: 3 });
  });

  const lateAnswers: readonly { name: string; answer: ProbeResult; message: string }[] = [
    {
      name: 'a late success is a failure',
      answer: { outcome: 'success', message: 'pong' },
      message: 'probe timed out after 1s',
    },
    {
      name: 'a late failure keeps its own words',
      answer: { outcome: 'failure', message: 'command timed out: "sleep 9" timed out after 1s' },
      message: 'command timed out: "sleep 9" timed out after 1s',
    },
    {
      name: 'a late failure without words gets them',
      answer: { outcome: 'failure', message: '' },
      message: 'probe timed out after 1s',
    },
  ];
  test.each(lateAnswers)('$name', async ({ answer, message }) => {
    const pending = run(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(answer));
        }),
    );
    await clock.advanceBy(1_000);
    expect(await pending).toEqual({ kind: 'failure', message, attempts: 1 });
  });
});

describe('a deadline that the agent itself missed', () => {
  test('voids the result: an error, and not tried again', async () => {
    const late = new LateClock(1_200);
    let calls = 0;
    const pending = run(
      (_, signal) => {
        calls += 1;
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
      { clock: late },
    );
    await late.advanceBy(2_200);
    expect(await pending).toEqual({
      kind: 'error',
      message: 'probe timed out after 1s, but the agent itself was 1.2s late: result void',
      attempts: 1,
    });
    expect(calls).toBe(1);
  });

  test('voids also what an attempt says afterwards', async () => {
    const late = new LateClock(300);
    const pending = run(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ outcome: 'failure', message: 'timed out' }));
        }),
      { clock: late },
    );
    await late.advanceBy(1_300);
    expect(await pending).toMatchObject({ kind: 'error', attempts: 1 });
  });

  test('by up to 250 ms is the usual imprecision of timers', async () => {
    const late = new LateClock(250);
    const pending = run(() => new Promise(() => {}), { clock: late });
    await late.advanceBy(5_000);
    expect(await pending).toMatchObject({ kind: 'failure' });
  });
});

describe('an abort from outside', () => {
  test('rejects at once with its reason and reaches the attempt', async () => {
    const controller = new AbortController();
    let seen: unknown;
    const pending = run(
      (_, signal) => {
        signal.addEventListener('abort', () => {
          seen = signal.reason;
        });
        return new Promise(() => {});
      },
      { signal: controller.signal },
    );
    controller.abort(new Error('container stopped'));
    await expect(pending).rejects.toThrow('container stopped');
    expect(seen).toEqual(new Error('container stopped'));
  });

  test('before it begins calls no prober', async () => {
    let calls = 0;
    const pending = run(
      async () => {
        calls += 1;
        return { outcome: 'success', message: '' };
      },
      { signal: AbortSignal.abort(new Error('too late')) },
    );
    await expect(pending).rejects.toThrow('too late');
    expect(calls).toBe(0);
  });

  test('between two attempts stops the retries', async () => {
    const controller = new AbortController();
    let calls = 0;
    const pending = run(
      async () => {
        calls += 1;
        controller.abort(new Error('stop'));
        throw new Error('broken');
      },
      { signal: controller.signal },
    );
    await expect(pending).rejects.toThrow('stop');
    await clock.advanceBy(10_000);
    expect(calls).toBe(1);
  });

  test('is no reason to complain about what the attempt does later', async () => {
    const controller = new AbortController();
    const pending = run(untilAborted(), { signal: controller.signal });
    controller.abort(new Error('stop'));
    await expect(pending).rejects.toThrow('stop');
    await clock.advanceBy(10);
  });
});

describe('a prober that hangs for ever', () => {
  test('is not called again once three attempts hang, until one of them settles', async () => {
    const releases: (() => void)[] = [];
    const attempt: ProbeAttempt = () =>
      new Promise((resolve) => {
        releases.push(() => resolve({ outcome: 'success', message: '' }));
      });
    const probe = async () => {
      const pending = run(attempt);
      await clock.advanceBy(2_000);
      return await pending;
    };
    for (let i = 0; i < 3; i += 1) await probe();
    expect(await probe()).toEqual({
      kind: 'failure',
      message: 'probe timed out: 3 earlier attempts of prober "redisPing" still hang',
      attempts: 1,
    });
    expect(releases).toHaveLength(3);
    releases[0]?.();
    await clock.advanceBy(0);
    await probe();
    expect(releases).toHaveLength(4);
  });

  test('is called again after a minute, then after twice as long each time, and goes on once it answers', async () => {
    let isWell = false;
    let calls = 0;
    const attempt: ProbeAttempt = () => {
      calls += 1;
      return isWell ? Promise.resolve({ outcome: 'success', message: '' }) : new Promise(() => {});
    };
    const callsWithin = async (ms: number) => {
      const before = calls;
      for (const endMs = clock.now() + ms; clock.now() < endMs; ) {
        const pending = run(attempt);
        await clock.advanceBy(5_000);
        await pending;
      }
      return calls - before;
    };
    expect(await callsWithin(60_000)).toBe(3);
    expect(await callsWithin(60_000)).toBe(1);
    expect(await callsWithin(120_000)).toBe(1);
    expect(await callsWithin(24 * 3_600_000)).toBeLessThan(32);
    isWell = true;
    await callsWithin(3_700_000);
    expect(await callsWithin(60_000)).toBe(12);
  });
});
