/** The images of simulated pods: what their containers do is thrown by the seed, instance by instance. */

import type { ContainerConfig } from '@mooring/core';
import type { SeededRandom } from '@mooring/core/testing';
import type {
  FakeImage,
  FakeImages,
  FakeProcess,
  FakeProgram,
  FakePull,
  FakeScript,
} from '@mooring/runtime-fake';
import type { ProbeName, Sickness } from './plan.ts';

/** What programs know of the world around them. */
export interface Surroundings {
  readonly random: SeededRandom;
  /** From then on nothing fails by itself any more. */
  readonly isHealed: boolean;
  sickness(podName: string, container: string, probe: ProbeName): Sickness | undefined;
  /** A program has answered a probe or a hook. */
  answered(config: ContainerConfig, question: ProbeName | 'hook', ok: boolean): void;
}

/**
 * `svc` runs until it is stopped, `flaky` ends by itself, `job` comes to its end, `broken` may not start at all, `far`
 * takes time and several attempts to be pulled. All of them are `svc` once the world is healed, but `job`. Any other image
 * does what its name says: `exits-1:5000` ends with 1 after 5 s, `runs` runs.
 */
export function simulatedImages(world: Surroundings): FakeImages {
  const families: Readonly<Record<string, () => FakeImage>> = {
    svc: () => imageOf(world, service),
    flaky: () => imageOf(world, flaky),
    job: () => imageOf(world, job),
    broken: () => imageOf(world, broken),
    far: () => farImage(world),
  };
  const images: Record<string, FakeImage> = {};
  for (const [family, make] of Object.entries(families))
    for (const tag of [1, 2, 3]) images[`${family}:${tag}`] = make();
  return { ...images, '*': imageOf(world, scripted) };
}

type Draw = (random: SeededRandom, world: Surroundings, config: ContainerConfig) => FakeScript;

function imageOf(world: Surroundings, draw: Draw): FakeImage {
  return {
    // By names and not by UID: the same container does the same when other steps of the plan are left out.
    run: (config) => {
      const { podName, containerName, attempt } = config;
      const random = world.random.fork(`${podName}/${containerName}/${attempt}`);
      return draw(random, world, config);
    },
    userland: ([name]) => userland(world)[name ?? ''],
  };
}

function farImage(world: Surroundings): FakeImage {
  const random = world.random.fork('far');
  return {
    ...imageOf(world, service),
    get pull(): FakePull {
      const delayMs = random.int(1, 20_000);
      if (world.isHealed || random.chance(0.6)) return { delayMs };
      return { delayMs, error: { code: 'RUNTIME_UNAVAILABLE', message: 'simulated: no route to registry' } };
    },
  };
}

/** The containers of a pod share its address. */
export function portOf(container: string): number {
  return { app0: 8080, app1: 8081, init0: 8082, init1: 8083, debug0: 8084 }[container] ?? 8085;
}

const service: Draw = (random, world, config) => ({
  ...drawStop(random),
  listens: {
    [portOf(config.containerName)]: {
      http: ({ url }) => answerHTTP(world, config, url.pathname.slice(1) as ProbeName),
    },
  },
});

const flaky: Draw = (random, world, config) => {
  if (world.isHealed || random.chance(0.2)) return service(random, world, config);
  const exitAfterMs = random.pick([0, random.int(1, 2000), random.int(2000, 30_000)]);
  const end = random.pick([
    { exitCode: 0 },
    { exitCode: 1 },
    { exitCode: 2 },
    { signal: 'SIGSEGV' },
    { oomKilled: true },
  ]);
  return { ...service(random, world, config), exitAfterMs, ...end };
};

const job: Draw = (random, world, config) => {
  const exitAfterMs = random.pick([0, random.int(1, 8000), random.int(1, 8000)]);
  const exitCode = world.isHealed || random.chance(0.7) ? 0 : 1;
  return { ...service(random, world, config), exitAfterMs, exitCode };
};

const broken: Draw = (random, world, config) => {
  if (world.isHealed || random.chance(0.3)) return service(random, world, config);
  return random.chance(0.5) ? { startError: 'simulated: no such file' } : flaky(random, world, config);
};

const scripted: Draw = (random, world, config) => {
  const { listens } = service(random, world, config) as FakeScript;
  const [, code, afterMs] = /^exits-(\d+):(\d+)$/.exec(config.image) ?? [];
  if (code === undefined || (world.isHealed && code !== '0')) return { ...(listens && { listens }) };
  return { ...(listens && { listens }), exitCode: Number(code), exitAfterMs: Number(afterMs) };
};

function drawStop(random: SeededRandom): FakeScript {
  const late = { afterMs: random.int(1, 15_000), exitCode: random.pick([0, 1, 143]) };
  return random.pick([{}, {}, { onStop: late }, { onStop: 'ignore' as const }]);
}

async function answerHTTP(world: Surroundings, config: ContainerConfig, probe: ProbeName) {
  const sickness = world.sickness(config.podName, config.containerName, probe);
  world.answered(config, probe, sickness === undefined);
  if (sickness === 'hangs') await new Promise<never>(() => {});
  return { status: sickness === undefined ? 200 : 500 };
}

function userland(world: Surroundings): Readonly<Record<string, FakeProgram>> {
  return {
    check: async (process) => {
      const { podName, containerName } = process.config;
      const probe = process.argv[1] as ProbeName;
      const sickness = world.sickness(podName, containerName, probe);
      world.answered(process.config, probe, sickness === undefined);
      if (sickness === 'hangs') await hang(process);
      return sickness === undefined ? 0 : 1;
    },
    hook: async (process) => {
      const [, ms = '0', code = '0'] = process.argv;
      const exitCode = world.isHealed ? 0 : Number(code);
      await process.sleep(Number(ms));
      world.answered(process.config, 'hook', exitCode === 0);
      return exitCode;
    },
  };
}

/** Until it is killed. */
function hang(process: FakeProcess): Promise<never> {
  return new Promise((_, reject) => {
    process.killed.addEventListener('abort', () => reject(process.killed.reason), { once: true });
  });
}
