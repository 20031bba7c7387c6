/** Draws a whole plan from a seed. */

import type { Pod } from '@mooring/core';
import { SeededRandom } from '@mooring/core/testing';
import type { FakeEnd, FakeVerb } from '@mooring/runtime-fake';
import { drawPod, otherImages } from './draw-pod.ts';
import type { Act, ContainerAct, EngineAct, Plan, Step, WorkloadAct } from './plan.ts';

/** How long things go wrong. */
const healAtMs = 250_000;

export function drawPlan(seed: string | number): Plan {
  const random = new SeededRandom(seed);
  const nodes = random.chance(0.3) ? ['a', 'b'] : ['a'];
  const steps = [
    ...drawWorkload(random.fork('workload'), nodes),
    ...drawFaults(random.fork('faults'), nodes),
  ];
  return { seed: String(seed), nodes, healAtMs, steps: steps.sort((a, b) => a.atMs - b.atMs) };
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
      const endMs = atMs + random.int(100, 180_000);
      for (const act of drawChanges(random, pod)) steps.push({ atMs: random.int(atMs, endMs), ...act });
      atMs = random.chance(0.6) ? drawDeletion(random, name, endMs, steps) : healAtMs;
    } while (atMs < healAtMs - 60_000 && random.chance(0.5));
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

type DrawAct = (random: SeededRandom, nodes: readonly string[]) => Act;

/** Each plan knows a random half of them ("swarm"): what hides one fault behind another is missing in many plans. */
function drawFaults(random: SeededRandom, nodes: readonly string[]): readonly Step[] {
  const kinds = faultKinds.filter(() => random.chance(0.5));
  if (kinds.length === 0) return [];
  const count = random.int(0, 25);
  return Array.from({ length: count }, () => ({
    atMs: random.int(0, healAtMs - 1000),
    ...random.pick(kinds)(random, nodes),
  }));
}

const faultKinds: readonly DrawAct[] = [
  drawCrash,
  drawCrash,
  (random) => ({ act: 'vanish', ...drawContainer(random) }),
  (random) => ({ act: 'lose-sandbox', pod: random.pick(names) }),
  drawSickness,
  drawSickness,
  (random, nodes) => ({ act: 'reboot', node: random.pick(nodes) }),
  (random, nodes) => ({ act: 'break-engine', node: random.pick(nodes), forMs: drawSpan(random) }),
  (random, nodes) => ({ act: 'lose-events', node: random.pick(nodes), forMs: drawSpan(random) }),
  drawEngineFault,
  drawEngineFault,
  drawEngineFault,
  (random, nodes) => ({
    act: 'store-fault',
    node: random.pick(nodes),
    fault: random.pick(['conflict', 'lost-request', 'lost-reply', 'slow', 'stall'] as const),
    forMs: drawSpan(random),
    share: random.pick([0.2, 0.5, 1]),
  }),
  (random, nodes) => ({ act: 'break-watches', node: random.pick(nodes) }),
  drawAgentEnd('crash'),
  drawAgentEnd('crash'),
  drawAgentEnd('detach'),
  drawAgentEnd('close'),
];

function drawAgentEnd(how: 'crash' | 'detach' | 'close'): DrawAct {
  return (random, nodes) => ({
    act: 'end-agent',
    node: random.pick(nodes),
    how,
    downMs: random.pick([0, 100, 5000, 40_000]),
  });
}

function drawContainer(random: SeededRandom) {
  return {
    pod: random.pick(names),
    container: random.pick(['app0', 'app0', 'app1', 'init0', 'init1']),
  };
}

function drawCrash(random: SeededRandom): ContainerAct {
  const ends: readonly FakeEnd[] = [
    { exitCode: 0 },
    { exitCode: 1 },
    { exitCode: 137 },
    { signal: 'SIGSEGV' },
    { signal: 'SIGTERM' },
    { oomKilled: true },
  ];
  return { act: 'crash', ...drawContainer(random), end: random.pick(ends) };
}

function drawSickness(random: SeededRandom): ContainerAct {
  return {
    act: 'sicken',
    ...drawContainer(random),
    probe: random.pick(['liveness', 'readiness', 'startup'] as const),
    how: random.pick(['fails', 'fails', 'hangs'] as const),
    forMs: drawSpan(random),
  };
}

const faultyVerbs: readonly FakeVerb[] = [
  'ensureImage',
  'createSandbox',
  'removeSandbox',
  'listSandboxes',
  'createContainer',
  'startContainer',
  'stopContainer',
  'removeContainer',
  'inspectContainer',
  'listContainers',
  'events',
  'exec',
  'logs',
];

function drawEngineFault(random: SeededRandom, nodes: readonly string[]): EngineAct {
  const error = { code: 'RUNTIME_UNAVAILABLE', message: 'simulated' } as const;
  const fault = random.pick([
    { error },
    { error, delayMs: random.int(1, 20_000) },
    { hangs: true },
    { delayMs: random.int(1, 20_000) },
  ]);
  return {
    act: 'fault',
    node: random.pick(nodes),
    verb: random.pick(faultyVerbs),
    forMs: drawSpan(random),
    fault: {
      ...fault,
      ...(random.chance(0.5) && { afterEffect: true }),
      ...(random.chance(0.5) && { times: random.int(1, 3) }),
    },
  };
}

function drawSpan(random: SeededRandom): number {
  return random.pick([100, 3000, 15_000, 60_000, 120_000]) + random.int(0, 2000);
}
