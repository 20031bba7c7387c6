import { describe, expect, it } from 'vitest';
import { formatTime } from '../../../src/api/meta.ts';
import type { Pod } from '../../../src/api/pod.ts';
import { isAvailable, nextAvailabilityMs } from '../../../src/controller/replication/pod-availability.ts';

const nowMs = Date.UTC(2026, 0, 1);

/** Ready for so many seconds; `undefined`: ready, and nobody knows since when. */
function ready(forS: number | undefined): Pick<Pod, 'status'> {
  const since = forS === undefined ? {} : { lastTransitionTime: formatTime(nowMs - forS * 1000) };
  return { status: { conditions: [{ type: 'Ready', status: 'True', ...since }] } };
}
const unready: Pick<Pod, 'status'> = { status: { conditions: [{ type: 'Ready', status: 'False' }] } };

describe('a pod is available', () => {
  it.each([
    { name: 'as soon as it is ready', pod: ready(0), minReadySeconds: 0, want: true },
    { name: 'even if nobody knows since when', pod: ready(undefined), minReadySeconds: 0, want: true },
    { name: 'not while it is not ready', pod: unready, minReadySeconds: 0, want: false },
    { name: 'not without a status', pod: {}, minReadySeconds: 0, want: false },
    { name: 'not a second too early', pod: ready(9), minReadySeconds: 10, want: false },
    { name: 'at the very moment', pod: ready(10), minReadySeconds: 10, want: true },
    { name: 'not when nobody knows since when', pod: ready(undefined), minReadySeconds: 10, want: false },
  ])('$name', ({ pod, minReadySeconds, want }) => {
    expect(isAvailable(pod, minReadySeconds, nowMs)).toBe(want);
  });
});

describe('the next pod becomes available', () => {
  it.each([
    { name: 'never, of none', pods: [], want: undefined },
    { name: 'never, when none is ready', pods: [unready], want: undefined },
    { name: 'never, when all are', pods: [ready(10), ready(99)], want: undefined },
    { name: 'when the first of them does', pods: [ready(3), ready(7), ready(99)], want: 3000 },
    {
      name: 'within the whole time, when nobody knows since when it is ready',
      pods: [ready(undefined)],
      want: 10_000,
    },
  ])('$name', ({ pods, want }) => {
    expect(nextAvailabilityMs(pods, 10, nowMs)).toBe(want);
  });
});
