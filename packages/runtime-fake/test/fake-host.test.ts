import { hasCode, type RuntimeEvent } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import {
  diesBy,
  exits,
  FakeHost,
  type FakeHostOptions,
  FakeRuntime,
  fakeRuntime,
  ignoresStop,
  neverStarts,
  runs,
  runsForever,
  runsOutOfMemory,
} from '@mooring/runtime-fake';
import { describe, expect, test } from 'vitest';
import { startInPod } from './run-script.ts';

const { signal } = new AbortController();

function scene(images: FakeHostOptions['images'] = { '*': { run: runsForever } }) {
  const clock = new TestClock();
  const host = new FakeHost({ clock, images });
  const runtime = new FakeRuntime(host);
  return { clock, host, runtime };
}

/** Starts the `main` container of the pod `web`. */
const start = (runtime: FakeRuntime, image = 'app', attempt = 0) =>
  startInPod(runtime, [], { podName: 'web', image, attempt });

describe('a script says', () => {
  test.each([
    { name: 'when and how it ends', run: exits(3, 5000), want: { exitCode: 3, finishedAtMs: 5000 } },
    { name: 'that a signal ends it', run: diesBy('SIGSEGV', 10), want: { exitCode: 139, signal: 'SIGSEGV' } },
    {
      name: 'that it runs out of memory',
      run: runsOutOfMemory(20),
      want: { exitCode: 137, signal: 'SIGKILL', reason: 'OOMKilled' },
    },
    {
      name: 'what it leaves behind',
      run: { exitAfterMs: 0, exitCode: 1, lastWords: 'ouch' },
      want: { message: 'ouch' },
    },
    {
      name: 'that a program decides',
      run: runs(async (process) => {
        await process.sleep(30);
        return 9;
      }),
      want: { exitCode: 9, finishedAtMs: 30 },
    },
    {
      name: 'nothing when its program throws',
      run: runs(() => {
        throw new Error('bug');
      }),
      want: { exitCode: 1 },
    },
  ])('$name', async ({ run, want }) => {
    const { clock, host, runtime } = scene({ app: { run } });
    const epochMs = clock.now();
    const id = await startInPod(runtime, [], {
      image: 'app',
      terminationMessagePath: '/dev/termination-log',
    });
    await clock.advanceBy(10_000);
    const info = host.containers.get(id)?.info;
    const { finishedAtMs = 0 } = info ?? {};
    expect({ ...info, finishedAtMs: finishedAtMs - epochMs }).toMatchObject({ state: 'exited', ...want });
  });

  test('different things for each instance', async () => {
    const run = ({ attempt }: { attempt: number }) => (attempt < 2 ? exits(1, 100) : runsForever);
    const { clock, host, runtime } = scene({ app: { run } });
    const ids = [];
    for (const attempt of [0, 1, 2]) ids.push(await start(runtime, 'app', attempt));
    await clock.advanceBy(200);
    expect(ids.map((id) => host.containers.get(id)?.info.state)).toEqual(['exited', 'exited', 'running']);
  });

  test('that it never starts', async () => {
    const { host, runtime } = scene({ app: { run: neverStarts('no such device') } });
    await expect(start(runtime)).rejects.toMatchObject({ code: 'START_FAILED', message: 'no such device' });
    expect(host.container('web', 'main').info).toMatchObject({ exitCode: 128, reason: 'StartError' });
  });

  test('how long it takes to heed the stop signal', async () => {
    const { clock, host, runtime } = scene({ app: { run: { onStop: { afterMs: 700, exitCode: 5 } } } });
    const id = await start(runtime);
    const stopped = runtime.stopContainer(id, 30_000, signal);
    await clock.advanceBy(699);
    expect(host.containers.get(id)?.info.state).toBe('running');
    await clock.advanceBy(1);
    await stopped;
    expect(host.containers.get(id)?.info.exitCode).toBe(5);
  });
});

