import { existsSync } from 'node:fs';
import { createAgent, createCluster, createMemoryStore, type Plugin } from '@mooring/core';
import { memoryVolumes, TestClock } from '@mooring/core/testing';
import { type FakeImages, fakeRuntime, ignoresStop, runsForever } from '@mooring/runtime-fake';
import { describe, expect, test } from 'vitest';
import { AgentRig, agentRig, podOf } from './support/agent-rig.ts';

const images: FakeImages = { app: { run: runsForever }, stubborn: { run: ignoresStop } };

const settled = (promise: Promise<unknown>) => {
  const state = { isDone: false };
  promise.then(
    () => {
      state.isDone = true;
    },
    () => {
      state.isDone = true;
    },
  );
  return state;
};

describe('closing a cluster', () => {
  test('ends everything and leaves nothing that ticks', async () => {
    const rig = await agentRig({ images });
    await rig.cluster.apply([podOf(), podOf({ image: 'stubborn' }, 'hard')]);
    await rig.pass(5000);
    await rig.close();
    expect(rig.running).toEqual([]);
    expect(rig.host.listSandboxes()).toEqual([]);
    expect(rig.clock.pending).toBe(0);
  });

  test('twice waits twice for the same end, and nothing is cut short', async () => {
    const rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn', terminationGracePeriodSeconds: 20 }));
    await rig.pass(5000);
    const { cluster } = rig;
    const closing = [settled(cluster.close()), settled(cluster.close())];
    await rig.pass(15_000);
    expect([closing.map(({ isDone }) => isDone), rig.running]).toEqual([[false, false], ['web/main#0']]);
    await rig.pass(10_000);
    expect([closing.map(({ isDone }) => isDone), rig.running]).toEqual([[true, true], []]);
  });

  test('can be turned into a detachment by whoever has no time', async () => {
    const rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn', terminationGracePeriodSeconds: 300 }));
    await rig.pass(5000);
    const closing = settled(rig.cluster.close());
    await rig.pass(1000);
    await rig.cluster.detach();
    await rig.pass(1000);
    expect([closing.isDone, rig.running, rig.clock.pending]).toEqual([true, ['web/main#0'], 1]);
  });

  test('when the engine does not answer ends all the same, and says what it could not stop', async () => {
    const rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    rig.host.breakDown();
    const closing = settled(rig.cluster.close());
    await rig.pass(200_000);
    expect(closing.isDone).toBe(true);
    expect(rig.logs.map(({ message }) => message)).toContain('pod could not be stopped');
    expect(rig.clock.pending).toBe(0);
  });

  test('takes no more pods in', async () => {
    const rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn' }));
    await rig.pass(5000);
    const closing = settled(rig.cluster.close());
    await rig.pass(1000);
    await rig.cluster.apply(podOf({}, 'late'));
    await rig.pass(60_000);
    expect([closing.isDone, rig.running]).toEqual([true, []]);
  });

  test('in the moment of a crash publishes no end of the pod', async () => {
    const rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ restartPolicy: 'OnFailure' }));
    await rig.pass(5000);
    rig.host.crash('web', 'main');
    await Promise.resolve();
    await rig.close();
    for (const { status } of rig.history()) expect(status.phase).not.toBe('Failed');
    await rig.start();
    await rig.pass(15_000);
    expect(rig.running).toEqual(['web/main#1']);
    await rig[Symbol.asyncDispose]();
  });

  test('detached leaves everything as it is, and nothing that ticks', async () => {
    const rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    await rig.detach();
    expect([rig.running, rig.clock.pending]).toEqual([['web/main#0'], 0]);
  });

  test('throws its temporary directory away', async () => {
    let dataDir = '';
    const probe: Plugin = {
      name: 'spy',
      core: '^0.1.0',
      register: (registry) =>
        registry.addRuntime('spied', (context) => {
          dataDir = context.dataDir;
          return real(context);
        }),
    };
    let real: Parameters<Parameters<Plugin['register']>[0]['addRuntime']>[1] = () => {
      throw new Error('not registered');
    };
    fakeRuntime().register({
      addProber: () => {},
      addAdmission: () => {},
      addController: () => {},
      addRuntime: (_, factory) => {
        real = factory;
      },
    });
    const cluster = await createCluster({ plugins: [probe] });
    const folder = dataDir.replace(/\/nodes\/.*$/, '');
    expect([cluster.nodes, existsSync(folder)]).toEqual([['localhost'], true]);
    await cluster.close();
    expect(existsSync(folder)).toBe(false);
  });
});

describe('composing a cluster', () => {
  const base = () => ({ clock: new TestClock(), volumes: () => memoryVolumes() });

  test('needs a runtime', async () => {
    await expect(createCluster({ ...base(), plugins: [] })).rejects.toMatchObject({
      code: 'RUNTIME_MISSING',
    });
  });

  test('needs nodes of different names', async () => {
    const nodes = [{ name: 'a' }, { name: 'b' }, { name: 'a' }];
    await expect(createCluster({ ...base(), plugins: [fakeRuntime()], nodes })).rejects.toMatchObject({
      code: 'INVALID',
      fields: [{ field: 'nodes[2].name', type: 'FieldValueDuplicate' }],
    });
  });

  test('that fails half-way takes down what has started', async () => {
    const options = base();
    const store = createMemoryStore();
    const fake = fakeRuntime({ images });
    const picky: Plugin = {
      name: 'picky',
      core: '^0.1.0',
      register: (registry) =>
        fake.register({
          addProber: () => {},
          addAdmission: () => {},
          addController: () => {},
          addRuntime: (name, factory) =>
            registry.addRuntime(name, (context) => {
              if (context.nodeName === 'second') throw new Error('no second one');
              return factory(context);
            }),
        }),
    };
    const nodes = [{ name: 'first' }, { name: 'second' }];
    await expect(createCluster({ ...options, store, plugins: [picky], nodes })).rejects.toThrow(
      'no second one',
    );
    expect(options.clock.pending).toBe(0);
  });

  test('a runtime of another make is refused by name', async () => {
    const strange: Plugin = {
      name: 'strange',
      core: '^0.1.0',
      register: (registry) => registry.addRuntime('strange', () => ({ apiVersion: 'runtime/v9' }) as never),
    };
    await expect(createCluster({ ...base(), plugins: [strange] })).rejects.toMatchObject({
      code: 'PLUGIN_INVALID',
      message: 'runtime "strange" is not a runtime/v1',
    });
  });

  test('an agent is a cluster of one node', async () => {
    const agent = await createAgent({
      ...base(),
      name: 'solo',
      hostIP: '192.0.2.9',
      plugins: [fakeRuntime()],
    });
    expect(agent.nodes).toEqual(['solo']);
    await agent.detach();
  });
});

