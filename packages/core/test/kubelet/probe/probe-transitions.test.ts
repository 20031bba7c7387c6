import { describe, expect, test } from 'vitest';
import { type ActorRef, createActor, initialTransition, type Snapshot, transition } from 'xstate';
import { systemRandom } from '../../../src/engine/system-clock.ts';
import {
  type AttemptOutput,
  type ContainerChanged,
  type ProbeEvent,
  type ProbeInput,
  type ProbeLogic,
  type ProbeVerdictChanged,
  probeMachine,
} from '../../../src/kubelet/probe/probe-machine.ts';
import { wireProbe } from '../../../src/kubelet/probe/wire-probe.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';
import { settingsOf } from './probe-rig.ts';

const logic: ProbeLogic = wireProbe({
  clock: new TestClock(0),
  random: systemRandom,
  attempt: () => Promise.reject(new Error('a transition runs nothing')),
  attemptBroke: () => {},
});
const owner = {} as ActorRef<Snapshot<unknown>, ProbeVerdictChanged>;

const running: ContainerChanged = {
  type: 'container.changed',
  containerID: 'c-1',
  state: 'running',
  startedAtMs: 0,
  started: true,
  willRestart: true,
};
const tick = { type: 'xstate.after.untilNextProbe.probe.scheduled' };
const answered = (kind: AttemptOutput['kind']) => ({
  type: 'xstate.done.actor.0.probe.probing',
  output: { kind, message: kind, attempts: 1, beganAtMs: 0 },
});
const broke = { type: 'xstate.error.actor.0.probe.probing', error: new Error('broken') };

type Step = ProbeEvent | { readonly type: string };

/** The state after the steps, and what the last of them set going. */
function walk(type: ProbeInput['type'], steps: readonly Step[]): { state: unknown; actions: string[] } {
  const input: ProbeInput = { owner, podUID: 'u', container: 'c', type, settings: settingsOf() };
  let [snapshot, actions] = initialTransition(logic, input);
  for (const step of steps) [snapshot, actions] = transition(logic, snapshot, step as ProbeEvent);
  return { state: snapshot.value, actions: actions.map((action) => action.type) };
}

describe('transitions', () => {
  const arms = 'xstate.raise';
  const begins = 'xstate.spawnChild';
  const ends = 'xstate.stopChild';
  const disarms = 'xstate.cancel';
  const tells = 'xstate.sendTo';
  const cases: readonly {
    name: string;
    type?: ProbeInput['type'];
    steps: readonly Step[];
    state: string;
    actions: readonly string[];
  }[] = [
    { name: 'it begins idle', steps: [], state: 'idle', actions: [] },
    {
      name: 'a running container arms the timer',
      steps: [running],
      state: 'scheduled',
      actions: [tells, arms],
    },
    { name: 'the same news again does nothing', steps: [running, running], state: 'scheduled', actions: [] },
    {
      name: 'a new container arms it anew',
      steps: [running, { ...running, containerID: 'c-2' }],
      state: 'scheduled',
      actions: [disarms, tells, arms],
    },
    {
      name: 'the timer begins an attempt',
      steps: [running, tick],
      state: 'probing',
      actions: [disarms, begins],
    },
    {
      name: 'an answer that changes nothing arms the timer and tells nobody',
      steps: [running, tick, answered('success'), tick, answered('success')],
      state: 'scheduled',
      actions: [ends, arms],
    },
    {
      name: 'a decided liveness failure is told and rests',
      steps: [running, tick, answered('failure')],
      state: 'idle',
      actions: [ends, tells],
    },
    {
      name: 'a breakdown is reported and arms the timer',
      steps: [running, tick, broke],
      state: 'scheduled',
      actions: [ends, 'announceBreak', arms],
    },
    {
      name: 'a container that stopped ends the attempt',
      steps: [running, tick, { ...running, state: 'terminated' }],
      state: 'idle',
      actions: [ends],
    },
    {
      name: 'a container that stopped disarms the timer',
      steps: [running, { ...running, state: 'terminated' }],
      state: 'idle',
      actions: [disarms],
    },
    {
      name: 'a request re-arms the timer',
      steps: [running, { type: 'probe.run-now' }],
      state: 'scheduled',
      actions: [disarms, arms],
    },
    {
      name: 'a request ends the wait between two attempts, and aborts none',
      steps: [running, tick, { type: 'probe.run-now' }],
      state: 'probing',
      actions: ['hurry'],
    },
    {
      name: 'a request does nothing while idle',
      steps: [{ type: 'probe.run-now' }],
      state: 'idle',
      actions: [],
    },
    {
      name: 'a terminating pod ends the attempt',
      steps: [running, tick, { type: 'pod.terminating' }],
      state: 'retired',
      actions: [ends],
    },
    {
      name: 'a terminating pod leaves readiness alone',
      type: 'readiness',
      steps: [running, tick, { type: 'pod.terminating' }],
      state: 'probing',
      actions: [],
    },
    {
      name: 'retired is retired',
      steps: [
        running,
        { type: 'pod.terminating' },
        { ...running, containerID: 'c-2' },
        { type: 'probe.run-now' },
      ],
      state: 'retired',
      actions: [],
    },
  ];
  test.each(cases)('$name', ({ type = 'liveness', steps, state, actions }) => {
    expect(walk(type, steps)).toEqual({ state, actions });
  });
});

describe('a machine that was not wired', () => {
  test('says so instead of probing without a delay', () => {
    const input: ProbeInput = { owner, podUID: 'u', container: 'c', type: 'startup', settings: settingsOf() };
    const actor = createActor(probeMachine, { input });
    const errors: unknown[] = [];
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    actor.send({ ...running, containerID: 'c-1', started: false });
    expect(String(errors[0])).toContain('"untilNextProbe" was not provided');
  });
});
