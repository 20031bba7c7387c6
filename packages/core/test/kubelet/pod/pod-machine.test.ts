import { describe, expect, test } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import type { StoredPod } from '../../../src/api/pod.ts';
import type { ContainerInfo, SandboxInfo } from '../../../src/contract/container-runtime.ts';
import type { ContainerActivity, ContainerView } from '../../../src/kubelet/container/container-view.ts';
import { noObservation, observationOf } from '../../../src/kubelet/pod/observation.ts';
import type { PodContext, PodEvent, PodInput } from '../../../src/kubelet/pod/pod-context.ts';
import { podMachine } from '../../../src/kubelet/pod/pod-machine.ts';
import { container, deleted, instance, pod, sandbox, sidecar } from './pod-rig.ts';

type State = ReturnType<typeof initialTransition<typeof podMachine>>[0];
type Step = PodEvent | { readonly type: string; readonly [field: string]: unknown };

const app = container('app');
const plain = pod();
const outcome = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long' } as const;

const inputOf = (of: StoredPod, changes: Partial<PodInput> = {}): PodInput => ({
  pod: of,
  adopted: noObservation,
  givesPodIP: true,
  ...changes,
});
const found = (sandboxes: readonly SandboxInfo[], ...containers: readonly ContainerInfo[]) => ({
  adopted: observationOf(sandboxes, containers),
});

const setUp = (...sandboxes: readonly SandboxInfo[]): Step => ({
  type: 'xstate.done.actor.0.pod.settingUp',
  output: sandboxes.length === 0 ? [sandbox()] : sandboxes,
});
const cleanedUp = (isFinal: boolean): Step => ({
  type: 'xstate.done.actor.0.pod.cleaningUp',
  output: { podUID: 'u1', isFinal },
});
const sync = (of: StoredPod): Step => ({ type: 'pod.sync', pod: of });
const removed: Step = { type: 'pod.removed' };
const kill: Step = { type: 'pod.kill', outcome };
const lost: Step = { type: 'sandbox.observed', sandboxes: [sandbox({ state: 'notready' })] };
const reported = (
  name: string,
  activity: ContainerActivity,
  instances: readonly ContainerInfo[] = [],
  changes: Partial<ContainerView> = {},
): Step => ({
  type: 'container.reported',
  view: { name, activity, instances, verdicts: {}, startFailure: undefined, ...changes },
});
const deletedPod = pod({}, deleted);

interface Told {
  readonly to: string;
  readonly type: string;
}

/** The state after the steps, what the last of them told containers, and what else it set going. */
function walk(steps: readonly Step[], input: PodInput = inputOf(plain)) {
  let [snapshot, actions] = initialTransition(podMachine, input);
  for (const step of steps) [snapshot, actions] = transition(podMachine, snapshot, step as PodEvent);
  const told: Told[] = actions.flatMap(({ type, params }) => {
    if (type !== 'xstate.sendTo') return [];
    const { targetId, event } = params as { targetId?: string; event: { type: string } };
    return [{ to: targetId ?? '', type: event.type }];
  });
  return {
    value: snapshot.value,
    context: snapshot.context,
    actions: actions.map(({ type }) => String(type)),
    told,
  };
}

describe('an agent that starts meets', () => {
  const running = instance(app);
  const ended = { ...plain, status: { phase: 'Succeeded' } } as StoredPod;
  test.each<[string, PodInput, string]>([
    ['a new pod: it is set up', inputOf(plain), 'settingUp'],
    [
      'one that runs: its sandbox is looked at, nothing else',
      inputOf(plain, found([sandbox()], running)),
      'settingUp',
    ],
    ['one that was deleted and has nothing left', inputOf(deletedPod), 'cleaningUp'],
    ['one that was deleted and runs', inputOf(deletedPod, found([sandbox()], running)), 'terminating'],
    ['one that is gone from the store', inputOf(plain, { isRemoved: true }), 'cleaningUp'],
    ['one that has ended', inputOf(ended), 'finished'],
    ['one that has ended and runs all the same', inputOf(ended, found([sandbox()], running)), 'terminating'],
    ['one that was refused', inputOf(plain, { outcome }), 'finished'],
    ['one that runs in a sandbox that is lost', inputOf(plain, found([], running)), 'resettingSandbox'],
  ])('%s', (_, input, value) => {
    expect(walk([], input).value).toBe(value);
  });
});

