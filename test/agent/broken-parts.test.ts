import {
  type ContainerInfo,
  type ContainerRuntime,
  createAgent,
  defaultLogic,
  type GateInput,
  type GateOutput,
  type KubeletLogic,
  type Pod,
} from '@mooring/core';
import { type FakeImages, runsForever } from '@mooring/runtime-fake';
import { afterEach, describe, expect, test } from 'vitest';
import { fromPromise } from 'xstate';
import { AgentRig, agentRig, podOf } from './support/agent-rig.ts';
import { twistedRuntime } from './support/twisted-runtime.ts';

let rig: AgentRig;
afterEach(() => rig[Symbol.asyncDispose]());

const images: FakeImages = { app: { run: runsForever } };

describe('a container actor that breaks', () => {
  /** While `isOn`, machines of containers named `poison` throw as they begin and at every event. */
  const poison = { isOn: false };
  const poisonous: typeof defaultLogic.container = (node, probe) => {
    const logic = defaultLogic.container(node, probe);
    const transition: typeof logic.transition = (snapshot, event, scope) => {
      const { name } = (snapshot as unknown as { context: { name: string } }).context;
      if (poison.isOn && name === 'poison') throw new Error('poisoned');
      return logic.transition(snapshot, event, scope);
    };
    const getInitialSnapshot: typeof logic.getInitialSnapshot = (scope, input) => {
      if (poison.isOn && input.name === 'poison') throw new Error('poisoned');
      return logic.getInitialSnapshot(scope, input);
    };
    return Object.assign(Object.create(logic), { transition, getInitialSnapshot });
  };
  const poisonRig = () => {
    poison.isOn = false;
    return agentRig({ images, logic: { container: poisonous } });
  };
  const bad = podOf(
    {
      containers: [
        { name: 'poison', image: 'app' },
        { name: 'other', image: 'app' },
      ],
    },
    'bad',
  );
  const poke = async () => {
    const { uid } = (await rig.pod('bad')).metadata;
    await rig.cluster.actor(`pod/${uid}/container/poison`).send({ type: 'probe.run-now' });
  };
  const withDeadline = (pod: Pod, activeDeadlineSeconds: number): Pod => ({
    ...pod,
    spec: { ...pod.spec, activeDeadlineSeconds },
  });
  const failures = () => rig.logs.filter(({ message }) => message === 'pod actor broke');

  test.each([
    ['right after the start, before anything was listed', 500],
    ['later', 15_000],
  ])('once, %s: its pod is taken up again and nothing of it is started anew', async (_, ageMs) => {
    rig = await poisonRig();
    await rig.cluster.apply([bad, podOf()]);
    await rig.pass(ageMs);
    const ids = [...rig.host.containers.keys()];
    poison.isOn = true;
    await poke();
    await rig.pass(100);
    poison.isOn = false;
    await rig.pass(60_000);
    expect([...rig.host.containers.keys()]).toEqual(ids);
    expect(rig.running).toEqual(['bad/other#0', 'bad/poison#0', 'web/main#0']);
    expect(rig.lines({ pod: 'bad' })).toContain('FailedSync: error syncing pod: poisoned');
    expect(rig.reasons({ pod: 'bad' })).not.toContain('SandboxChanged');
    expect((await rig.status('bad')).phase).toBe('Running');
    // It is looked after again.
    rig.host.crash('bad', 'poison');
    await rig.pass(1000);
    expect(rig.running).toContain('bad/poison#1');
  });

  test('again and again is given a rest, costs next to nothing, and disturbs nobody', async () => {
    rig = await poisonRig();
    await rig.cluster.apply([bad, podOf()]);
    await rig.pass(15_000);
    poison.isOn = true;
    await poke();
    await rig.pass(60_000);
    expect(failures().length).toBe(5);
    expect(failures().at(-1)?.fields).toMatchObject({ kind: 'quarantine' });
    await rig.pass(3_600_000);
    // Five tries in a minute, then ten minutes of rest.
    expect(failures().length).toBeLessThan(40);
    rig.host.crash('web', 'main');
    await rig.pass(1000);
    expect(rig.running).toEqual(['bad/other#0', 'bad/poison#0', 'web/main#1']);
  });

  test('is tried again when its pod changes', async () => {
    rig = await poisonRig();
    await rig.cluster.apply(bad);
    await rig.pass(15_000);
    poison.isOn = true;
    await poke();
    await rig.pass(60_000);
    poison.isOn = false;
    rig.host.crash('bad', 'poison');
    await rig.pass(1000);
    expect(rig.running).toEqual(['bad/other#0']);
    await rig.cluster.apply(withDeadline(bad, 100_000));
    await rig.pass(1000);
    expect(rig.running).toEqual(['bad/other#0', 'bad/poison#1']);
  });

  test.each([
    ['deleted', undefined],
    ['forced out', 0],
  ])('while its pod is %s: nothing is left behind', async (_, gracePeriodSeconds) => {
    rig = await poisonRig();
    await rig.cluster.apply(bad);
    await rig.pass(15_000);
    poison.isOn = true;
    await poke();
    await rig.pass(60_000);
    poison.isOn = false;
    const options = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
    await rig.cluster.delete('Pod', 'default', 'bad', options);
    await rig.pass(5000);
    expect([rig.running, await rig.exists('bad'), rig.host.containers.size]).toEqual([[], false, 0]);
  });

  test('while its deadline passes: the deadline is kept', async () => {
    rig = await poisonRig();
    await rig.cluster.apply(withDeadline(bad, 40));
    await rig.pass(15_000);
    poison.isOn = true;
    await poke();
    await rig.pass(20_000);
    poison.isOn = false;
    await rig.pass(10_000);
    expect(await rig.status('bad')).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
  });

  test('does not keep the agent from being closed', async () => {
    rig = await poisonRig();
    await rig.cluster.apply([bad, podOf()]);
    await rig.pass(15_000);
    poison.isOn = true;
    await poke();
    await rig.pass(5000);
    await rig.close();
    expect(rig.running).not.toContain('web/main#0');
    expect(rig.logs.map(({ message }) => message)).toContain('pod could not be stopped');
  });
});

