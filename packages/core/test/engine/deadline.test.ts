import { describe, expect, it } from 'vitest';
import { abortable, onAbort, sleep } from '../../src/engine/abortable.ts';
import { deadlineSignal, withDeadline } from '../../src/engine/deadline.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const never = new Promise<never>(() => {});

describe('withDeadline', () => {
  it('gives what the work gives, and leaves no timer behind', async () => {
    const clock = new TestClock();
    await expect(withDeadline(clock, 1000, undefined, 'list', async () => 42)).resolves.toBe(42);
    expect(clock.pending).toBe(0);
  });

  it('names the work that took too long, even when it pays no attention to its signal', async () => {
    const clock = new TestClock();
    const result = withDeadline(clock, 1000, undefined, 'list containers', () => never);
    result.catch(() => {});
    await clock.advanceBy(1000);
    await expect(result).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: 'list containers did not finish within 1000 ms',
    });
  });

  it('aborts the signal of the work at the deadline', async () => {
    const clock = new TestClock();
    let seen: unknown;
    const result = withDeadline(clock, 10, undefined, 'x', (signal) => {
      onAbort(signal, () => {
        seen = signal.reason;
      });
      return never;
    });
    result.catch(() => {});
    await clock.advanceBy(10);
    expect(seen).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it("rejects with the parent's reason when the parent aborts, before or during the work", async () => {
    const clock = new TestClock();
    const parent = new AbortController();
    const during = withDeadline(clock, 1000, parent.signal, 'x', () => never);
    parent.abort(new Error('shutting down'));
    await expect(during).rejects.toThrow('shutting down');
    let ran = false;
    const after = withDeadline(clock, 1000, parent.signal, 'x', async () => {
      ran = true;
    });
    await expect(after).rejects.toThrow('shutting down');
    expect(ran).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('passes on a rejection and a synchronous throw of the work', async () => {
    const clock = new TestClock();
    const boom = () => {
      throw new Error('boom');
    };
    await expect(withDeadline(clock, 10, undefined, 'x', boom)).rejects.toThrow('boom');
    expect(clock.pending).toBe(0);
  });
});

describe('deadlineSignal', () => {
  it('does not abort once it is cleared', async () => {
    const clock = new TestClock();
    const parent = new AbortController();
    const deadline = deadlineSignal(clock, 10, parent.signal);
    deadline.clear();
    await clock.advanceBy(100);
    parent.abort();
    expect(deadline.signal.aborted).toBe(false);
  });

  it('is aborted from the start when its parent is', () => {
    const clock = new TestClock();
    const reason = new Error('gone');
    const deadline = deadlineSignal(clock, 10, AbortSignal.abort(reason));
    expect(deadline.signal.reason).toBe(reason);
    expect(clock.pending).toBe(0);
  });
});

describe('abortable and sleep', () => {
  it('sleeps for the time given', async () => {
    const clock = new TestClock();
    let woke = false;
    void sleep(clock, 500).then(() => {
      woke = true;
    });
    await clock.advanceBy(499);
    expect(woke).toBe(false);
    await clock.advanceBy(1);
    expect(woke).toBe(true);
  });

  it('stops sleeping and disarms its timer when the signal aborts', async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const result = sleep(clock, 500, controller.signal);
    controller.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
    await expect(sleep(clock, 500, controller.signal)).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });

  it('rejects at once for a signal that has aborted, and swallows what the promise does later', async () => {
    const late = Promise.reject(new Error('late'));
    await expect(abortable(late, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