describe('a pod that is set up', () => {
  test('starts its containers', () => {
    const { value, told } = walk([setUp()]);
    expect([value, told]).toEqual(['active', [{ to: 'app', type: 'container.start' }]]);
  });

  test('with init containers starts the first of them', () => {
    const init = container('init');
    const { told } = walk([setUp()], inputOf(pod({ initContainers: [init] })));
    expect(told).toEqual([{ to: 'init', type: 'container.start' }]);
  });

  test.each<[string, Step]>([
    ['deleted', sync(deletedPod)],
    ['removed', removed],
    ['killed', kill],
  ])('and %s meanwhile never starts anything', (_, step) => {
    const { value, actions } = walk([step]);
    expect([value, actions.includes('xstate.stopChild')]).toEqual(['cleaningUp', true]);
    expect(walk([step, setUp()]).value).toBe('cleaningUp');
  });

  test('of which the set-up breaks is reported as broken', () => {
    const broke: Step = { type: 'xstate.error.actor.0.pod.settingUp', error: new Error('x') };
    expect(walk([broke]).actions).toContain('announceBreak');
  });
});

describe('an active pod', () => {
  const up = [setUp(), reported('app', 'running', [instance(app)])];
  const dead = instance(app, { state: 'exited', exitCode: 1 });

  test('leaves what runs alone', () => {
    expect(walk(up)).toMatchObject({ value: 'active', told: [] });
  });

  test.each([
    ['Always', 'active', [{ to: 'app', type: 'container.start' }]],
    ['OnFailure', 'active', [{ to: 'app', type: 'container.start' }]],
    ['Never', 'cleaningUp', undefined],
  ] as const)('under %s, when its container fails: %s', (restartPolicy, value, told) => {
    const result = walk([...up, reported('app', 'idle', [dead])], inputOf(pod({ restartPolicy })));
    expect(result.value).toBe(value);
    if (told !== undefined) expect(result.told).toEqual(told);
  });

  test('does not give up a container that is being made anew, whatever its policy says of the old one', () => {
    const next = pod({ restartPolicy: 'Never', containers: [{ ...app, image: 'app:2' }] });
    const steps = [
      ...up,
      sync(next),
      reported('app', 'stopping', [instance(app)]),
      reported('app', 'starting', [dead]),
    ];
    expect(walk(steps, inputOf(pod({ restartPolicy: 'Never' }))).value).toBe('active');
  });

  test('kills what has a new image, and once only', () => {
    const next = pod({ containers: [{ ...app, image: 'app:2' }] });
    expect(walk([...up, sync(next)]).told).toEqual([{ to: 'app', type: 'container.stop' }]);
    expect(walk([...up, sync(next), reported('app', 'stopping', [instance(app)])]).told).toEqual([]);
  });

  test('kills what fails its liveness probe', () => {
    const verdicts = { liveness: 'failure' as const };
    expect(walk([...up, reported('app', 'running', [instance(app)], { verdicts })]).told).toEqual([
      { to: 'app', type: 'container.stop' },
    ]);
  });

  test('wakes a container that waits, when its image changes', () => {
    const waiting = [setUp(), reported('app', 'backingOff', [])];
    const next = pod({ containers: [{ ...app, image: 'app:2' }] });
    expect(walk([...waiting, sync(next)]).told).toEqual([{ to: 'app', type: 'container.reconsider' }]);
    expect(walk([...waiting, sync(pod({}, { labels: { a: 'b' } }))]).told).toEqual([]);
  });

  test('ends the wait of a container that is not wanted any more', () => {
    const done = instance(app, { state: 'exited', exitCode: 0 });
    const other = container('other');
    const both = inputOf(pod({ restartPolicy: 'OnFailure', containers: [app, other] }));
    const steps = [
      setUp(),
      reported('other', 'running', [instance(other)]),
      reported('app', 'backingOff', [done]),
    ];
    expect(walk(steps, both).told).toEqual([{ to: 'app', type: 'container.cancel' }]);
  });

  test('that loses its sandbox stops everything, then begins again', () => {
    const { value, told, actions } = walk([...up, lost]);
    expect([value, told]).toEqual(['resettingSandbox', [{ to: 'app', type: 'container.stop' }]]);
    expect(actions).toContain('announceSandboxChange');
    const again = [
      ...up,
      lost,
      reported('app', 'stopping', [instance(app)]),
      reported('app', 'idle', [dead]),
    ];
    expect(walk(again).value).toBe('settingUp');
    expect(walk([...again, setUp(sandbox({ id: 's1', attempt: 1 }))]).told).toEqual([
      { to: 'app', type: 'container.start' },
    ]);
  });

  test('whose container actor breaks is reported as broken', () => {
    expect(walk([...up, { type: 'xstate.error.actor.app', error: new Error('x') }]).actions).toContain(
      'announceBreak',
    );
  });
});

