import { describe, expect, test } from 'vitest';
import type { PodStatus, TerminationRecord } from '../../../src/api/pod.ts';
import type { NodeContext, PodRecord } from '../../../src/kubelet/node-context.ts';
import { noteMissedEnds } from '../../../src/kubelet/pod/missed-ends.ts';
import { observationOf } from '../../../src/kubelet/pod/observation.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';
import { container, instance, pod } from './pod-rig.ts';

const app = container('app');
const dead = instance(app, { attempt: 2, state: 'exited', exitCode: 5 });
const running: PodStatus = {
  containerStatuses: [{ name: 'app', containerID: 'fake://app-2', state: { running: {} } }],
};
const shown = { exitCode: 5, reason: 'Error', containerID: 'fake://app-2' };
const recorded: TerminationRecord = {
  container: 'app',
  restartCount: 2,
  exitCode: 5,
  reason: 'Error',
  cause: 'seen',
  finishedAt: '2026-01-01T00:00:00Z',
};

function endsTold(
  found: typeof dead,
  status: PodStatus | undefined,
  terminations: readonly TerminationRecord[] = [],
) {
  const told: string[] = [];
  const node = {
    clock: new TestClock(),
    recordEvent: (_: unknown, { message }: { message: string }) => void told.push(message),
    publishFact: () => {},
  } as unknown as NodeContext;
  const record = { pod: { ...pod(), status }, status: undefined, terminations } as unknown as PodRecord;
  noteMissedEnds(node, record, observationOf([], [found]));
  return { told, restartCounts: record.terminations.map(({ restartCount }) => restartCount) };
}

describe('an end that came while nobody looked', () => {
  test('is told and recorded', () => {
    const { told, restartCounts } = endsTold(dead, running);
    expect([told.length, restartCounts]).toEqual([1, [2]]);
    expect(told[0]).toMatch(/^Container app exited with code 5/);
  });

  test.each<[string, PodStatus, readonly TerminationRecord[]]>([
    ['shown as its end', { containerStatuses: [{ name: 'app', state: { terminated: shown } }] }, []],
    [
      'shown as the last one before',
      { containerStatuses: [{ name: 'app', lastState: { terminated: shown } }] },
      [],
    ],
    ['recorded, and not shown yet', running, [recorded]],
  ])('is not told again when it is %s', (_, status, terminations) => {
    expect(endsTold(dead, status, terminations).told).toEqual([]);
  });

  test('is told although an earlier one is known', () => {
    const earlier = { ...shown, containerID: 'fake://app-1' };
    const status = { containerStatuses: [{ name: 'app', lastState: { terminated: earlier } }] };
    expect(endsTold(dead, status, [{ ...recorded, restartCount: 1 }]).told).toHaveLength(1);
  });

  test('is none when it runs', () => {
    expect(endsTold(instance(app, { attempt: 2 }), running).told).toEqual([]);
  });
});
