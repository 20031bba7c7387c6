/** A plan that breaks the same law with fewer steps: what is left out had nothing to do with it. */

import type { Plan, Step } from './plan.ts';
import type { Simulation } from './simulate.ts';

/** `play` at most `runsMax` times. Gives back the smallest that was found, played. */
export async function shrink(
  found: Simulation,
  play: (plan: Plan) => Promise<Simulation>,
  runsMax = 200,
): Promise<Simulation> {
  const law = found.violations[0]?.law;
  let smallest = found;
  let runs = 0;
  for (let size = Math.ceil(found.plan.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    let from = 0;
    while (from < smallest.plan.steps.length && runs < runsMax) {
      runs += 1;
      const tried = await play({ ...smallest.plan, steps: without(smallest.plan.steps, from, size) });
      if (tried.violations[0]?.law === law) smallest = tried;
      else from += size;
    }
  }
  return smallest;
}

function without(steps: readonly Step[], from: number, count: number): readonly Step[] {
  return [...steps.slice(0, from), ...steps.slice(from + count)];
}
