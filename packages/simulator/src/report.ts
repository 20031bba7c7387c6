/** What is said of a simulation that broke a law: how to play it again, the steps that matter, and what came last. */

import { formatStep } from './plan.ts';
import { shrink } from './shrink.ts';
import { type Simulation, type SimulationOptions, simulate } from './simulate.ts';

const linesMax = 40;

export async function report(found: Simulation, options: SimulationOptions = {}): Promise<string> {
  const { plan, violations } = found;
  const smallest = await shrink(found, (smaller) => simulate(smaller, options));
  return [
    `seed ${plan.seed} breaks the law ${violations[0]?.law}: ${violations[0]?.words}`,
    `Play it again: SIM_SEED=${plan.seed} npx vitest run test/simulation.test.ts`,
    `${smallest.plan.steps.length} of its ${plan.steps.length} steps are enough:`,
    ...smallest.plan.steps.map(formatStep),
    `The last ${linesMax} lines before it:`,
    ...smallest.tail(linesMax),
  ].join('\n');
}
