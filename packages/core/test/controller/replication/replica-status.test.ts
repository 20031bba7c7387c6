import { describe, expect, it } from 'vitest';
import { formatTime } from '../../../src/api/meta.ts';
import type { Pod } from '../../../src/api/pod.ts';
import { replicaStatus } from '../../../src/controller/replication/replica-status.ts';
import { pod, replicaSet, template } from './sets.ts';

const nowMs = Date.UTC(2026, 0, 1);
const now = formatTime(nowMs);

function ready(name: string, labels: Record<string, string>, forS = 0): Pod {
  const lastTransitionTime = formatTime(nowMs - forS * 1000);
  return {
    ...pod(name, labels),
    status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] },
  };
}

function statusOf(
  pods: readonly Pod[],
  facts: Partial<Parameters<typeof replicaStatus>[0]> = {},
  previous: Parameters<typeof replicaStatus>[1] = undefined,
) {
  const set = replicaSet({ template: template({ app: 'web', tier: 'front' }), minReadySeconds: 10 });
  const acted = { ...set, metadata: { ...set.metadata, generation: 4 } } as Parameters<
    typeof replicaStatus
  >[0]['set'];
  return replicaStatus({ set: acted, pods, nowMs, ...facts }, previous);
}

describe('the status of a set', () => {
  it('counts its pods', () => {
    const full = { app: 'web', tier: 'front', more: 'labels' };
    const pods = [
      pod('pending', full),
      ready('relabelled', { app: 'web' }),
      ready('old', full, 10),
      ready('new', full, 9),
    ];
    expect(statusOf(pods)).toEqual({
      replicas: 4,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 1,
      observedGeneration: 4,
    });
  });

  it('counts what is being deleted apart, where that is reported', () => {
    expect(statusOf([], { terminating: 2 })).toMatchObject({ replicas: 0, terminatingReplicas: 2 });
    expect(statusOf([])).not.toHaveProperty('terminatingReplicas');
  });

  it.each([
    { name: 'too few', pods: [], reason: 'FailedCreate' },
    { name: 'too many', pods: ['a', 'b', 'c', 'd'].map((name) => pod(name)), reason: 'FailedDelete' },
  ])('says that it failed to change the number of pods: $name', ({ pods, reason }) => {
    expect(statusOf(pods, { manageError: 'quota' }).conditions).toEqual([
      { type: 'ReplicaFailure', status: 'True', reason, message: 'quota', lastTransitionTime: now },
    ]);
  });

  const other = { type: 'Other', status: 'False' } as const;
  const failure = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: 'first',
  } as const;

  it('keeps the first words of a failure that goes on, and the conditions of others', () => {
    const previous = { replicas: 0, conditions: [other, failure] };
    expect(statusOf([], { manageError: 'second' }, previous).conditions).toEqual([other, failure]);
    expect(statusOf([], {}, previous).conditions).toEqual([other]);
    expect(statusOf([], {}, { replicas: 0, conditions: [failure] })).not.toHaveProperty('conditions');
  });

  it('says that pods keep failing while they do', () => {
    const podsFailing = {
      type: 'PodsFailing',
      status: 'True',
      reason: 'FailedBeforeReady',
      message: 'new',
    } as const;
    const previous = { replicas: 0, conditions: [{ ...podsFailing, message: 'old' }, other] };
    expect(statusOf([], { podsFailing }, previous).conditions).toEqual([other, podsFailing]);
    expect(statusOf([], {}, previous).conditions).toEqual([other]);
  });
});
