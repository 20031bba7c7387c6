/**
 * `npm run simulate -- [--seed N | --seeds A..B] [--steps M] [--lines L]`: plays seeds, or the first steps of them, and says
 * what they found. A single one that breaks a law is cut down and told. Ends with 1 when a law is broken.
 */

import { drawPlan, report, simulate } from '../packages/simulator/src/index.ts';
import { optionsOf } from './options.ts';

const { values } = optionsOf({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1..200' },
    lines: { type: 'string', default: '0' },
    steps: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const [from = 1, to = from] = values.seeds.split('..').map(Number);
const seeds =
  values.seed !== undefined
    ? [values.seed]
    : Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
let broken = 0;
const beganCPU = process.cpuUsage();
for (const seed of seeds) {
  const plan = drawPlan(seed);
  const stepsMax = values.steps === undefined ? plan.steps.length : Number(values.steps);
  const simulation = await simulate({ ...plan, steps: plan.steps.slice(0, stepsMax) });
  if (Number(values.lines) > 0) console.log(simulation.tail(Number(values.lines)).join('\n'));
  if (seeds.length === 1)
    console.log(`seed ${seed}: ${simulation.lines.length} lines, trace ${simulation.hash}`);
  const [violation] = simulation.violations;
  if (violation === undefined) continue;
  broken += 1;
  console.log(`seed ${seed}: ${violation.law}: ${violation.words.slice(0, 400)}`);
  if (values.seed !== undefined && !values.quick) console.log(await report(simulation));
}
const { user, system } = process.cpuUsage(beganCPU);
console.log(`${seeds.length} seeds, ${broken} broke a law, ${((user + system) / 1e6).toFixed(1)} s of CPU`);
process.exitCode = broken === 0 ? 0 : 1;