describe('the end of a pod', () => {
  const proxy = sidecar('proxy');
  const both = pod({ initContainers: [proxy] });
  const up = [
    setUp(),
    reported('proxy', 'running', [instance(proxy)]),
    reported('app', 'running', [instance(app)]),
  ];
  const stops = [
    { to: 'proxy', type: 'container.stop' },
    { to: 'app', type: 'container.stop' },
  ];
  const gone = (name: string, of: typeof app) =>
    reported(name, 'idle', [instance(of, { state: 'exited', exitCode: 0 })]);
  const stopping = (name: string, of: typeof app) => reported(name, 'stopping', [instance(of)]);

  test.each<[string, Step]>([
    ['a deletion', sync(pod({ initContainers: [proxy] }, deleted))],
    ['a removal', removed],
    ['an order', kill],
  ])('begins with %s: everything is told to stop', (_, step) => {
    expect(walk([...up, step], inputOf(both))).toMatchObject({ value: 'terminating', told: stops });
  });

  test('begins when the apps are done: sidecars do not keep a pod alive', () => {
    const input = inputOf(pod({ restartPolicy: 'Never', initContainers: [proxy] }));
    expect(walk([...up, gone('app', app)], input)).toMatchObject({ value: 'terminating', told: stops });
  });

  test('waits for the last container', () => {
    const ending = [...up, kill, stopping('app', app), stopping('proxy', proxy), gone('app', app)];
    expect(walk(ending, inputOf(both)).value).toBe('terminating');
    expect(walk([...ending, gone('proxy', proxy)], inputOf(both)).value).toBe('cleaningUp');
  });

  const ended = [...up, kill, gone('app', app), gone('proxy', proxy)];

  test('leaves the remains of a pod that nobody has deleted', () => {
    expect(walk([...ended, cleanedUp(false)], inputOf(both)).value).toBe('finished');
  });

  test('of a finished pod comes with its deletion', () => {
    const steps = [...ended, cleanedUp(false), sync(pod({ initContainers: [proxy] }, deleted))];
    expect(walk(steps, inputOf(both)).value).toBe('cleaningUp');
    expect(walk([...steps, cleanedUp(true)], inputOf(both)).value).toBe('gone');
  });

  test('cleans up again when the deletion came while it cleaned up', () => {
    const steps = [...ended, removed, cleanedUp(false)];
    expect(walk(steps, inputOf(both)).value).toBe('cleaningUp');
  });

  test('is one way: nothing that happens later starts anything', () => {
    const later = [
      sync(both),
      reported('app', 'idle', []),
      lost,
      sync(pod({ containers: [{ ...app, image: 'x' }] })),
    ];
    for (const step of later) {
      const { value, told } = walk([...up, kill, step], inputOf(both));
      expect([value, told.filter(({ type }) => type === 'container.start')]).toEqual(['terminating', []]);
    }
  });

  test('counts down only: a shorter grace period holds, a longer one does not', () => {
    const grace = (seconds: number) =>
      sync(pod({ initContainers: [proxy] }, { ...deleted, deletionGracePeriodSeconds: seconds }));
    const graceMs = (...steps: readonly Step[]) => walk([...up, ...steps], inputOf(both)).context.graceMs;
    expect([graceMs(grace(30)), graceMs(grace(30), grace(5)), graceMs(grace(5), grace(30))]).toEqual([
      30_000, 5000, 5000,
    ]);
    expect(graceMs({ type: 'pod.kill', outcome, gracePeriodMs: 2000 })).toBe(2000);
  });
});

