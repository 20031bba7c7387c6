import { diesBy, exits, type FakeImages, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { type AgentRig, agentRig, podOf } from './support/agent-rig.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = {
  app: { run: runsForever },
  talks: { run: ({ attempt }) => ({ logs: [`life ${attempt}`], ...exits(1, 2000) }) },
  segfault: { run: diesBy('SIGSEGV', 3500) },
};

describe('the events of a pod', () => {
  test('carry what Kubernetes puts into them', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(2000);
    const { uid } = (await rig.pod()).metadata;
    const [event] = (await rig.cluster.events('Pod/default/web')).filter(
      ({ reason }) => reason === 'Started',
    );
    expect(event).toMatchObject({
      apiVersion: 'v1',
      kind: 'Event',
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: 'default',
        name: 'web',
        uid,
        fieldPath: 'spec.containers{main}',
      },
      type: 'Normal',
      message: 'Container started',
      count: 1,
      source: { component: 'kubelet', host: 'node-a' },
      reportingComponent: 'kubelet',
    });
  });

  test('tell of an end by itself: code, signal and age', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'segfault', restartPolicy: 'Never' }));
    await rig.pass(5000);
    expect(rig.events.find(({ reason }) => reason === 'ContainerExited')).toMatchObject({
      type: 'Warning',
      message: 'Container main exited with code 139 (SIGSEGV) after 3s',
    });
  });

  test('that are the same are counted, not repeated', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'nope' }));
    await rig.pass(1_000_000);
    const stored = await rig.cluster.events('Pod/default/web');
    const pulling = stored.filter(({ reason }) => reason === 'Pulling');
    expect(pulling).toHaveLength(1);
    expect(pulling[0]?.count).toBeGreaterThan(5);
    expect(stored.length).toBeLessThan(8);
  });

  test('are forgotten after their time', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    expect((await rig.cluster.events('Pod/default/web')).length).toBeGreaterThan(0);
    await rig.pass(2 * 3_600_000);
    expect(await rig.cluster.events('Pod/default/web')).toEqual([]);
  });

  test('never leave out the first of their kind for want of room: a flood of one pod does not drown another', async () => {
    rig = await agentRig({ images, node: { crashLoop: { initialMs: 1000, maxMs: 1000 } } });
    await rig.cluster.apply([podOf({ image: 'talks' }), podOf({}, 'quiet')]);
    await rig.pass(600_000);
    rig.host.crash('quiet', 'main', { exitCode: 5 });
    await rig.pass(1000);
    expect(rig.lines({ pod: 'quiet' })).toContain(
      'ContainerExited: Container main exited with code 5 after 10m0s',
    );
  });
});

describe('the remains of containers', () => {
  test('are one dead instance beside the newest, with its log', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'talks' }));
    await rig.pass(60_000);
    const attempt = (await rig.container()).restartCount ?? 0;
    expect(attempt).toBeGreaterThan(2);
    expect([...rig.host.containers.values()].map(({ config }) => config.attempt)).toEqual([
      attempt - 1,
      attempt,
    ]);
    const linesOf = async (previous: boolean) => {
      const lines: string[] = [];
      for await (const { text } of rig.cluster.logs({ pod: 'web', previous })) lines.push(text);
      return lines;
    };
    expect(await linesOf(false)).toEqual([`life ${attempt}`]);
    // It is to be started again, so the one that has ended is the one before already.
    expect(await linesOf(true)).toEqual([`life ${attempt}`]);
    await rig.clock.advanceUntil(async () => (await rig.container()).state?.running !== undefined, 600_000);
    expect(await linesOf(false)).toEqual([`life ${attempt + 1}`]);
    expect(await linesOf(true)).toEqual([`life ${attempt}`]);
  });

  test('that are not there are refused by name', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(1000);
    const read = async (reference: Parameters<typeof rig.cluster.logs>[0]) => {
      for await (const _ of rig.cluster.logs(reference));
    };
    await expect(read({ pod: 'web', previous: true })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'previous terminated container "main" in pod "web" not found',
    });
    await expect(read({ pod: 'web', container: 'nope' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(read('Pod/default/web' as never)).rejects.toMatchObject({
      code: 'INVALID',
      message: "a container is named as { pod: 'web', container: 'main' }",
    });
    await expect(read({ pod: 'nope' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'pods "nope" not found',
    });
  });

  test('of a finished pod stay readable until it is deleted', async () => {
    rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'talks', restartPolicy: 'Never' }));
    await rig.pass(60_000);
    const lines: string[] = [];
    for await (const { text } of rig.cluster.logs({ pod: 'web' })) lines.push(text);
    expect(lines).toEqual(['life 0']);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(1000);
    expect(rig.host.containers.size).toBe(0);
  });

  test('a record of the last five ends is kept with the pod', async () => {
    rig = await agentRig({ images, node: { crashLoop: { initialMs: 1000, maxMs: 1000 } } });
    await rig.cluster.apply(podOf({ image: 'talks' }));
    await rig.pass(60_000);
    const { terminations = [] } = await rig.status();
    expect(terminations).toHaveLength(5);
    expect(terminations[0]).toMatchObject({
      container: 'main',
      exitCode: 1,
      reason: 'Error',
      cause: 'the container ended by itself',
    });
  });

  test.each([
    [{ signal: 'SIGKILL' }, 'SIGKILL came from somebody else than this agent'],
    [{ signal: 'SIGSEGV' }, 'the container ended by itself'],
    [{ oomKilled: true }, 'the container ran out of memory'],
    [{ exitCode: 0, reason: 'StoppedExternally' }, 'somebody else stopped the container'],
  ] as const)('says of an end by %o that %s', async (end, cause) => {
    rig = await agentRig();
    await rig.cluster.apply(podOf({ restartPolicy: 'Never' }));
    await rig.pass(1000);
    rig.host.crash('web', 'main', end);
    await rig.pass(1000);
    expect((await rig.status()).terminations).toMatchObject([{ cause }]);
  });
});
