import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../src/api/pod.ts';
import type { ContainerInfo, SandboxInfo } from '../../../src/contract/container-runtime.ts';
import { computePodActions, type PodActions } from '../../../src/kubelet/pod/compute-actions.ts';
import { noProbeResults, observationOf, type ProbeResults } from '../../../src/kubelet/pod/observation.ts';
import { container, deleted, exited, instance, pod, probes, sandbox, sidecar } from './pod-rig.ts';

interface World {
  readonly sandboxes?: readonly SandboxInfo[];
  readonly probes?: ProbeResults;
  readonly givesPodIP?: boolean;
}

function actionsFor(of: Pod, containers: readonly ContainerInfo[], world: World = {}): PodActions {
  const { sandboxes = [sandbox()], givesPodIP = true } = world;
  const observation = observationOf(sandboxes, containers);
  return computePodActions({ pod: of, observation, probes: world.probes ?? noProbeResults, givesPodIP });
}

const app = container('app');
const init = container('init');
const side = sidecar('side');

describe('what is killed, and the words for it', () => {
  const changed = instance(container('app', { image: 'app:0' }));
  const cases = [
    {
      name: 'a failed liveness probe',
      of: pod(),
      info: instance(app),
      results: probes({ liveness: { 'app-0': 'failure' } }),
      want: {
        cause: 'liveness',
        message: 'Container app failed liveness probe, will be restarted',
        restart: true,
      },
    },
    {
      name: 'a failed startup probe',
      of: pod({ restartPolicy: 'OnFailure' }),
      info: instance(app),
      results: probes({ startup: { 'app-0': 'failure' } }),
      want: {
        cause: 'startup',
        message: 'Container app failed startup probe, will be restarted',
        restart: true,
      },
    },
    {
      name: 'a failed liveness probe under Never',
      of: pod({ restartPolicy: 'Never' }),
      info: instance(app),
      results: probes({ liveness: { 'app-0': 'failure' } }),
      want: { cause: 'liveness', message: 'Container app failed liveness probe', restart: false },
    },
    {
      name: 'a new image, even under Never',
      of: pod({ restartPolicy: 'Never' }),
      info: changed,
      results: noProbeResults,
      want: {
        cause: 'definition-changed',
        message: 'Container app definition changed, will be restarted',
        restart: true,
      },
    },
    {
      name: 'a new image before a failed probe',
      of: pod(),
      info: changed,
      results: probes({ liveness: { 'app-0': 'failure' } }),
      want: {
        cause: 'definition-changed',
        message: 'Container app definition changed, will be restarted',
        restart: true,
      },
    },
    {
      name: 'an unknown state',
      of: pod(),
      info: instance(app, { state: 'unknown' }),
      results: noProbeResults,
      want: {
        cause: 'unknown-state',
        message: 'Container is in "unknown" state, try killing it before restart',
        restart: true,
      },
    },
  ];
  it.each(cases)('$name', ({ of, info, results, want }) => {
    const actions = actionsFor(of, [info], { probes: results });
    expect(actions.containersToKill).toEqual([{ id: 'app-0', name: 'app', ...want }]);
    expect(actions.containersToStart).toEqual(want.restart ? ['app'] : []);
  });

  it('a sidecar by the same reasons, without saying that it comes back', () => {
    const of = pod({ initContainers: [side] });
    const running = [instance(side), instance(app)];
    const kill = (results: ProbeResults) => actionsFor(of, running, { probes: results }).containersToKill;
    expect(kill(probes({ liveness: { 'side-0': 'failure' } }))[0]?.message).toBe(
      'Init container side failed liveness probe',
    );
    expect(kill(probes({ startup: { 'side-0': 'failure' } }))[0]?.message).toBe(
      'Init container side failed startup probe',
    );
    const changedSide = [instance(sidecar('side', { image: 'side:0' })), instance(app)];
    const [changedKill] = actionsFor(of, changedSide).containersToKill;
    expect(changedKill?.message).toBe('Init container side definition changed');
    expect(actionsFor(of, changedSide).initContainersToStart).toEqual(['side']);
  });

  it('a verdict on an instance that was replaced kills nothing', () => {
    const results = probes({ liveness: { 'app-0': 'failure' } });
    const actions = actionsFor(pod(), [instance(app, { attempt: 1 }), exited(app, 137)], { probes: results });
    expect(actions.containersToKill).toEqual([]);
  });
});