describe('two clusters in one process', () => {
  test('share nothing: objects, actors, facts, plugins', async () => {
    const [one, two] = [new AgentRig({ images }), new AgentRig({ images })];
    await one.start();
    await two.start();
    await one.cluster.apply(podOf());
    await Promise.all([one.pass(5000), two.pass(5000)]);
    expect([await one.exists(), await two.exists()]).toEqual([true, false]);
    expect([one.running, two.facts]).toEqual([['web/main#0'], []]);
    const { uid } = (await one.pod()).metadata;
    await expect(two.cluster.actor(`pod/${uid}`).snapshot()).rejects.toMatchObject({ code: 'NO_SUCH_ACTOR' });
    await two.close();
    one.host.crash('web', 'main');
    await one.pass(1000);
    expect(one.running).toEqual(['web/main#1']);
    await one[Symbol.asyncDispose]();
  });

  test('nodes of one cluster share its pods, and run those that name them', async () => {
    const clock = new TestClock();
    const fake = fakeRuntime({ images });
    const cluster = await createCluster({
      plugins: [fake],
      nodes: [{ name: 'a' }, { name: 'b' }],
      clock,
      volumes: () => memoryVolumes(),
    });
    await cluster.apply([podOf({ nodeName: 'a' }, 'on-a'), podOf({}, 'anywhere')]);
    await clock.advanceBy(5000);
    const podsOn = (node: string) =>
      [...fake.host(node).containers.values()].map(({ config }) => config.podName);
    // The emptier node is the better one.
    expect([podsOn('a'), podsOn('b')]).toEqual([['on-a'], ['anywhere']]);
    await cluster.detach();
  });
});

describe('what a cluster is asked', () => {
  test('of kinds that nobody knows is refused at once, with a guess', async () => {
    await using rig = await agentRig({ images });
    const { cluster } = rig;
    const unknown = {
      code: 'INVALID',
      message: expect.stringMatching(
        /^unknown kind "Deploymnt" \(did you mean "Deployment"\?\): must be one of Pod, /,
      ),
    };
    await expect(cluster.list('Deploymnt')).rejects.toMatchObject(unknown);
    await expect(cluster.get('Deploymnt', 'default', 'x')).rejects.toMatchObject(unknown);
    await expect(cluster.delete('Deploymnt', 'default', 'x')).rejects.toMatchObject(unknown);
    await expect(cluster.patch('Deploymnt/default/x', {})).rejects.toMatchObject(unknown);
    await expect(cluster.waitFor('Deploymnt/default/x', 'deleted')).rejects.toMatchObject(unknown);
    await expect(cluster.events('Deploymnt/default/x')).rejects.toMatchObject(unknown);
    expect(() => cluster.watch('Deploymnt', { signal: AbortSignal.abort() })).toThrow('unknown kind');
    await expect(cluster.delete('Pod', 'default', 'nope')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an update of what cannot change is refused, in the words of Kubernetes, and changes nothing', async () => {
    await using rig = await agentRig({ images });
    await rig.cluster.apply(podOf());
    await rig.pass(2000);
    const other = podOf({ main: { command: ['other'] } });
    await expect(rig.cluster.apply(other)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('spec: Forbidden: pod updates may not change fields other than'),
    });
    await rig.pass(5000);
    expect(rig.running).toEqual(['web/main#0']);
  });

  test('one bad object does not keep the others out', async () => {
    await using rig = await agentRig({ images });
    const applying = rig.cluster.apply([podOf({}, 'a'), podOf({ image: '' }, 'bad'), podOf({}, 'b')]);
    await expect(applying).rejects.toMatchObject({
      code: 'INVALID',
      fields: [{ field: 'spec.containers[0].image', type: 'FieldValueRequired' }],
    });
    await rig.pass(2000);
    expect(rig.running).toEqual(['a/main#0', 'b/main#0']);
  });

  test('to wait for something is answered, or not in time', async () => {
    await using rig = await agentRig({ images });
    await rig.cluster.apply(podOf({ image: 'stubborn' }));
    const [ready, never] = [
      rig.cluster.waitFor('Pod/default/web', 'Ready'),
      rig.cluster.waitFor('Pod/default/web', 'phase=Failed', { timeoutMs: 10_000 }),
    ];
    const refused = expect(never).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: expect.stringContaining('Pod/default/web'),
    });
    await rig.pass(11_000);
    expect(await ready).toMatchObject({ metadata: { name: 'web' } });
    await refused;
    await rig.cluster.delete('Pod', 'default', 'web', { gracePeriodSeconds: 3 });
    const gone = rig.cluster.waitFor('Pod/default/web', 'deleted');
    await rig.pass(5000);
    expect(await gone).toBeUndefined();
  });
});
