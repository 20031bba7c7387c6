/** Draws a whole plan from a seed. */

import type { Pod } from '@mooring/core';
import { SeededRandom } from '@mooring/core/testing';
import { drawClusterPlan } from './draw-cluster.ts';
import { drawExtras } from './draw-extras.ts';
import { drawFaults, drawQuiet } from './draw-faults.ts';
import { drawPod, otherImages } from './draw-pod.ts';
import type { Plan, Step, WorkloadAct } from './plan.ts';
import { withSecret } from './secret-law.ts';

/** How long things go wrong. */
const healAtMs = 160_000;

/** Of a node or two that are alone with their pods, or of a whole cluster. */
export function drawPlan(seed: string | number): Plan {
  const random = new SeededRandom(seed);
  const plan = random.chance(0.5) ? drawClusterPlan(random) : drawNodePlan(random);
  const hasSecret = random.fork('secret').chance(0.15);
  return hasSecret ? { ...plan, hasSecret, steps: withSecret(plan.steps) } : plan;
}

function drawNodePlan(random: SeededRandom): Plan {
  const nodes = random.chance(0.3) ? ['a', 'b'] : ['a'];
  const scenery = { nodes, processes: nodes, pods: names, untilMs: healAtMs - 1000 };
  const steps = [
    ...drawWorkload(random.fork('workload'), nodes),
    ...drawFaults(random.fork('faults'), scenery),
    ...drawExtras(random.fork('extras'), scenery),
  ];
  return {
    seed: random.seed,
    nodes,
    healAtMs,
    quietMs: drawQuiet(random),
    steps: steps.sort((a, b) => a.atMs - b.atMs),
  };
}

/** Names are used again, so that a pod may meet what is left of its predecessor. */
const names = ['p0', 'p1', 'p2', 'p3'];

function drawWorkload(random: SeededRandom, nodes: readonly string[]): readonly Step[] {
  const steps: Step[] = [];
  for (const name of names.slice(0, random.int(1, names.length))) {
    let atMs = random.int(0, 40_000);
    do {
      const pod = drawPod(random, name, nodes);
      steps.push({ atMs, act: 'create', pod });
      const endMs = atMs + random.int(100, 110_000);
      for (const act of drawChanges(random, pod)) steps.push({ atMs: random.int(atMs, endMs), ...act });
      atMs = random.chance(0.6) ? drawDeletion(random, name, endMs, steps) : healAtMs;
    } while (atMs < healAtMs - 40_000 && random.chance(0.5));
  }
  return steps;
}

function drawChanges(random: SeededRandom, pod: Pod): readonly WorkloadAct[] {
  const name = pod.metadata.name ?? '';
  const acts: WorkloadAct[] = [];
  if (random.chance(0.3)) acts.push({ act: 'relabel', pod: name });
  if (random.chance(0.25)) {
    const container = random.pick([...pod.spec.containers, ...(pod.spec.initContainers ?? [])]);
    const image = random.pick(otherImages(container.image));
    acts.push({ act: 'set-image', pod: name, container: container.name, image });
  }
  return acts;
}

/** Once, twice, shorter or by force. Gives back when the name may be used again. */
function drawDeletion(random: SeededRandom, pod: string, atMs: number, steps: Step[]): number {
  const first = random.pick([undefined, undefined, 0, 1, 5, 60]);
  steps.push({ atMs, act: 'delete', pod, ...(first !== undefined && { graceSeconds: first }) });
  let lastMs = atMs;
  while (random.chance(0.35)) {
    lastMs += random.int(0, 10_000);
    const graceSeconds = random.pick([undefined, 0, 1, 2, 30]);
    steps.push({ atMs: lastMs, act: 'delete', pod, ...(graceSeconds !== undefined && { graceSeconds }) });
  }
  return lastMs + random.int(0, 60_000);
}
