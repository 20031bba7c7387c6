/** `npx tsx --conditions=@mooring/source test/simulation/main.ts [FIRST [LAST]]`: plays seeds and says what they found. */

import { drawPlan } from './draw-plan.ts';
import { simulate } from './simulate.ts';

const [first = '1', last = first, show = '0'] = process.argv.slice(2);
const counts = new Map<string, number[]>();
for (let seed = Number(first); seed <= Number(last); seed += 1) {
  const simulation = await simulate(drawPlan(seed));
  const violation = simulation.violations[0];
  if (Number(show) > 0) console.log(simulation.tail(Number(show)).join('\n'));
  if (violation === undefined) continue;
  console.log(`seed ${seed}: ${violation.law}: ${violation.words.slice(0, 300)}`);
  counts.set(violation.law, [...(counts.get(violation.law) ?? []), seed]);
}
for (const [law, seeds] of counts)
  console.log(`${law}: ${seeds.length} seeds: ${seeds.slice(0, 20).join(' ')}`);