test.each([null, {}])(
  'a transport that opens %j is refused by name',
  async (opened) => {
    rig = new AgentRig({ images });
    const { store, ...options } = rig.agentOptions();
    const transport = { name: 'mine', open: async () => opened as never };
    const words = 'transport mine opened no bus or no store';
    await expect(createAgent({ ...options, transport })).rejects.toMatchObject({
      code: 'INVALID',
      message: words,
    });
  },
  5000,
);

test.each([Number.NaN, -1])(
  'a delay of %d between two probes is told, and no hot loop',
  async (delayMs) => {
    const probe: KubeletLogic['probe'] = (node) =>
      defaultLogic.probe(node).provide({ delays: { untilNextProbe: () => delayMs } });
    rig = await agentRig({ images, logic: { probe } });
    await rig.cluster.apply(
      podOf({ main: { livenessProbe: { exec: { command: ['true'] }, periodSeconds: 5 } } }),
    );
    await rig.pass(1000);
    const before = rig.host.calls.exec;
    await rig.pass(60_000);
    expect(rig.host.calls.exec - before).toBe(12);
    const [told] = rig.logs.filter(({ message }) => message === 'probe broke');
    expect(String(told?.fields['err'])).toContain(`delay "untilNextProbe" of the probe is ${delayMs}`);
  },
  5000,
);

test.each([undefined, Number.NaN, -1])(
  'a gate that says to wait for %d is asked without haste',
  async (delayMs) => {
    let calls = 0;
    const gate = fromPromise<GateOutput, GateInput>(async () => {
      calls += 1;
      return { start: false, delayMs: delayMs as number, failure: { reason: 'Quota', message: 'none left' } };
    });
    const container: KubeletLogic['container'] = (node, probe) =>
      defaultLogic.container(node, probe).provide({ actors: { gate } });
    rig = await agentRig({ images, logic: { container } });
    await rig.cluster.apply(podOf());
    await rig.pass(60_000);
    expect(calls).toBe(7);
    expect((await rig.container()).state?.waiting?.reason).toBe('Quota');
  },
  5000,
);

test('a gate of a user that rejects is told, and asked again', async () => {
  let isBroken = true;
  const gate = fromPromise<GateOutput, GateInput>(async () => {
    if (isBroken) throw new Error('no quota');
    return { start: true, backOff: undefined };
  });
  const container: KubeletLogic['container'] = (node, probe) =>
    defaultLogic.container(node, probe).provide({ actors: { gate } });
  rig = await agentRig({ images, logic: { container } });
  await rig.cluster.apply(podOf());
  await rig.pass(15_000);
  expect(rig.lines()).toContain('Failed: Error: no quota');
  expect((await rig.container()).state?.waiting?.message).toBe('no quota');
  isBroken = false;
  await rig.pass(15_000);
  expect(rig.running).toEqual(['web/main#0']);
});

