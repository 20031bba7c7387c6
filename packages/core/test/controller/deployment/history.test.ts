import { describe, expect, it } from 'vitest';
import { expiredHistory } from '../../../src/controller/deployment/history.ts';
import { deployment, type ReplicaSetOptions, replicaSet } from './builders.ts';

const empty: ReplicaSetOptions = { replicas: 0 };

describe('the history beyond the limit', () => {
  it.each<[string, number | undefined, readonly ReplicaSetOptions[], readonly string[]]>([
    [
      'begins with the lowest revisions',
      1,
      [
        { ...empty, revision: 3 },
        { ...empty, revision: 1 },
        { ...empty, revision: 2 },
      ],
      ['rs-1', 'rs-2'],
    ],
    ['begins with the oldest where revisions are equal', 1, [{ ...empty, createdAt: 5 }, empty], ['rs-1']],
    ['may be everything', 0, [empty, empty], ['rs-0', 'rs-1']],
    ['begins after ten when nothing is said', undefined, Array(12).fill(empty), ['rs-0', 'rs-1']],
    ['never begins without a limit', 2_147_483_647, Array(12).fill(empty), []],
    ['spares what has pods, or wants some', 0, [{ replicas: 1 }, { ...empty, status: { replicas: 1 } }], []],
    ['spares what has not been seen to be empty', 0, [{ ...empty, status: { observedGeneration: 0 } }], []],
  ])('%s', (_, revisionHistoryLimit, old, want) => {
    const expired = expiredHistory({
      deployment: deployment(revisionHistoryLimit === undefined ? {} : { revisionHistoryLimit }),
      newReplicaSet: replicaSet({ name: 'new' }),
      oldReplicaSets: old.map((one, i) => replicaSet({ name: `rs-${i}`, ...one })),
    });
    expect(expired.map(({ metadata }) => metadata.name)).toEqual(want);
  });

  it('does not count what is being deleted already', () => {
    const going = replicaSet({ name: 'going', replicas: 0 });
    const metadata = { ...going.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    const oldReplicaSets = [{ ...going, metadata }, replicaSet({ name: 'kept', replicas: 0 })];
    const rollout = {
      deployment: deployment({ revisionHistoryLimit: 1 }),
      newReplicaSet: undefined,
      oldReplicaSets,
    };
    expect(expiredHistory(rollout)).toEqual([]);
  });
});
