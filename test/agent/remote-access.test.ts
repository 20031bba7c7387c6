/** Logs and commands of a pod whose agent lives elsewhere: two clusters that share nothing but store and bus. */

import {
  type Cluster,
  createAgent,
  createControllers,
  createInProcessBus,
  createMemoryStore,
  type LogOptions,
} from '@mooring/core';
import { memoryVolumes, TestClock } from '@mooring/core/testing';
import { exits, type FakeImages, fakeRuntime, runsForever } from '@mooring/runtime-fake';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { podOf } from './support/agent-rig.ts';

const images: FakeImages = {
  app: {
    run: { logs: ['one', 'two', 'three'], ...runsForever },
    userland: (command) => (program) => {
      program.write(`ran ${command.join(' ')}\n`);
      return 3;
    },
  },
  talks: { run: ({ attempt }) => ({ logs: [`life ${attempt}`], ...exits(1, 2000) }) },
};

let clock: TestClock;
let agent: Cluster;
let control: Cluster;

beforeEach(async () => {
  clock = new TestClock();
  const shared = { clock, store: createMemoryStore(), bus: createInProcessBus({ clock }) };
  const plugins = [fakeRuntime({ images })];
  agent = await createAgent({ ...shared, name: 'node-a', plugins, volumes: () => memoryVolumes() });
  control = await createControllers({ ...shared, plugins: [], controllers: false, scheduler: false });
});

afterEach(async () => {
  const closed = Promise.all([control.close(), agent.close()]);
  await clock.advanceBy(3_600_000);
  await closed;
});

async function run(image: string, ms: number): Promise<void> {
  await control.apply({ ...podOf({ image, nodeName: 'node-a' }) });
  await clock.advanceBy(ms);
}

async function linesOf(options?: LogOptions & { readonly previous?: boolean }): Promise<string[]> {
  const { previous = false, ...rest } = options ?? {};
  const lines: string[] = [];
  for await (const { text, atMs } of control.logs({ pod: 'web', previous }, rest)) {
    expect(atMs).toBeGreaterThan(Date.UTC(2025, 1));
    lines.push(text);
  }
  return lines;
}

describe('a pod on another host', () => {
  test('shows its log', async () => {
    await run('app', 3000);
    expect(await linesOf()).toEqual(['one', 'two', 'three']);
    expect(await linesOf({ tailLines: 1 })).toEqual(['three']);
    await expect(linesOf({ previous: true })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'previous terminated container "main" in pod "web" not found',
    });
  });

  test('shows what it will print, until its container ends', async () => {
    await run('talks', 1500);
    const reading = linesOf({ follow: true });
    await clock.advanceBy(2000);
    expect(await reading).toEqual(['life 0']);
    expect(await linesOf({ previous: true })).toEqual(['life 0']);
  });

  test('runs commands, and says how they ended', async () => {
    await run('app', 3000);
    expect(await control.exec({ pod: 'web' }, ['ls', '-l'])).toEqual({ exitCode: 3, output: 'ran ls -l\n' });
  });

  test('is told apart from one whose agent has gone', async () => {
    await run('app', 3000);
    const following = linesOf({ follow: true }).catch((error: unknown) => error);
    await clock.advanceBy(1000);
    const detached = agent.detach();
    await clock.advanceBy(1000);
    await detached;
    expect(await following).toMatchObject({ code: 'STREAM_BROKEN' });
    await expect(control.exec({ pod: 'web' }, ['ls'])).rejects.toMatchObject({
      code: 'NO_SUCH_ACTOR',
      message: 'no agent answers for node node-a',
    });
  });

  test('has its limits named where its runtime has some', async () => {
    await run('app', 3000);
    const { metadata } = (await control.get('Pod', 'default', 'web')) ?? {};
    const target = { namespace: 'default', podName: 'web', podUID: metadata?.uid ?? '', container: 'main' };
    const wanted = { stdin: true, stdout: true, stderr: true, tty: true };
    const signal = new AbortController().signal;
    const open = (request: Parameters<typeof control.streams.open>[1]) =>
      control.streams.open('node-a', request, signal);
    await expect(open({ type: 'exec', ...target, ...wanted, command: ['sh'] })).rejects.toMatchObject({
      code: 'RUNTIME_UNSUPPORTED',
      message: 'runtime "fake" gives a command no standard input and no terminal',
    });
    await expect(open({ type: 'attach', ...target, ...wanted })).rejects.toMatchObject({
      code: 'RUNTIME_UNSUPPORTED',
      message: 'runtime "fake" cannot attach to containers',
    });
    await expect(control.streams.usage('node-a', signal)).rejects.toMatchObject({
      message: 'runtime "fake" measures nothing',
    });
    await expect(open({ type: 'port', ...target, podUID: 'another', port: 80 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
