import { expect, test } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import type { ProbeType } from '../../../src/kubelet/probe/settings.ts';
import { type Answer, ProbeRig } from './probe-rig.ts';

/** A life: news of a container, requests and time, in any order. */
type Step =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'run-now' }
  | { readonly do: 'terminate-pod' }
  | { readonly do: 'start' }
  | { readonly do: 'create' }
  | { readonly do: 'pass-startup' }
  | { readonly do: 'exit' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30_000 }) }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'run-now' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'create' }) },
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'start' }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: 'pass-startup' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'exit' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'terminate-pod' }) },
);

const anyLife = fc.record({
  type: fc.constantFrom<ProbeType>('liveness', 'readiness', 'startup'),
  initialDelayMs: fc.constantFrom(0, 3_000, 12_000),
  periodMs: fc.constantFrom(1_000, 5_000, 10_000),
  failureThreshold: fc.integer({ min: 1, max: 3 }),
  durations: fc.array(fc.constantFrom(0, 0, 400, 2_500, 12_000), { minLength: 1 }),
  answers: fc.array(fc.constantFrom<Answer>('success', 'failure', 'error'), { minLength: 1 }),
  steps: fc.array(anyStep, { maxLength: 40 }),
});
type Life = typeof anyLife extends fc.Arbitrary<infer T> ? T : never;

/** What the container really was, and when: the yardstick for what the actor did. */
interface Container {
  readonly id: string;
  startedAtMs?: number;
  isStarted: boolean;
  endedAtMs?: number;
}

class World implements Disposable {
  readonly rig: ProbeRig;
  readonly containers: Container[] = [];
  podEndsAtMs = Number.POSITIVE_INFINITY;
  readonly problems: string[] = [];
  private readonly life: Life;
  private attemptCount = 0;

  constructor(life: Life) {
    this.life = life;
    const { type, initialDelayMs, periodMs, failureThreshold } = life;
    this.rig = new ProbeRig({
      type,
      settings: { initialDelayMs, periodMs, failureThreshold },
      durationMs: () => life.durations[this.attemptCount % life.durations.length] ?? 0,
      answer: (atMs, { containerID }) => {
        this.check(atMs, containerID);
        return life.answers[this.attemptCount++ % life.answers.length] ?? 'success';
      },
    });
  }

  [Symbol.dispose](): void {
    this.rig[Symbol.dispose]();
  }

  async play(): Promise<void> {
    for (const step of this.life.steps) await this.take(step);
    await this.rig.clock.advanceBy(0);
  }

  private async take(step: Step): Promise<void> {
    const { rig } = this;
    const current = this.containers.at(-1);
    const exists = current !== undefined && current.endedAtMs === undefined;
    switch (step.do) {
      case 'wait':
        return await rig.clock.advanceBy(step.ms);
      case 'run-now':
        return rig.actor.send({ type: 'probe.run-now' });
      case 'terminate-pod':
        this.podEndsAtMs = Math.min(this.podEndsAtMs, rig.atMs);
        return rig.actor.send({ type: 'pod.terminating' });
      case 'create':
        if (!exists) this.containers.push({ id: `c-${this.containers.length}`, isStarted: false });
        break;
      case 'start':
        if (exists) current.startedAtMs ??= rig.atMs;
        break;
      case 'pass-startup':
        if (exists && current.startedAtMs !== undefined) current.isStarted = true;
        break;
      case 'exit':
        if (exists) current.endedAtMs = rig.atMs;
        break;
    }
    this.tell();
  }

  private tell(): void {
    const container = this.containers.at(-1);
    if (container === undefined) return;
    const { id, startedAtMs, isStarted, endedAtMs } = container;
    const beganMs = this.rig.clock.now() - this.rig.atMs;
    this.rig.actor.send({
      type: 'container.changed',
      containerID: id,
      state: endedAtMs !== undefined ? 'terminated' : startedAtMs !== undefined ? 'running' : 'waiting',
      ...(startedAtMs !== undefined && { startedAtMs: beganMs + startedAtMs }),
      started: isStarted && endedAtMs === undefined,
      willRestart: true,
    });
  }

  /** Called for each attempt that is answered: it must have been lawful when it began, and still be wanted now. */
  private check(beganAtMs: number, containerID: string): void {
    const { type, initialDelayMs } = this.life;
    const container = this.containers.at(-1);
    const fail = (problem: string) =>
      this.problems.push(`${problem} (attempt at ${beganAtMs} on ${containerID})`);
    if (container?.id !== containerID) return void fail('answer of a container that was replaced');
    if (container.startedAtMs === undefined) return void fail('probed before it ran');
    if (container.endedAtMs !== undefined) fail('answer of a container that ended');
    if (beganAtMs < container.startedAtMs + initialDelayMs) fail('probed within the initial delay');
    if (type !== 'startup' && !container.isStarted) fail('probed before the start-up was over');
    if (type !== 'readiness' && beganAtMs > this.podEndsAtMs) fail('probed while the pod terminates');
  }
}

test('whatever happens, only what may be probed is probed, one attempt at a time', async () => {
  await fc.assert(
    fc.asyncProperty(anyLife, async (life) => {
      using world = new World(life);
      await world.play();
      expect(world.problems).toEqual([]);
      expect(world.rig.inFlightMax).toBeLessThanOrEqual(1);
      expect(world.rig.errors).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('whatever happens, the owner hears a verdict only when it is new or different', async () => {
  await fc.assert(
    fc.asyncProperty(anyLife, async (life) => {
      using world = new World(life);
      await world.play();
      const { verdicts } = world.rig;
      for (const [i, { containerID, verdict }] of verdicts.entries()) {
        const before = verdicts[i - 1];
        expect(before?.containerID === containerID && before.verdict === verdict).toBe(false);
      }
      const seen = verdicts.map(({ containerID }) => containerID);
      expect(seen).toEqual([...seen].sort((a, b) => Number(a.slice(2)) - Number(b.slice(2))));
    }),
    { numRuns: 200 },
  );
});

test('whatever happens, a decided liveness failure is the last word about its container', async () => {
  await fc.assert(
    fc.asyncProperty(anyLife, async (life) => {
      using world = new World({ ...life, type: 'liveness' });
      await world.play();
      for (const { containerID, verdict, atMs } of world.rig.verdicts) {
        if (verdict !== 'failure') continue;
        const later = world.rig.attempts.filter(
          (each) => each.containerID === containerID && each.atMs > atMs,
        );
        expect(later).toEqual([]);
      }
    }),
    { numRuns: 200 },
  );
});

test('whatever happens, no timer runs while there is nothing to probe', async () => {
  await fc.assert(
    fc.asyncProperty(anyLife, async (life) => {
      using world = new World(life);
      await world.play();
      const isResting = world.rig.state === 'idle' || world.rig.state === 'retired';
      expect(isResting && world.rig.clock.pending > 0).toBe(false);
    }),
    { numRuns: 200 },
  );
});
