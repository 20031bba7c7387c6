import { expect, it } from 'vitest';
import { ExitTimes } from '../../../src/kubelet/container/exit-times.ts';
import { container, exited, startMs } from '../pod/pod-rig.ts';

const app = container('app');
const hourMs = 3_600_000;

function clockAt(sinceStartMs: number) {
  let [wallMs, monotonicMs] = [startMs + sinceStartMs, sinceStartMs];
  return {
    now: () => wallMs,
    monotonicMs: () => monotonicMs,
    pass(ms: number) {
      wallMs += ms;
      monotonicMs += ms;
    },
    set(byMs: number) {
      wallMs += byMs;
    },
  };
}

it('turns the wall time of an end into that of the monotonic clock', () => {
  const dead = exited(app, 0, { finishedAtMs: startMs + 7 });
  expect(new ExitTimes(clockAt(10)).monotonicMs(dead)).toBe(7);
});

it.each([hourMs, -hourMs])('says the same after the clock was set by %i ms', (byMs) => {
  const clock = clockAt(10);
  const exits = new ExitTimes(clock);
  const dead = exited(app, 0, { finishedAtMs: startMs + 7 });
  exits.monotonicMs(dead);
  clock.pass(5000);
  clock.set(byMs);
  expect(exits.monotonicMs(dead)).toBe(7);
});

it('has no end in the future', () => {
  const dead = exited(app, 0, { finishedAtMs: startMs + hourMs });
  expect(new ExitTimes(clockAt(10)).monotonicMs(dead)).toBe(10);
});

it('is the start when the runtime lost the time of the end', () => {
  const { finishedAtMs: _, ...dead } = exited(app, 1, { startedAtMs: startMs + 3 });
  expect(new ExitTimes(clockAt(10)).monotonicMs(dead)).toBe(3);
});
