import { describe, expect, it } from 'vitest';
import { parseTime } from '../../src/api/meta.ts';
import type { Pod, PodStatus } from '../../src/api/pod.ts';
import { withPodCondition } from '../../src/api/pod-condition.ts';

const at = (time: string) => parseTime(time) ?? 0;
const [earlier, later] = ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'];

function podWith(status: PodStatus | undefined, generation = 1): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', generation },
    spec: { containers: [] },
    ...(status && { status }),
  };
}

describe('a condition', () => {
  const failing = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'why' } as const;

  it('is put on a pod that has no status, which is pending then', () => {
    expect(withPodCondition(podWith(undefined), failing, at(earlier))).toEqual({
      phase: 'Pending',
      conditions: [{ ...failing, lastProbeTime: null, lastTransitionTime: earlier, observedGeneration: 1 }],
    });
  });

  it('takes the place of the one of its type, beside all others', () => {
    const other = { type: 'Ready', status: 'True' } as const;
    const before = withPodCondition(podWith({ phase: 'Running', conditions: [other] }), failing, at(earlier));
    const after = withPodCondition(podWith(before), { type: 'PodScheduled', status: 'True' }, at(later));
    expect(after).toMatchObject({
      phase: 'Running',
      conditions: [other, { type: 'PodScheduled', status: 'True', lastTransitionTime: later }],
    });
    expect(after.conditions?.[1]).not.toHaveProperty('reason');
  });

  it('keeps its time of transition as long as its status stays', () => {
    const before = withPodCondition(podWith(undefined), failing, at(earlier));
    const after = withPodCondition(podWith(before), { ...failing, message: 'still' }, at(later));
    expect(after.conditions).toMatchObject([{ message: 'still', lastTransitionTime: earlier }]);
  });

  it('that says the same changes nothing, but for a new generation', () => {
    const before = withPodCondition(podWith(undefined), failing, at(earlier));
    expect(withPodCondition(podWith(before), failing, at(later))).toBe(before);
    const after = withPodCondition(podWith(before, 2), failing, at(later));
    expect(after.conditions).toMatchObject([{ observedGeneration: 2, lastTransitionTime: earlier }]);
  });
});
