/** A share of the standard seeds: they are divided over several files, so that several of them are played at once. */

import { describe, expect, test } from 'vitest';
import { drawPlan, report, type Simulation, simulate } from '../../packages/simulator/src/index.ts';

/** `SIM_SEED=42` plays one seed and shrinks what it finds; `SIM_SEEDS=5000` plays so many. */
const { SIM_SEED, SIM_SEEDS = '200' } = process.env;
const shares = 4;
const seedsPerTest = 10;
const msMax = 240_000;

/** `share`: 1 to 4. */
export function playSeeds(share: number): void {
  if (SIM_SEED !== undefined) {
    test.runIf(share === 1)(`seed ${SIM_SEED} keeps every law`, () => keepsEveryLaw(SIM_SEED), 600_000);
    return;
  }
  const perShare = Math.ceil(Number(SIM_SEEDS) / shares);
  const [first, end] = [(share - 1) * perShare + 1, Math.min(share * perShare, Number(SIM_SEEDS)) + 1];
  describe('a simulated cluster', () => {
    test.each(range(first, end, seedsPerTest))(
      'keeps every law, seed %i and those that follow',
      async (from) => {
        for (const seed of range(from, Math.min(from + seedsPerTest, end))) await keepsEveryLaw(seed);
      },
      msMax,
    );

    test(
      `does the same twice: seed ${first}`,
      async () => {
        const [once, again] = [await simulate(drawPlan(first)), await simulate(drawPlan(first))];
        expect(again.lines).toEqual(once.lines);
        expect(again.hash).toBe(once.hash);
      },
      msMax,
    );
  });
}

async function keepsEveryLaw(seed: string | number): Promise<void> {
  const simulation: Simulation = await simulate(drawPlan(seed));
  if (simulation.violations.length > 0) expect.fail(await report(simulation));
}

function range(from: number, end: number, step = 1): readonly number[] {
  return Array.from({ length: Math.max(0, Math.ceil((end - from) / step)) }, (_, i) => from + i * step);
}