describe('the end of a pod', () => {
  it('keeps the reason of the kill that ended it, so that its words and grace period hold', () => {
    const results = probes({ liveness: { 'app-0': 'failure' } });
    const of = pod({ restartPolicy: 'Never', initContainers: [side] });
    const actions = actionsFor(of, [instance(side), instance(app)], { probes: results });
    expect(actions.killPod).toBe(true);
    expect(actions.containersToKill.map(({ name, cause }) => [name, cause])).toEqual([['app', 'liveness']]);
    expect(actions.initContainersToStart).toEqual([]);
  });

  it('does not bring a dead sidecar back for it', () => {
    const of = pod({ restartPolicy: 'Never', initContainers: [side] });
    const actions = actionsFor(of, [exited(side, 1), exited(app, 0)]);
    expect(actions).toMatchObject({ killPod: true, initContainersToStart: [] });
  });

  it('starts nothing in a pod that is being deleted, whatever is missing', () => {
    const actions = actionsFor(pod({ initContainers: [init] }, deleted), [], { sandboxes: [] });
    expect(actions).toMatchObject({
      killPod: true,
      createSandbox: false,
      initContainersToStart: [],
      containersToStart: [],
    });
  });

  it('follows the policy of the container before that of the pod', () => {
    const own = container('app', { restartPolicy: 'Never' });
    expect(actionsFor(pod({ containers: [own] }), [exited(own, 1)]).killPod).toBe(true);
    const retried = container('app', { restartPolicy: 'OnFailure' });
    const actions = actionsFor(pod({ restartPolicy: 'Never', containers: [retried] }), [exited(retried, 1)]);
    expect(actions.containersToStart).toEqual(['app']);
  });
});

describe('the sandbox', () => {
  const cases = [
    {
      name: 'a new pod gets its first',
      sandboxes: [],
      want: { createSandbox: true, sandboxID: '', sandboxAttempt: 0 },
    },
    {
      name: 'a ready one is used',
      sandboxes: [sandbox()],
      want: { createSandbox: false, sandboxID: 's0', sandboxAttempt: 0 },
    },
    {
      name: 'a dead one is replaced',
      sandboxes: [sandbox({ state: 'notready', attempt: 3 })],
      want: { createSandbox: true, sandboxID: 's0', sandboxAttempt: 4 },
    },
    {
      name: 'two that are ready are one too many',
      sandboxes: [sandbox({ id: 's1', attempt: 1, createdAtMs: Date.UTC(2027, 0) }), sandbox()],
      want: { createSandbox: true, sandboxID: 's1', sandboxAttempt: 2 },
    },
    {
      name: 'one without an address is replaced',
      sandboxes: [sandbox({ ip: '' })],
      want: { createSandbox: true, sandboxID: 's0', sandboxAttempt: 1 },
    },
  ];
  it.each(cases)('$name', ({ sandboxes, want }) => {
    expect(actionsFor(pod(), [], { sandboxes })).toMatchObject({ ...want, killPod: want.createSandbox });
  });

  it('needs no address on the network of the host, or when the runtime gives none', () => {
    const bare = [sandbox({ ip: '' })];
    expect(actionsFor(pod({ hostNetwork: true }), [], { sandboxes: bare }).createSandbox).toBe(false);
    expect(actionsFor(pod(), [], { sandboxes: bare, givesPodIP: false }).createSandbox).toBe(false);
  });

  it('is not made anew for a pod that is never restarted, not even when it vanished', () => {
    const of = pod({ restartPolicy: 'Never', initContainers: [side] });
    const actions = actionsFor(of, [instance(side)], { sandboxes: [] });
    expect(actions).toMatchObject({ killPod: true, createSandbox: false, containersToStart: [] });
  });

  it('is made anew for the one container that its own policy restarts', () => {
    const again = container('again', { restartPolicy: 'Always' });
    const of = pod({ restartPolicy: 'Never', containers: [app, again] });
    const dead = [sandbox({ state: 'notready' })];
    const actions = actionsFor(of, [instance(app), instance(again)], { sandboxes: dead });
    expect(actions).toMatchObject({ createSandbox: true, containersToStart: ['again'] });
  });

  it('starts over with the first init container, whose record of the old sandbox does not count', () => {
    const of = pod({ initContainers: [init] });
    const remains = [exited(init, 0), exited(app, 137)];
    const fresh = [sandbox({ id: 's1', attempt: 1 })];
    const actions = actionsFor(of, remains, { sandboxes: fresh });
    expect(actions).toMatchObject({ killPod: false, initContainersToStart: ['init'], containersToStart: [] });
  });
});

