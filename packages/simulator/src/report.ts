/** What is said of a simulation that broke a law: how to play it again, the steps that matter, and what came last. */

import { shrink } from './shrink.ts';
import { type Simulation, type SimulationOptions, simulate } from './simulate.ts';
import { linesOf, tellStep } from './story.ts';

const linesMax = 40;

/**
 * The story of a simulation that broke a law, cut down to the least that still breaks it. It plays many smaller ones
 * for that.
 */
export async function report(found: Simulation, options: SimulationOptions = {}): Promise<string> {
  const { plan, violations } = found;
  const smallest = await shrink(found, (smaller) => simulate(smaller, options));
  const { nodes, controllers = [] } = smallest.plan;
  const [violation] = smallest.violations;
  return [
    `seed ${plan.seed} breaks the law ${violations[0]?.law}: ${violations[0]?.words}`,
    `Play it again: npm run simulate -- --seed ${plan.seed}`,
    `${smallest.plan.steps.length} of its ${plan.steps.length} steps are enough, with the nodes ${nodes.join(', ')}${
      controllers.length > 0 ? ` and the controllers ${controllers.join(', ')}` : ''
    }:`,
    ...smallest.plan.steps.map((step) => `  ${tellStep(step)}`),
    'What came of it:',
    ...(violation === undefined ? [] : linesOf(smallest.lines, violation, linesMax)).map(
      (line) => `  ${line}`,
    ),
  ].join('\n');
}
