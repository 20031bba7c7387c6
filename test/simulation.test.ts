import { join } from 'node:path';
import type { Store } from '@mooring/core';
import { describe, expect, test } from 'vitest';
import { drawPlan, Life, report, simulate } from '../packages/simulator/src/index.ts';
import { brokenAgents } from './simulation/broken-agents.ts';
import { regressions } from './simulation/regressions.ts';
import { app, at, create, planOf } from './simulation/scene.ts';
import { startProgram } from './support/program.ts';

const msMax = 120_000;

const laws = (violations: readonly { readonly law: string }[]) => violations.map(({ law }) => law);

test(
  'a simulated cluster does the same in another process',
  async () => {
    const seed = '5';
    const [here, there] = await Promise.all([
      simulate(drawPlan(seed)),
      startProgram('npm', ['run', '-s', 'simulate', '--', '--seed', seed], {
        cwd: join(import.meta.dirname, '..'),
        env: process.env,
      }).end,
    ]);
    expect(there.output).toContain(`trace ${here.hash}`);
  },
  msMax,
);

/** Asks the store for the same thing for ever as soon as it has written something. */
function spins(store: Store): Partial<Store> {
  const spin = async (key: string) => {
    for (;;) await store.get(key);
  };
  return {
    create: async (key, value, signal) => {
      void spin(key);
      return await store.create(key, value, signal);
    },
  };
}

test('what breaks a law is cut down and told', async () => {
  const [kills] = brokenAgents.filter(({ law }) => law === 'no-wrong-kill');
  const plan = planOf('told', [
    at(0, create()),
    at(1, { act: 'lose-events', node: 'a', forMs: 8000 }),
    at(2, { act: 'relabel', pod: 'p0' }),
  ]);
  const options = kills?.options ?? {};
  const told = await report(await simulate({ ...plan, nodes: ['a', 'b'] }, options), options);
  expect(told).toContain(
    'seed told breaks the law no-wrong-kill: nothing is killed without a reason: a#1 stops p0/app0',
  );
  expect(told).toContain('1 of its 3 steps are enough, with the nodes a:');
  expect(told).toContain('+0.000s a user creates the pod p0 on a, Always: app0 of runs');
  expect(told).toMatch(/a#1: startContainer p0\/app0 #0/);
  expect(told).toContain('VIOLATION of no-wrong-kill');
});

describe('what was found once', () => {
  test.each(regressions)('$name', async ({ plan }) => {
    const simulation = await simulate(plan);
    if (simulation.violations.length > 0) expect.fail(await report(simulation));
  });
});

describe('the laws notice an agent that', () => {
  test.each(brokenAgents)('$mistake ($law)', async ({ plan, options, law }) => {
    expect(laws((await simulate(plan, options)).violations)).toContain(law);
    // It is the mistake that they notice, and not the plan.
    expect(laws((await simulate(plan)).violations)).toEqual([]);
  });

  test('cannot be ended (ends-when-told)', async () => {
    const steps = [at(0, create()), at(10, { act: 'end-agent', node: 'a', how: 'close', downMs: 0 })];
    const hangs = { twist: () => ({ stopContainer: () => new Promise<never>(() => {}) }) };
    expect(laws((await simulate(planOf('hangs', steps), hangs)).violations)).toContain('ends-when-told');
  });

  test('does something where nothing happens (stable)', async () => {
    const plan = planOf('restless', [at(0, create({ containers: [app('exits-0:350000')] }))]);
    expect(laws((await simulate(plan)).violations)).toContain('stable');
  });

  test('never rests (no-spin)', async () => {
    const plan = planOf('spins', [at(0, create())]);
    expect(laws((await simulate(plan, { twistStore: spins })).violations)).toContain('no-spin');
  });

  test('goes on after its end (no-late-deed)', async () => {
    const deeds: string[] = [];
    const clock = { now: () => 0, monotonicMs: () => 0, setTimeout: () => 0, clearTimeout() {} };
    const life = new Life('a', 1, clock, (law, words) => deeds.push(`${law}: ${words}`));
    await life.pass('status', async () => {});
    expect(deeds).toEqual([]);
    life.end();
    await life.pass('status', async () => {});
    expect(deeds).toEqual(['no-late-deed: a#1 has ended and calls status']);
  });
});
