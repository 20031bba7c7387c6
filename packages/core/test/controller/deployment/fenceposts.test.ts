import { describe, expect, it } from 'vitest';
import { fencepostsOf, resolveFenceposts } from '../../../src/controller/deployment/fenceposts.ts';
import { deployment } from './builders.ts';

describe('fenceposts', () => {
  it.each([
    [1, 1, 0],
    [2, 1, 0],
    [3, 1, 0],
    [4, 1, 1],
    [10, 3, 2],
    [15, 4, 3],
    [100, 25, 25],
  ])('of %d replicas at 25%%: %d too many, %d too few', (replicas, maxSurge, maxUnavailable) => {
    expect(fencepostsOf(deployment({ replicas }))).toEqual({ maxSurge, maxUnavailable });
  });

  it.each([
    { maxSurge: 0, maxUnavailable: 0, want: { maxSurge: 0, maxUnavailable: 1 } },
    { maxSurge: '0%', maxUnavailable: '9%', want: { maxSurge: 0, maxUnavailable: 1 } },
    { maxSurge: '1%', maxUnavailable: 0, want: { maxSurge: 1, maxUnavailable: 0 } },
    { maxSurge: '250%', maxUnavailable: '100%', want: { maxSurge: 25, maxUnavailable: 10 } },
  ])('of 10 replicas with $maxSurge and $maxUnavailable', ({ want, ...given }) => {
    expect(resolveFenceposts(given, 10)).toEqual(want);
  });

  it('are never more unavailable than there are to be, and none at all with Recreate', () => {
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 10 };
    expect(fencepostsOf(deployment({ replicas: 5, strategy: { rollingUpdate } })).maxUnavailable).toBe(5);
    expect(fencepostsOf(deployment({ replicas: 0 }))).toEqual({ maxSurge: 0, maxUnavailable: 0 });
    expect(fencepostsOf(deployment({ replicas: 5, strategy: { type: 'Recreate' } }))).toEqual({
      maxSurge: 0,
      maxUnavailable: 0,
    });
  });

  it.each(['5', '5 %', '-1%', 'some'])('refuse %j by its path', (maxSurge) => {
    expect(() => resolveFenceposts({ maxSurge }, 10)).toThrow(
      `spec.strategy.rollingUpdate.maxSurge: "${maxSurge}" must be a number or a percentage`,
    );
  });
});
