import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import { fencepostsOf } from '../../../src/controller/deployment/fenceposts.ts';
import { running } from './deployment-world.ts';

interface Change {
  readonly image: string;
  /** What passes before the next change, in seconds. */
  readonly after: number;
}

const bad = 'web:bad';
const change: fc.Arbitrary<Change> = fc.record({
  image: fc.constantFrom('web:1', 'web:2', 'web:3', bad),
  after: fc.integer({ min: 0, max: 12 }),
});
const post = fc.oneof(
  fc.nat(4),
  fc.nat(100).map((percent) => `${percent}%`),
);

describe('rollouts, whatever comes in between', () => {
  it('never want more pods than the surge allows, never have fewer ready than must be, and come to an end', async () => {
    const given = [
      fc.integer({ min: 1, max: 8 }),
      post,
      post,
      fc.array(change, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(500, 1500, 4000),
    ] as const;
    await fc.assert(
      fc.asyncProperty(...given, async (replicas, maxSurge, maxUnavailable, changes, readyMs) => {
        const strategy = { rollingUpdate: { maxSurge, maxUnavailable } };
        const isBroken = (image: string) => image === bad;
        await using world = await running({ replicas, strategy }, { readyMs, endMs: 2000, isBroken });
        const fenceposts = fencepostsOf(await world.deployment());
        const extremes = world.extremes();
        for (const { image, after } of changes) {
          await world.change({ image });
          await world.pass(after);
        }
        await world.change({ image: 'web:last' });
        await world.pass(120);
        expect(extremes.wantedMax).toBeLessThanOrEqual(replicas + fenceposts.maxSurge);
        expect(extremes.readyMin).toBeGreaterThanOrEqual(replicas - fenceposts.maxUnavailable);
        expect((await world.pods()).ready).toEqual({ 'web:last': replicas });
        expect(await world.progress()).toBe('NewReplicaSetAvailable');
        expect(world.rig.errors).toEqual([]);
      }),
      { numRuns: 8 },
    );
  }, 120_000);
});
