import { describe, expect, it } from 'vitest';
import type { Pod, Toleration } from '../../src/api/pod.ts';
import { createTolerationDefaults, type TolerationSeconds } from '../../src/cluster/default-tolerations.ts';

const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';

function added(key: string, tolerationSeconds = 300): Toleration {
  return { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds };
}

function tolerations(given: unknown, seconds?: TolerationSeconds): readonly Toleration[] | undefined {
  const spec = { containers: [], ...(given !== undefined && { tolerations: given }) };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec } as unknown as Pod;
  return createTolerationDefaults(seconds)(pod).spec.tolerations;
}

interface Row {
  readonly name: string;
  readonly given?: readonly Partial<Toleration>[];
  readonly want: readonly Partial<Toleration>[];
}

const other: Toleration = { key: 'full', operator: 'Exists' };

const rows: readonly Row[] = [
  { name: 'nothing gets both', want: [added(notReady), added(unreachable)] },
  { name: 'an empty list gets both', given: [], want: [added(notReady), added(unreachable)] },
  { name: 'something else gets both', given: [other], want: [other, added(notReady), added(unreachable)] },
  {
    name: 'one of them keeps its own time',
    given: [{ key: notReady, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }],
    want: [
      { key: notReady, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 },
      added(unreachable),
    ],
  },
  {
    name: 'every effect of one is that one',
    given: [{ key: unreachable, operator: 'Exists' }],
    want: [{ key: unreachable, operator: 'Exists' }, added(notReady)],
  },
  {
    name: 'another effect of one is not that one',
    given: [{ key: unreachable, operator: 'Exists', effect: 'NoSchedule' }],
    want: [
      { key: unreachable, operator: 'Exists', effect: 'NoSchedule' },
      added(notReady),
      added(unreachable),
    ],
  },
  { name: 'everything is both', given: [{ operator: 'Exists' }], want: [{ operator: 'Exists' }] },
  {
    name: 'every key of the effect is both',
    given: [{ operator: 'Exists', effect: 'NoExecute' }],
    want: [{ operator: 'Exists', effect: 'NoExecute' }],
  },
];

describe('tolerating', () => {
  it.each(rows)('$name', ({ given, want }) => {
    expect(tolerations(given)).toEqual(want);
  });

  it('lasts as long as the cluster says', () => {
    expect(tolerations(undefined, { notReady: 10, unreachable: 0 })).toEqual([
      added(notReady, 10),
      added(unreachable, 0),
    ]);
  });

  it('twice is once', () => {
    expect(tolerations(tolerations([other]))).toEqual(tolerations([other]));
  });

  it.each([['a word'], [{}], [7]])('of %j is left to validation', (given) => {
    expect(tolerations(given)).toEqual(given);
  });

  it.each([[undefined], [null], ['spec']])('in a spec of %j is left to validation', (spec) => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec } as unknown as Pod;
    expect(createTolerationDefaults()(pod)).toBe(pod);
  });
});
