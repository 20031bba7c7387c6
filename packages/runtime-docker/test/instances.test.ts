/** What is known of containers without asking the engine. */

import type { ContainerConfig } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { expect, it } from 'vitest';
import type { Engine } from '../src/engine.ts';
import { Instances } from '../src/instances.ts';
import type { MessageFiles } from '../src/message-files.ts';
import { OutsideActs } from '../src/outside-acts.ts';
import { containerRecord, engineNameOf, labelsOf } from '../src/records.ts';
import { Spares } from '../src/spares.ts';
import { Termination } from '../src/termination.ts';

const never = new AbortController().signal;
const id = 'a'.repeat(64);
const agentKey = 'k';
const config: ContainerConfig = {
  ...{ name: 'web_main_u1_0', sandboxID: 's1', podUID: 'u1', podName: 'web', namespace: 'default' },
  ...{ containerName: 'main', attempt: 0, labels: {}, image: 'nginx', imageRef: 'sha256:1' },
  ...{ env: [], mounts: [], ports: [], resources: {}, stdin: false, tty: false },
};
const atMs = Date.parse('2026-01-01T00:00:05Z');

/** An engine with one container, and the number of times that it was asked. */
function scene({ memory = 0 } = {}) {
  const engine = { asked: 0, state: { Status: 'running', Running: true, Pid: 7, ExitCode: 0 } };
  const inspection = () => ({
    ...{
      Id: id,
      Name: `/${engineNameOf(agentKey, config.name)}`,
      Created: '2026-01-01T00:00:00Z',
      HostConfig: { Memory: memory },
    },
    State: {
      ...{
        StartedAt: '2026-01-01T00:00:01Z',
        FinishedAt: '2026-01-01T00:00:04Z',
        Error: '',
        OOMKilled: memory > 0,
      },
      ...engine.state,
    },
    Config: {
      ...{ Image: config.imageRef, Labels: labelsOf({ agentKey }, 'container', {}, containerRecord(config)) },
    },
  });
  const call = async () => {
    engine.asked += 1;
    return inspection();
  };
  const outside = new OutsideActs();
  const instances = new Instances({
    ...{ engine: { call } as unknown as Engine, agentKey, spares: new Spares(), outside },
    messages: {} as MessageFiles,
  });
  instances.informed(true);
  const end = (exitCode: number) => {
    engine.state = { Status: 'exited', Running: false, Pid: 0, ExitCode: exitCode };
  };
  return { engine, instances, outside, end };
}

it('an end is known as soon as the engine tells of it, which nobody has to ask for', async () => {
  const { engine, instances } = scene();
  await instances.look(id, never);
  instances.noteEnd(id, { exitCode: 3, atMs });
  const ended = await instances.lookOver(id, never);
  expect(ended?.info).toMatchObject({ state: 'exited', exitCode: 3, finishedAtMs: atMs });
  expect(ended?.info.pid).toBeUndefined();
  expect(instances.hasEnded(id)).toBe(true);
  expect(await instances.know(id, never)).toEqual(ended);
  expect(engine.asked).toBe(1);
});

it.each([
  { what: 'has a limit of its own', memory: 1, isFirstVersion: true, exitCode: 137, asks: true },
  {
    what: 'has none, on a host that counts all',
    memory: 0,
    isFirstVersion: false,
    exitCode: 137,
    asks: true,
  },
  { what: 'has none', memory: 0, isFirstVersion: true, exitCode: 137, asks: false },
  { what: 'has one, and was not killed', memory: 1, isFirstVersion: true, exitCode: 1, asks: false },
])('whether memory ran out is asked: of one that $what: $asks', async (row) => {
  const { engine, instances, end } = scene(row);
  if (row.isFirstVersion) instances.trustKills();
  await instances.look(id, never);
  end(row.exitCode);
  instances.noteEnd(id, { exitCode: row.exitCode, atMs });
  const reason = (await instances.lookOver(id, never))?.info.reason;
  expect(engine.asked).toBe(row.asks ? 2 : 1);
  expect(reason).toBe(row.asks && row.memory > 0 ? 'OOMKilled' : undefined);
});

