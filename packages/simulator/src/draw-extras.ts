/** What goes wrong seldom, and beside what else does: drawn apart, so that it changes nothing about the rest of a plan. */

import type { SeededRandom } from '@mooring/core/testing';
import type { Scenery } from './draw-faults.ts';
import type { Step } from './plan.ts';

export function drawExtras(random: SeededRandom, scenery: Scenery): readonly Step[] {
  const atMs = () => random.int(0, scenery.untilMs);
  const { nodes, processes } = scenery;
  const steps: Step[] = [];
  if (random.chance(0.15)) {
    const forMs = random.pick([10_000, 60_000, 120_000]);
    steps.push({ atMs: atMs(), act: 'rival', node: random.pick(nodes), forMs });
  }
  if (random.chance(0.15)) {
    // The disk of the store, so everybody notices.
    const [fromMs, forMs] = [atMs(), random.int(1000, 60_000)];
    for (const node of processes)
      steps.push({ atMs: fromMs, act: 'store-fault', node, fault: 'disk-full', share: 1, forMs });
  }
  if (random.chance(0.05)) steps.push({ atMs: atMs(), act: 'oversize', name: 'large' });
  return [...steps, ...drawDebuggers(random.fork('debuggers'), scenery)];
}

const debuggers = ['debug0', 'debug1'];
const debuggerImages = ['svc:1', 'job:1', 'flaky:1', 'broken:1', 'far:1'];

function drawDebuggers(random: SeededRandom, { pods, untilMs }: Scenery): readonly Step[] {
  return debuggers
    .filter(() => random.chance(0.3))
    .map((container) => {
      const image = random.pick(debuggerImages);
      return { atMs: random.int(0, untilMs), act: 'debug', pod: random.pick(pods), container, image };
    });
}