describe('one broken pod among a hundred', () => {
  test('is alone with its trouble', async () => {
    rig = await agentRig({ images });
    const names = Array.from({ length: 100 }, (_, i) => `pod-${i}`);
    rig.host.fault('createContainer', { hangs: true, when: ({ podName }) => podName === 'pod-50' });
    await rig.cluster.apply(names.map((name) => podOf({}, name)));
    await rig.pass(2000);
    expect(rig.running).toHaveLength(99);
    expect(rig.running).not.toContain('pod-50/main#0');
    await rig.pass(120_000);
    expect(rig.reasons({ pod: 'pod-50' })).toContain('Failed');
    expect((await rig.container('main', 'pod-50')).state?.waiting?.reason).toBe('CreateContainerError');
  });
});

describe('a runtime of which one verb is broken for one pod', () => {
  type Verb = keyof ContainerRuntime &
    (
      | 'createSandbox'
      | 'createContainer'
      | 'startContainer'
      | 'stopContainer'
      | 'removeContainer'
      | 'inspectContainer'
      | 'ensureImage'
      | 'review'
    );
  const faults = {
    throws: () => {
      throw new Error('broken plugin');
    },
    rejects: () => Promise.reject(new Error('broken plugin')),
    hangs: () => new Promise(() => {}),
    'answers with null': () => Promise.resolve(null),
    'answers with nonsense': () => Promise.resolve({ state: 'purple', items: 7 }),
  } as const;

  /** Which pod a call is about, from whatever it was given. */
  const isAboutBad = (argument: unknown): boolean => {
    if (argument === 'bad-image') return true;
    if (typeof argument === 'string') return rig.host.containers.get(argument)?.config.podName === 'bad';
    const { podName, metadata } = argument as { podName?: string; metadata?: { name: string } };
    return (podName ?? metadata?.name) === 'bad';
  };

  const broken = { isOn: true, calls: 0 };
  const brokenRig = (verb: Verb, fault: () => unknown) => {
    broken.isOn = true;
    broken.calls = 0;
    const twist = (real: ContainerRuntime) => ({
      [verb]: (...given: unknown[]) => {
        if (!broken.isOn || !isAboutBad(given[0]))
          return (real[verb] as (...all: unknown[]) => unknown)(...given);
        broken.calls += 1;
        return fault();
      },
    });
    return agentRig({
      images: { ...images, 'bad-image': { run: runsForever } },
      twist: twistedRuntime(twist as Parameters<typeof twistedRuntime>[0]),
    });
  };

  const verbs: readonly Verb[] = [
    'ensureImage',
    'createSandbox',
    'createContainer',
    'startContainer',
    'inspectContainer',
    'stopContainer',
    'removeContainer',
  ];
  const cases = verbs.flatMap((verb) => Object.keys(faults).map((fault) => [verb, fault] as const));

  test.each(cases)(
    '%s %s: told with its pod, without haste, and nobody else suffers',
    async (verb, fault) => {
      rig = await brokenRig(verb, faults[fault as keyof typeof faults]);
      await rig.cluster.apply([podOf({ image: 'bad-image' }, 'bad'), podOf()]);
      await rig.pass(60_000);
      expect(rig.running).toContain('web/main#0');
      expect((await rig.status()).phase).toBe('Running');
      rig.host.crash('web', 'main');
      await rig.pass(1000);
      expect(rig.running).toContain('web/main#1');
      await rig.cluster.delete('Pod', 'default', 'bad');
      await rig.pass(200_000);
      // At most a try a second on average, whatever goes wrong.
      expect(broken.calls).toBeLessThan(260);
      broken.isOn = false;
      await rig.pass(400_000);
      expect([rig.running, await rig.exists('bad')]).toEqual([['web/main#1'], false]);
      expect(rig.host.containers.size).toBe(2);
      expect(rig.host.listSandboxes()).toHaveLength(1);
    },
  );

  const told = cases.filter(
    ([verb, fault]) =>
      !(verb === 'removeContainer' || verb === 'stopContainer') || !fault.startsWith('answers'),
  );
  test.each(told)('%s %s: there is a warning among the events of the pod', async (verb, fault) => {
    rig = await brokenRig(verb, faults[fault as keyof typeof faults]);
    await rig.cluster.apply(podOf({ image: 'bad-image' }, 'bad'));
    await rig.pass(5000);
    if (verb === 'stopContainer' || verb === 'removeContainer')
      await rig.cluster.delete('Pod', 'default', 'bad');
    // A pull may take ten minutes.
    await rig.pass(700_000);
    expect(rig.eventsOf({ pod: 'bad' }).filter(({ type }) => type === 'Warning')).not.toEqual([]);
  });

  test.each(['throws', 'answers with null', 'answers with nonsense'] as const)(
    'review %s: the pod is refused',
    async (fault) => {
      rig = await brokenRig('review', faults[fault]);
      await rig.cluster.apply([podOf({ image: 'bad-image' }, 'bad'), podOf()]);
      await rig.pass(5000);
      expect(rig.running).toEqual(['web/main#0']);
      expect(await rig.status('bad')).toMatchObject({ phase: 'Failed', reason: 'UnexpectedAdmissionError' });
      // As in Kubernetes: tables show the reason of the pod only where no container has one of its own.
      expect(await rig.status('bad')).not.toHaveProperty('containerStatuses');
      expect(rig.reasons({ pod: 'bad' })).toEqual(['UnexpectedAdmissionError']);
    },
  );

  test('a stop that is only claimed is not believed', async () => {
    rig = await brokenRig('stopContainer', () => Promise.resolve());
    await rig.cluster.apply(podOf({ image: 'bad-image' }, 'bad'));
    await rig.pass(5000);
    await rig.cluster.delete('Pod', 'default', 'bad');
    await rig.pass(60_000);
    expect([rig.running, await rig.exists('bad')]).toEqual([['bad/main#0'], true]);
    expect(rig.reasons({ pod: 'bad' })).not.toContain('ContainerExited');
    broken.isOn = false;
    await rig.pass(60_000);
    expect([rig.running, await rig.exists('bad')]).toEqual([[], false]);
  });
});