it('what was told is worth nothing when nobody listens any more, or it runs once more', async () => {
  const { engine, instances } = scene();
  await instances.look(id, never);
  instances.noteEnd(id, { exitCode: 3, atMs });
  instances.informed(false);
  instances.informed(true);
  expect((await instances.lookOver(id, never))?.info.state).toBe('running');
  instances.noteEnd(id, { exitCode: 3, atMs });
  instances.touch(id);
  expect((await instances.lookOver(id, never))?.info.state).toBe('running');
  expect(engine.asked).toBe(3);
});

it('the end of what ends at once is known by what the engine tells, also when it is removed at once', async () => {
  const { engine, instances } = scene();
  Object.assign(engine.state, {
    Status: 'created',
    Running: false,
    Pid: 0,
    StartedAt: '0001-01-01T00:00:00Z',
  });
  await instances.look(id, never);
  instances.noteStart(id, atMs - 5);
  instances.noteEnd(id, { exitCode: 3, atMs });
  instances.noteStartAnswered(id);
  const ended = await instances.lookOver(id, never);
  expect(ended?.info).toMatchObject({
    state: 'exited',
    exitCode: 3,
    startedAtMs: atMs - 5,
    finishedAtMs: atMs,
  });
  expect(engine.asked).toBe(1);
});

it('what was seen while it ran counts more than that it was started', async () => {
  const { engine, instances } = scene();
  Object.assign(engine.state, {
    Status: 'created',
    Running: false,
    Pid: 0,
    StartedAt: '0001-01-01T00:00:00Z',
  });
  await instances.look(id, never);
  instances.noteStart(id, atMs - 5);
  engine.state = { Status: 'running', Running: true, Pid: 7, ExitCode: 0 };
  expect((await instances.look(id, never))?.info).toMatchObject({ state: 'running', pid: 7 });
  instances.noteEnd(id, { exitCode: 0, atMs });
  const startedAtMs = Date.parse('2026-01-01T00:00:01Z');
  expect((await instances.lookOver(id, never))?.info).toMatchObject({ state: 'exited', startedAtMs });
});

it('a stop signal that is heard of only after the end still says why', async () => {
  const { instances, outside, end } = scene();
  end(0);
  expect((await instances.look(id, never))?.info.reason).toBeUndefined();
  outside.noteSignal(id, 'SIGTERM', 'SIGTERM', Date.parse('2026-01-01T00:00:03Z'));
  instances.noteSignal(id);
  expect((await instances.lookOver(id, never))?.info.reason).toBe('StoppedExternally');
});

it('what the engine would not start has ended with its words, also where it does not write them down', async () => {
  const { engine, instances } = scene();
  const neverTime = '0001-01-01T00:00:00Z';
  Object.assign(engine.state, { Status: 'created', Running: false, Pid: 0, StartedAt: neverTime });
  instances.noteRefusal(id, 'no such file');
  expect((await instances.look(id, never))?.info).toMatchObject({
    ...{ state: 'exited', exitCode: 128, reason: 'StartError', message: 'no such file' },
  });
  instances.forget(id);
  expect((await instances.look(id, never))?.info.state).toBe('created');
});

function termination(isHeard: boolean) {
  const clock = new TestClock();
  const seen = { looks: 0, isRunning: true, sent: [] as string[], isDone: false };
  let exit = () => {};
  const ports = {
    clock,
    async send(signal: string) {
      seen.sent.push(signal);
      return isHeard;
    },
    async isRunning() {
      seen.looks += 1;
      return seen.isRunning;
    },
    onExit(fn: () => void) {
      exit = fn;
      return () => {};
    },
  };
  const stop = new Termination(ports, 'SIGTERM');
  stop.done.then(() => {
    seen.isDone = true;
  });
  return { clock, seen, stop, exit: () => exit() };
}

it('a stop looks when the engine tells of the end, and not before; each second in case it does not', async () => {
  const { clock, seen, stop, exit } = termination(true);
  stop.within(30_000);
  await clock.advanceBy(999);
  expect(seen).toMatchObject({ looks: 0, sent: ['SIGTERM'] });
  await clock.advanceBy(1);
  expect(seen).toMatchObject({ looks: 1, isDone: false });
  seen.isRunning = false;
  exit();
  await clock.advanceBy(0);
  expect(seen).toMatchObject({ looks: 2, isDone: true });
});

it('a stop looks at once when nobody is left to get its signal', async () => {
  const { clock, seen, stop } = termination(false);
  seen.isRunning = false;
  stop.within(30_000);
  await clock.advanceBy(0);
  expect(seen).toMatchObject({ looks: 1, isDone: true });
});
