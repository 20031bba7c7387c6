/** What goes wrong: faults of engines, processes and the connections between them. */

import type { SeededRandom } from '@mooring/core/testing';
import type { FakeEnd, FakeVerb } from '@mooring/runtime-fake';
import type { Act, AgentEnd, ContainerAct, EngineAct, ProcessAct, Step } from './plan.ts';

/** What there is to go wrong. */
export interface Scenery {
  readonly nodes: readonly string[];
  /** Nodes and controllers. */
  readonly processes: readonly string[];
  /** Names of pods, and of sets of pods. */
  readonly pods: readonly string[];
  readonly untilMs: number;
}

type DrawAct = (random: SeededRandom, scenery: Scenery) => Act;

/** Each plan knows a random half of them ("swarm"): what hides one fault behind another is missing in many plans. */
export function drawFaults(random: SeededRandom, scenery: Scenery): readonly Step[] {
  const kinds = faultKinds.filter(() => random.chance(0.5));
  if (kinds.length === 0) return [];
  const count = random.int(0, 25);
  return Array.from({ length: count }, () => ({
    atMs: random.int(0, scenery.untilMs),
    ...random.pick(kinds)(random, scenery),
  }));
}

const faultKinds: readonly DrawAct[] = [
  drawCrash,
  drawCrash,
  (random, scenery) => ({ act: 'vanish', ...drawContainer(random, scenery) }),
  (random, { pods }) => ({ act: 'lose-sandbox', pod: random.pick(pods) }),
  drawSickness,
  drawSickness,
  (random, { nodes }) => ({ act: 'reboot', node: random.pick(nodes) }),
  (random, { nodes }) => ({ act: 'break-engine', node: random.pick(nodes), forMs: drawSpan(random) }),
  (random, { nodes }) => ({ act: 'lose-events', node: random.pick(nodes), forMs: drawSpan(random) }),
  drawEngineFault,
  drawEngineFault,
  drawEngineFault,
  drawStoreFault,
  drawStoreFault,
  (random, { processes }) => ({ act: 'break-watches', node: random.pick(processes) }),
  drawAgentEnd('crash'),
  drawAgentEnd('crash'),
  drawAgentEnd('detach'),
  drawAgentEnd('close'),
  (random, { processes }) => ({
    act: 'cut-off',
    node: random.pick(processes),
    way: random.pick(['out', 'in', 'both', 'both'] as const),
    forMs: drawSpan(random),
  }),
  (random, { processes }) => ({ act: 'pause', node: random.pick(processes), forMs: drawSpan(random) }),
  (random, { processes }) => ({
    act: 'bus-fault',
    node: random.pick(processes),
    fault: random.pick(['drop', 'duplicate', 'delay'] as const),
    forMs: drawSpan(random),
    share: random.pick([0.1, 0.2, 1]),
  }),
  drawClockFault,
];

function drawStoreFault(random: SeededRandom, { processes }: Scenery): ProcessAct {
  const faults = [
    'conflict',
    'lost-request',
    'lost-reply',
    'slow',
    'late-effect',
    'stale',
    'full',
    'stall',
    'lag',
  ] as const;
  return {
    act: 'store-fault',
    node: random.pick(processes),
    fault: random.pick(faults),
    forMs: drawSpan(random),
    share: random.pick([0.2, 0.5, 1]),
  };
}

/** Leases allow for clocks that run at rates up to 15 percent apart. */
function drawClockFault(random: SeededRandom, { processes }: Scenery): ProcessAct {
  const node = random.pick(processes);
  if (random.chance(0.5)) return { act: 'drift', node, rate: random.pick([0.95, 0.98, 1.02, 1.05]) };
  return { act: 'set-clock', node, byMs: random.pick([-1, 1]) * random.pick([1000, 60_000, 3_600_000]) };
}

function drawAgentEnd(how: AgentEnd): DrawAct {
  return (random, { processes }) => ({
    act: 'end-agent',
    node: random.pick(processes),
    how,
    downMs: random.pick([0, 100, 5000, 40_000]),
  });
}

function drawContainer(random: SeededRandom, { pods }: Scenery) {
  return {
    pod: random.pick(pods),
    container: random.pick(['app0', 'app0', 'app1', 'init0', 'init1']),
  };
}

function drawCrash(random: SeededRandom, scenery: Scenery): ContainerAct {
  const ends: readonly FakeEnd[] = [
    { exitCode: 0 },
    { exitCode: 1 },
    { exitCode: 137 },
    { signal: 'SIGSEGV' },
    { signal: 'SIGTERM' },
    { oomKilled: true },
  ];
  return { act: 'crash', ...drawContainer(random, scenery), end: random.pick(ends) };
}

function drawSickness(random: SeededRandom, scenery: Scenery): ContainerAct {
  return {
    act: 'sicken',
    ...drawContainer(random, scenery),
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

function drawEngineFault(random: SeededRandom, { nodes }: Scenery): EngineAct {
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

/** Five minutes of quiet cost as much as all that went before: most plans have one. */
export function drawQuiet(random: SeededRandom): number {
  return random.chance(0.1) ? 300_000 : 45_000;
}