describe('a runtime whose lists and events are broken', () => {
  const nonsense = [undefined, null, 7, [null], [{}], 'text'];
  test.each(nonsense.map((answer) => [JSON.stringify(answer), answer]))(
    'lists of %s are no news, and the events still count',
    async (_, answer) => {
      let isOn = false;
      const twist = (real: ContainerRuntime): Partial<ContainerRuntime> => ({
        listContainers: (labels, signal) =>
          isOn && 'mooring/node' in labels
            ? Promise.resolve(answer as never)
            : real.listContainers(labels, signal),
      });
      rig = await agentRig({ images, twist: twistedRuntime(twist) });
      await rig.cluster.apply(podOf());
      await rig.pass(5000);
      isOn = true;
      await rig.pass(60_000);
      expect([rig.running, (await rig.container()).restartCount]).toEqual([['web/main#0'], 0]);
      rig.host.crash('web', 'main');
      await rig.pass(1000);
      expect(rig.running).toEqual(['web/main#1']);
    },
  );

  test.each<[string, () => AsyncIterable<never>]>([
    [
      'throws',
      () => {
        throw new Error('no events');
      },
    ],
    ['ends at once', async function* () {}],
    [
      'tells nonsense',
      async function* () {
        yield undefined as never;
      },
    ],
    ['is nothing at all', () => undefined as never],
  ])('a stream of events that %s is replaced by looks', async (_, events) => {
    rig = await agentRig({ images, twist: twistedRuntime(() => ({ events })) });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    rig.host.crash('web', 'main');
    await rig.pass(11_000);
    expect(rig.running).toEqual(['web/main#1']);
    expect(rig.host.calls.listContainers).toBeLessThan(40);
  });

  test('a stream of events that heeds no signal does not keep the agent from being closed', async () => {
    const events = async function* () {
      await new Promise<never>(() => {});
    };
    rig = await agentRig({ images, twist: twistedRuntime(() => ({ events })) });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    const beforeMs = rig.nowMs;
    await rig.close();
    expect(rig.nowMs - beforeMs).toBeLessThan(5000);
  });

  test('a field that may be absent and is no such thing counts as absent', async () => {
    const odd = (info: ContainerInfo): ContainerInfo =>
      ({
        ...info,
        startedAtMs: 'yesterday',
        ...(info.state === 'exited' && { finishedAtMs: Number.NaN, exitCode: null, message: 7 }),
        signal: null,
      }) as unknown as ContainerInfo;
    const twist = (real: ContainerRuntime): Partial<ContainerRuntime> => ({
      async inspectContainer(id, signal) {
        const info = await real.inspectContainer(id, signal);
        return info && odd(info);
      },
      listContainers: async (labels, signal) => (await real.listContainers(labels, signal)).map(odd),
    });
    rig = await agentRig({ images, twist: twistedRuntime(twist) });
    await rig.cluster.apply(podOf());
    await rig.pass(5000);
    expect((await rig.container()).state).toHaveProperty('running');
    rig.host.crash('web', 'main');
    await rig.pass(1000);
    expect(await rig.container()).toMatchObject({
      state: { running: {} },
      lastState: { terminated: { exitCode: 255, reason: 'Unknown' } },
    });
    expect(rig.lines()).toContain('ContainerExited: Container main exited with code 255 after 5s');
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(5000);
    expect([rig.running, await rig.exists()]).toEqual([[], false]);
    const told = rig.logs.filter(({ message }) => message === 'answer of the runtime not understood');
    expect(told.map(({ fields }) => fields['field']).sort()).toEqual([
      'exitCode',
      'finishedAtMs',
      'message',
      'signal',
      'startedAtMs',
    ]);
  });

  test.each<[keyof ContainerInfo, unknown]>([
    ['startedAtMs', 1e20],
    ['finishedAtMs', -1e20],
    ['imageRef', 7],
    ['signal', 'x'.repeat(5_000_000)],
  ])('%s that cannot be shown breaks no actor, and the status is written', async (field, value) => {
    const odd = (info: ContainerInfo): ContainerInfo => ({ ...info, [field]: value });
    const twist = (real: ContainerRuntime): Partial<ContainerRuntime> => ({
      async inspectContainer(id, signal) {
        const info = await real.inspectContainer(id, signal);
        return info && odd(info);
      },
      listContainers: async (labels, signal) => (await real.listContainers(labels, signal)).map(odd),
    });
    rig = await agentRig({ images, twist: twistedRuntime(twist) });
    await rig.cluster.apply(podOf());
    await rig.pass(15_000);
    rig.host.crash('web', 'main');
    await rig.pass(15_000);
    expect(await rig.container()).toMatchObject({ restartCount: 1, state: { running: {} } });
    expect(rig.logs.filter(({ level }) => level === 'error')).toEqual([]);
    await rig.cluster.delete('Pod', 'default', 'web');
    await rig.pass(5000);
    expect(await rig.exists()).toBe(false);
  });

  test('a log that hangs costs its end its last words, and no more', async () => {
    const twist = (): Partial<ContainerRuntime> => ({
      async *logs() {
        await new Promise(() => {});
      },
    });
    rig = await agentRig({ images, twist: twistedRuntime(twist) });
    await rig.cluster.apply([
      podOf({ main: { terminationMessagePolicy: 'FallbackToLogsOnError' } }),
      podOf({}, 'other'),
    ]);
    await rig.pass(5000);
    rig.host.loseEvents(1000);
    rig.host.crash('web', 'main');
    await rig.pass(30_000);
    rig.host.loseEvents(1000);
    rig.host.crash('other', 'main');
    await rig.pass(30_000);
    expect(rig.running).toEqual(['other/main#1', 'web/main#1']);
  });
});

describe('a runtime that makes sandboxes nobody can use', () => {
  test.each([
    ['not ready', { state: 'notready' }],
    ['without an address', { ip: '' }],
  ] as const)('%s: told, tried again without haste, and removed', async (_, flaw) => {
    let isOn = true;
    const twist = (real: ContainerRuntime): Partial<ContainerRuntime> => ({
      async createSandbox(config, signal) {
        const sandbox = await real.createSandbox(config, signal);
        return isOn ? { ...sandbox, ...flaw } : sandbox;
      },
    });
    rig = await agentRig({ images, twist: twistedRuntime(twist) });
    await rig.cluster.apply(podOf());
    await rig.pass(60_000);
    expect(rig.host.calls.createSandbox).toBeLessThan(8);
    expect(rig.reasons()).toContain('FailedCreatePodSandBox');
    isOn = false;
    await rig.pass(20_000);
    expect([rig.running, rig.host.listSandboxes().length]).toEqual([['web/main#0'], 1]);
  });
});
