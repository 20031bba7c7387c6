import { describe, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import {
  decideSupervision,
  defaultSupervision,
  type SupervisionDecision,
  supervise,
} from '../../src/engine/supervise.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const machine = setup({
  types: { events: {} as { type: 'fail' } | { type: 'finish' } },
  actions: {
    fail: () => {
      throw new Error('boom');
    },
  },
}).createMachine({
  initial: 'up',
  states: { up: { on: { fail: { actions: 'fail' }, finish: 'down' } }, down: { type: 'final' } },
});

describe('decideSupervision', () => {
  it.each([
    [1, { kind: 'restart', delayMs: 1000 }],
    [2, { kind: 'restart', delayMs: 2000 }],
    [4, { kind: 'restart', delayMs: 8000 }],
    [5, { kind: 'quarantine', delayMs: 600_000 }],
  ])('crash number %i within the window', (count, wanted) => {
    expect(decideSupervision(Array(count).fill(0), defaultSupervision)).toEqual(wanted);
  });
});

function harness(create?: () => ReturnType<typeof createActor<typeof machine>>) {
  const clock = new TestClock();
  const decisions: SupervisionDecision[] = [];
  let created = 0;
  const supervisor = supervise({
    clock,
    create: () => {
      created += 1;
      return create === undefined ? createActor(machine) : create();
    },
    onCrash: (_error, decision) => decisions.push(decision),
  });
  return { clock, supervisor, decisions, created: () => created };
}

describe('supervise', () => {
  it('restarts a crashed actor after a pause', async () => {
    const { clock, supervisor, created } = harness();
    supervisor.actor?.send({ type: 'fail' });
    expect(supervisor.state).toBe('waiting');
    await clock.advanceBy(999);
    expect(supervisor.actor).toBeUndefined();
    await clock.advanceBy(1);
    expect(supervisor.state).toBe('running');
    expect(created()).toBe(2);
  });

  it('puts an actor that crashes five times in a minute in quarantine, and tries it once in ten minutes', async () => {
    const broken = () => {
      throw new Error('cannot even be built');
    };
    const { clock, supervisor, decisions, created } = harness(broken);
    await clock.advanceBy(60_000);
    expect(supervisor.state).toBe('quarantined');
    expect(decisions.map(({ kind }) => kind)).toEqual([
      'restart',
      'restart',
      'restart',
      'restart',
      'quarantine',
    ]);
    const before = created();
    await clock.advanceBy(600_000);
    expect(created()).toBeGreaterThan(before);
  });

  it('does not quarantine an actor whose crashes lie far apart', async () => {
    const { clock, supervisor, decisions } = harness();
    for (let i = 0; i < 20; i += 1) {
      supervisor.actor?.send({ type: 'fail' });
      await clock.advanceBy(60_000);
    }
    expect(decisions).toHaveLength(20);
    expect(decisions.every(({ kind, delayMs }) => kind === 'restart' && delayMs === 1000)).toBe(true);
  });

  it('starts at once when it is revived', async () => {
    const { supervisor, clock } = harness();
    supervisor.actor?.send({ type: 'fail' });
    supervisor.revive();
    expect(supervisor.state).toBe('running');
    expect(clock.pending).toBe(0);
  });

  it('leaves an actor that ended by itself alone', async () => {
    const { supervisor, clock, created } = harness();
    supervisor.actor?.send({ type: 'finish' });
    await clock.advanceBy(3_600_000);
    supervisor.revive();
    expect(supervisor.state).toBe('ended');
    expect(created()).toBe(1);
  });

  it('stops for good, also while it waits', async () => {
    const { supervisor, clock, created } = harness();
    supervisor.actor?.send({ type: 'fail' });
    supervisor.stop();
    await clock.advanceBy(3_600_000);
    expect(created()).toBe(1);
    expect(clock.pending).toBe(0);
  });
});