describe('a test can', () => {
  test.each([
    { name: 'with a code', end: { exitCode: 7 }, want: { exitCode: 7 } },
    { name: 'by a signal', end: { signal: 'SIGABRT' }, want: { exitCode: 134, signal: 'SIGABRT' } },
    { name: 'for want of memory', end: { oomKilled: true }, want: { exitCode: 137, reason: 'OOMKilled' } },
  ])('crash a container $name', async ({ end, want }) => {
    const { host, runtime } = scene();
    await start(runtime);
    host.crash('web', 'main', end);
    expect(host.container('default/web', 'main').info).toMatchObject({ state: 'exited', ...want });
  });

  test('make a container vanish without a word', async () => {
    const { clock, host, runtime } = scene();
    const events = listen(runtime);
    const id = await start(runtime);
    host.vanish('web', 'main');
    await clock.advanceBy(0);
    expect(await runtime.inspectContainer(id, signal)).toBeUndefined();
    expect(await runtime.listContainers({}, signal)).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(['created', 'started']);
  });

  test('take the network of a pod away', async () => {
    const { clock, host, runtime } = scene();
    const events = listen(runtime);
    await start(runtime);
    host.loseSandbox('web');
    await clock.advanceBy(0);
    expect(await runtime.listSandboxes(signal)).toMatchObject([{ state: 'notready' }]);
    expect(events.at(-1)?.type).toBe('sandbox-lost');
  });

  test('break the engine for a while', async () => {
    const { clock, host, runtime } = scene({ app: { run: ignoresStop } });
    const id = await start(runtime);
    const stopping = expect(runtime.stopContainer(id, 60_000, signal)).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
    });
    host.breakDown(5000);
    await stopping;
    expect(await runtime.status(signal)).toMatchObject({ ready: false });
    await expect(runtime.listContainers({}, signal)).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
    await expect(readAll(runtime)).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
    await clock.advanceBy(5000);
    expect(await runtime.status(signal)).toMatchObject({ ready: true });
    expect(await runtime.inspectContainer(id, signal)).toMatchObject({ state: 'running' });
  });

  test('lose events', async () => {
    const { clock, host, runtime } = scene({ app: { run: exits(0, 100) } });
    const events = listen(runtime);
    const id = await start(runtime);
    host.loseEvents(1000);
    await clock.advanceBy(1000);
    expect(events.map(({ type }) => type)).toEqual(['created', 'started']);
    expect(await runtime.inspectContainer(id, signal)).toMatchObject({ state: 'exited' });
  });

  test('cut the power', async () => {
    const { host, runtime } = scene();
    const id = await start(runtime);
    host.reboot();
    expect(await runtime.inspectContainer(id, signal)).toMatchObject({ exitCode: 255, reason: 'Unknown' });
    expect(await runtime.listSandboxes(signal)).toMatchObject([{ state: 'notready' }]);
  });

  test('count calls', async () => {
    const { host, runtime } = scene();
    await start(runtime);
    await runtime.listContainers({}, signal);
    expect(host.calls).toMatchObject({
      createContainer: 1,
      startContainer: 1,
      listContainers: 1,
      stopContainer: 0,
    });
  });
});

describe('a fault', () => {
  const error = { code: 'CREATE_FAILED', message: 'disk full' } as const;

  test('makes a call fail as often as it says', async () => {
    const { host, runtime } = scene();
    host.fault('createContainer', { error, times: 1 });
    await expect(start(runtime)).rejects.toMatchObject(error);
    await start(runtime);
  });

  test('makes a call slow', async () => {
    const { clock, host, runtime } = scene();
    host.fault('listContainers', { delayMs: 2000 });
    let isDone = false;
    const listed = runtime.listContainers({}, signal).then(() => {
      isDone = true;
    });
    await clock.advanceBy(1999);
    expect(isDone).toBe(false);
    await clock.advanceBy(1);
    await listed;
  });

  test('makes a call hang until it is aborted', async () => {
    const { clock, host, runtime } = scene();
    host.fault('listContainers', { hangs: true });
    const abort = new AbortController();
    const outcome = expect(runtime.listContainers({}, abort.signal)).rejects.toThrow('enough');
    await clock.advanceBy(3_600_000);
    abort.abort(new Error('enough'));
    await outcome;
  });

  test('can come after the effect', async () => {
    const { host, runtime } = scene();
    host.fault('createContainer', { error, afterEffect: true, times: 1 });
    await expect(start(runtime)).rejects.toMatchObject(error);
    expect(await runtime.listContainers({}, signal)).toHaveLength(1);
  });

  test('can let a call take effect that its caller has given up', async () => {
    const { clock, host, runtime } = scene();
    host.fault('createContainer', { delayMs: 100, outlivesAbort: true });
    const abort = new AbortController();
    const config = { podUID: 'uid', podName: 'web', namespace: 'default', attempt: 0, labels: {}, ports: [] };
    const sandbox = await runtime.createSandbox({ ...config, hostname: 'web', hostNetwork: false }, signal);
    const rest = {
      image: 'app',
      imageRef: 'app',
      env: [],
      mounts: [],
      resources: {},
      stdin: false,
      tty: false,
    };
    const created = runtime.createContainer(
      { ...config, ...rest, name: 'late', sandboxID: sandbox.id, containerName: 'main' },
      abort.signal,
    );
    const outcome = expect(created).rejects.toThrow('given up');
    abort.abort(new Error('given up'));
    await outcome;
    expect(await runtime.listContainers({}, signal)).toEqual([]);
    await clock.advanceBy(100);
    expect(await runtime.listContainers({}, signal)).toHaveLength(1);
  });

  test('breaks the announcements off', async () => {
    const { host, runtime } = scene();
    host.fault('events', { error, times: 1 });
    await expect(readAll(runtime)).rejects.toMatchObject(error);
  });

  test('hits the calls it is meant for, until it is lifted', async () => {
    const { host, runtime } = scene();
    const fault = host.fault('startContainer', { error, when: ({ image }) => image === 'app' });
    await expect(start(runtime)).rejects.toMatchObject(error);
    await start(runtime, 'other', 1);
    fault[Symbol.dispose]();
    await start(runtime, 'app', 2);
  });
});