describe('initialization', () => {
  it('holds in a sandbox once an app container was made, though all have died since', () => {
    // The kubelet holds the app back here until the sidecar has started up again (kubernetes/kubernetes#132826).
    const slow = sidecar('side', { startupProbe: { exec: { command: ['true'] } } });
    const of = pod({ initContainers: [init, slow] });
    const actions = actionsFor(of, [instance(slow, { attempt: 1 }), exited(app, 1)]);
    expect(actions).toMatchObject({ initContainersToStart: [], containersToStart: ['app'] });
  });

  it('waits for the startup probe of a sidecar before what comes after it', () => {
    const slow = sidecar('side', { startupProbe: { exec: { command: ['true'] } } });
    const of = pod({ initContainers: [slow, init] });
    expect(actionsFor(of, [instance(slow)]).initContainersToStart).toEqual([]);
    const passed = probes({ startup: { 'side-0': 'success' } });
    expect(actionsFor(of, [instance(slow)], { probes: passed }).initContainersToStart).toEqual(['init']);
  });

  it('restarts a sidecar while a later init container runs', () => {
    const of = pod({ initContainers: [side, init] });
    const actions = actionsFor(of, [exited(side, 1), instance(init)]);
    expect(actions).toMatchObject({ initContainersToStart: ['side'], containersToStart: [] });
  });

  it('fails the pod for good when an init container is not tried again', () => {
    const once = container('init', { restartPolicy: 'Never' });
    expect(actionsFor(pod({ initContainers: [once] }), [exited(once, 1)]).killPod).toBe(true);
    expect(actionsFor(pod({ initContainers: [init] }), [exited(init, 1)]).initContainersToStart).toEqual([
      'init',
    ]);
  });
});

describe('RestartAllContainers', () => {
  const trigger = container('trigger', {
    restartPolicy: 'Never',
    restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }],
  });
  const of = pod({ initContainers: [init, side], containers: [trigger, app] });
  const world = [exited(trigger, 42), instance(app), instance(side), exited(init, 0)];

  it('removes other apps, then other inits, then the trigger, and does nothing else', () => {
    const actions = actionsFor(of, world);
    expect(actions.containersToReset.map(({ name, mayRun }) => [name, mayRun])).toEqual([
      ['app', true],
      ['side', true],
      ['init', false],
      ['trigger', false],
    ]);
    expect(actions).toMatchObject({
      killPod: false,
      containersToStart: [],
      initContainersToStart: [],
      containersToKill: [],
    });
  });

  it('goes on as long as the trigger is there, then starts over in the same sandbox', () => {
    expect(actionsFor(of, [exited(trigger, 42)]).containersToReset).toHaveLength(1);
    expect(actionsFor(of, [])).toMatchObject({ createSandbox: false, initContainersToStart: ['init'] });
  });

  it('is not asked for by another code, another sandbox, or in a pod that is being deleted', () => {
    expect(actionsFor(of, [exited(trigger, 1)]).containersToReset).toEqual([]);
    expect(actionsFor(of, [exited(trigger, 42, { sandboxID: 'old' })]).containersToReset).toEqual([]);
    const ending = pod({ initContainers: [init, side], containers: [trigger, app] }, deleted);
    expect(actionsFor(ending, world).containersToReset).toEqual([]);
  });
});