describe('every way through the machine', () => {
  const one = pod({ restartPolicy: 'OnFailure' });
  const dead = (exitCode: number) => instance(app, { state: 'exited', exitCode });

  function events({ value }: State): PodEvent[] {
    const always: readonly Step[] = [
      sync(one),
      sync(pod({ restartPolicy: 'OnFailure' }, deleted)),
      removed,
      kill,
      lost,
      { type: 'sandbox.observed', sandboxes: [sandbox()] },
      reported('app', 'starting', []),
      reported('app', 'running', [instance(app)]),
      reported('app', 'stopping', [instance(app)]),
      reported('app', 'backingOff', [dead(1)]),
      reported('app', 'idle', [dead(1)]),
      reported('app', 'idle', [dead(0)]),
    ];
    const answers: Record<string, readonly Step[]> = {
      settingUp: [setUp()],
      cleaningUp: [cleanedUp(false), cleanedUp(true)],
    };
    return [...always, ...(answers[String(value)] ?? [])] as PodEvent[];
  }

  const paths = getShortestPaths(podMachine, {
    input: inputOf(one),
    events: (state) => events(state as State),
    serializeState: (snapshot) => {
      const { value, context } = snapshot as State;
      const { isRemoved, outcome: end, pod: of, views, sandboxes } = context;
      const { activity, instances } = views['app'] as ContainerView;
      const newest = instances[0];
      return JSON.stringify([
        value,
        isRemoved,
        end !== undefined,
        of.metadata.deletionTimestamp !== undefined,
        activity,
        newest && [newest.state, newest.exitCode],
        sandboxes.map(({ state }) => state),
      ]);
    },
    limit: 50_000,
  });
  const reached = paths.map(({ state }) => state as State);

  test('every state can be reached', () => {
    const values = [...new Set(reached.map(({ value }) => String(value)))].sort();
    // `admitting` is left in the same breath; `gone` is the end.
    expect(values).toEqual([
      'active',
      'cleaningUp',
      'finished',
      'gone',
      'resettingSandbox',
      'settingUp',
      'terminating',
    ]);
    expect(reached.length).toBeGreaterThan(100);
  });

  test.each<[string, (value: string, context: PodContext) => boolean]>([
    [
      'a pod that must end is not set up, started or waited with',
      (value, { isRemoved, outcome: end, pod: of }) =>
        !(isRemoved || end !== undefined || of.metadata.deletionTimestamp !== undefined) ||
        ['terminating', 'cleaningUp', 'finished', 'gone'].includes(value),
    ],
    [
      'a finished pod is not deleted',
      (value, { isRemoved, pod: of }) =>
        value !== 'finished' || !(isRemoved || of.metadata.deletionTimestamp !== undefined),
    ],
    [
      'a pod without a usable sandbox is not active',
      (value, { actions }) => value !== 'active' || !actions.createSandbox,
    ],
  ])('%s', (_, holds) => {
    const broken = paths.filter(
      ({ state }) => !holds(String((state as State).value), (state as State).context),
    );
    expect(broken.map(({ steps }) => steps.map(({ event }) => event.type))).toEqual([]);
  });

  test('once it ends it never goes back', () => {
    const rank: Record<string, number> = { terminating: 1, cleaningUp: 2, finished: 2, gone: 3 };
    for (const { state, steps } of paths) {
      const values = [
        ...steps.slice(1).map((step) => String((step.state as State).value)),
        String((state as State).value),
      ];
      const ranks = values.map((value) => rank[value] ?? 0);
      expect(ranks.every((now, i) => i === 0 || now >= (ranks[i - 1] ?? 0))).toBe(true);
    }
  });
});