describe('images', () => {
  const images = {
    'registry.example:5000/app': { run: runsForever },
    nginx: { pull: { delayMs: 3000, sizeBytes: 1234 } },
    broken: { pull: { error: { code: 'RUNTIME_UNAVAILABLE', message: 'RegistryUnavailable: 503' } } },
  } as const;

  test.each(['nginx', 'nginx:latest', 'library/nginx', 'docker.io/library/nginx:latest'])(
    '%s is nginx',
    async (name) => {
      const { host } = scene(images);
      expect(host.imageOf(name)).toBe(images.nginx);
    },
  );

  test.each(['nginx:1.27', 'other', 'registry.example:5000/app:v2', 'example/nginx'])(
    '%s is not there',
    async (name) => {
      const { runtime } = scene(images);
      await expect(runtime.ensureImage(name, 'Always', signal)).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
      });
    },
  );

  test.each(['', 'UPPER', 'a b', 'a//b', 'app:', ':tag', '-app'])('%j is no reference', async (name) => {
    const { runtime } = scene(images);
    await expect(runtime.ensureImage(name, 'Always', signal)).rejects.toMatchObject({
      code: 'IMAGE_NAME_INVALID',
    });
  });

  test('are fetched once, and asked for again under Always', async () => {
    const { clock, runtime } = scene(images);
    const first = runtime.ensureImage('nginx', 'IfNotPresent', signal);
    await clock.advanceBy(3000);
    expect(await first).toMatchObject({ pulled: true, sizeBytes: 1234 });
    expect(await runtime.ensureImage('nginx:latest', 'IfNotPresent', signal)).toMatchObject({
      pulled: false,
    });
    expect(await runtime.ensureImage('nginx', 'Always', signal)).toMatchObject({ pulled: true });
    expect(await runtime.ensureImage('nginx', 'Never', signal)).toMatchObject({ pulled: false });
  });

  test('fail in the words of their script', async () => {
    const { runtime } = scene(images);
    const pull = runtime.ensureImage('broken', 'IfNotPresent', signal);
    await expect(pull).rejects.toSatisfy((error) => hasCode(error, 'RUNTIME_UNAVAILABLE'));
  });
});

test('an agent that is started anew finds what ran on its node', async () => {
  const clock = new TestClock();
  const plugin = fakeRuntime();
  const open = () => {
    const made: FakeRuntime[] = [];
    plugin.register({
      addProber() {},
      addAdmission() {},
      addController() {},
      addRuntime(_name, factory) {
        const context = { nodeName: 'node-a', dataDir: '', clock, logger: silent };
        made.push(factory(context) as FakeRuntime);
      },
    });
    return made[0] as FakeRuntime;
  };
  const before = open();
  const id = await start(before);
  await before[Symbol.asyncDispose]();
  expect(await open().inspectContainer(id, signal)).toMatchObject({ state: 'running' });
  expect(plugin.host('node-a').container('web', 'main').info.id).toBe(id);
});

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

function listen(runtime: FakeRuntime): RuntimeEvent[] {
  const events: RuntimeEvent[] = [];
  void (async () => {
    for await (const event of runtime.events(signal)) events.push(event);
  })();
  return events;
}

async function readAll(runtime: FakeRuntime): Promise<void> {
  for await (const _event of runtime.events(signal));
}
