import { describe, expect, it } from 'vitest';
import type { ContainerStatus } from '../../../src/api/pod.ts';
import { nextRestartCount } from '../../../src/kubelet/pod/container-status.ts';
import {
  container,
  deleted,
  exited,
  instance,
  pod,
  probes,
  sidecar,
  statusNamed,
  statusOf,
} from './pod-rig.ts';

const app = container('app');
const init = container('init');
const failure = { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting' };

/** A status as it was published before. */
function before(fields: Partial<ContainerStatus>, inits = false) {
  const list = [{ name: inits ? 'init' : 'app', restartCount: 2, ...fields }];
  return inits ? { initContainerStatuses: list } : { containerStatuses: list };
}

describe('the restart count', () => {
  it('does not go back when an instance that was counted is gone', () => {
    const shown = before({ restartCount: 3, containerID: 'test://app-3', state: { waiting: {} } });
    const status = statusOf(pod({}), [exited(app, 1, { attempt: 2 })], { previous: shown });
    expect(statusNamed(status, 'app')).toMatchObject({ restartCount: 3 });
  });
});

describe('the state of an instance', () => {
  const cases = [
    { name: 'running', info: instance(app), want: { running: { startedAt: '2026-01-01T00:00:01Z' } } },
    {
      name: 'created: waiting, with no reason',
      info: instance(app, { state: 'created' }),
      want: { waiting: {} },
    },
    {
      name: 'unknown and never published: waiting',
      info: instance(app, { state: 'unknown' }),
      want: { waiting: {} },
    },
    {
      name: 'exited',
      info: exited(app, 3),
      want: {
        terminated: {
          exitCode: 3,
          reason: 'Error',
          startedAt: '2026-01-01T00:00:01Z',
          finishedAt: '2026-01-01T00:00:05Z',
          containerID: 'test://app-0',
        },
      },
    },
  ];
  it.each(cases)('$name', ({ info, want }) => {
    const status = statusNamed(statusOf(pod(), [info]), 'app');
    expect(status).toMatchObject({
      restartCount: 0,
      image: 'app:1',
      imageID: 'sha256:app:1',
      containerID: 'test://app-0',
    });
    expect(status?.state).toEqual(want);
  });

  it('keeps the last words that were published of the same end, now or the last time', () => {
    const words = { exitCode: 3, reason: 'Error', message: 'boom', containerID: 'test://app-0' };
    const shown = before({ state: { terminated: words }, containerID: 'test://app-0', restartCount: 0 });
    const first = statusOf(pod(), [exited(app, 3)], { previous: shown });
    expect(statusNamed(first, 'app')?.state?.terminated?.message).toBe('boom');
    const both = [instance(app, { attempt: 1 }), exited(app, 3)];
    const next = statusOf(pod(), both, { previous: first });
    expect(statusNamed(next, 'app')?.lastState?.terminated?.message).toBe('boom');
    // Another word on how it ended has other reasons.
    const other = statusOf(pod(), [exited(app, 0)], { previous: shown });
    expect(statusNamed(other, 'app')?.state?.terminated).not.toHaveProperty('message');
  });

  it('is an end that the agent infers when what ran is unknown now, once and for all', () => {
    const lost = instance(app, { state: 'unknown', attempt: 2 });
    const previous = before({ state: { running: {} }, containerID: 'test://app-2' });
    const first = statusOf(pod(), [lost], { previous });
    const terminated = {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
    };
    expect(statusNamed(first, 'app')).toMatchObject({ state: { terminated }, restartCount: 3 });
    expect(statusOf(pod(), [lost], { previous: first })).toBe(first);
  });
});

describe('the state of a container without instance', () => {
  it('is ContainerCreating, or PodInitializing with any init container', () => {
    expect(statusNamed(statusOf(pod(), []), 'app')).toEqual({
      name: 'app',
      state: { waiting: { reason: 'ContainerCreating' } },
      lastState: {},
      restartCount: 0,
      image: 'app:1',
      imageID: '',
      ready: false,
      started: false,
    });
    const status = statusOf(pod({ initContainers: [init] }), []);
    expect(statusNamed(status, 'app')?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
    expect(statusNamed(status, 'init')?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
  });

  it('keeps an end that was published', () => {
    const state = { terminated: { exitCode: 3, reason: 'Error' } };
    expect(statusNamed(statusOf(pod(), [], { previous: before({ state }) }), 'app')).toMatchObject({
      state,
      restartCount: 2,
    });
  });

  it('carries count and last state over a wait', () => {
    const lastState = { terminated: { exitCode: 3, reason: 'Error' } };
    const previous = before({ state: { waiting: failure }, lastState });
    expect(statusNamed(statusOf(pod(), [], { previous }), 'app')).toMatchObject({
      state: { waiting: { reason: 'ContainerCreating' } },
      lastState,
      restartCount: 2,
    });
  });

  const lost = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was deleted.  The container used to be Running',
  };
  const losses = [
    { name: 'counts the loss of what ran', of: pod(), restartCount: 3 },
    { name: 'does not count it in a pod that is being deleted', of: pod({}, deleted), restartCount: 2 },
  ];
  it.each(losses)('$name', ({ of, restartCount }) => {
    const previous = before({ state: { running: {} } });
    const first = statusOf(of, [], { previous });
    expect(statusNamed(first, 'app')).toMatchObject({ lastState: { terminated: lost }, restartCount });
    expect(statusOf(of, [], { previous: first })).toBe(first);
  });

  it('of a plain init container is an end as expected, once an app container exists', () => {
    const status = statusOf(pod({ initContainers: [init, sidecar('side')] }), [instance(app)]);
    expect(statusNamed(status, 'init')).toMatchObject({
      ready: true,
      state: {
        terminated: {
          exitCode: 0,
          reason: 'Completed',
          message:
            'Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally',
        },
      },
    });
    expect(statusNamed(status, 'side')?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
  });
});

describe('a failed start', () => {
  const failures = new Map([['app', failure]]);

  it('shows as waiting, and moves the end of the last instance back', () => {
    const status = statusNamed(statusOf(pod(), [exited(app, 3)], { startFailures: failures }), 'app');
    expect(status).toMatchObject({ state: { waiting: failure }, lastState: { terminated: { exitCode: 3 } } });
  });

  it('shows before there is any instance', () => {
    const status = statusOf(pod(), [], {
      startFailures: new Map([['app', { reason: 'ErrImagePull', message: '' }]]),
    });
    expect(statusNamed(status, 'app')?.state).toEqual({ waiting: { reason: 'ErrImagePull' } });
    expect(status.phase).toBe('Pending');
  });

  it('says nothing of a container that runs, is not restarted, or is an init container that is done', () => {
    const never = pod({ restartPolicy: 'Never' });
    expect(
      statusNamed(statusOf(pod(), [instance(app)], { startFailures: failures }), 'app')?.state?.running,
    ).toBeDefined();
    expect(
      statusNamed(statusOf(never, [exited(app, 3)], { startFailures: failures }), 'app')?.state?.terminated,
    ).toBeDefined();
    const startFailures = new Map([['init', failure]]);
    const status = statusOf(pod({ initContainers: [init] }), [exited(init, 0)], { startFailures });
    expect(statusNamed(status, 'init')?.state?.terminated?.exitCode).toBe(0);
  });

  it('leaves no copy of the same end in lastState when the wait is over', () => {
    const waiting = statusOf(pod(), [exited(app, 3)], { startFailures: failures });
    const status = statusNamed(statusOf(pod(), [exited(app, 3)], { previous: waiting }), 'app');
    expect(status?.state?.terminated?.exitCode).toBe(3);
    expect(status?.lastState).toEqual({});
  });
});

describe('lastState', () => {
  it('is the end of the instance before, as the runtime tells it', () => {
    const status = statusOf(pod(), [exited(app, 3), instance(app, { attempt: 1 })]);
    expect(statusNamed(status, 'app')).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 3, containerID: 'test://app-0' } },
    });
  });

  it('outlives the removal of that instance', () => {
    const next = instance(app, { attempt: 1 });
    const died = statusOf(pod(), [exited(app, 3)]);
    const back = statusOf(pod(), [next], { previous: died });
    expect(statusNamed(back, 'app')?.lastState).toMatchObject({ terminated: { exitCode: 3 } });
    expect(statusOf(pod(), [next], { previous: back })).toBe(back);
  });
});

describe('ready and started', () => {
  const probe = { exec: { command: ['true'] } };
  const probed = container('app', { startupProbe: probe, readinessProbe: probe });
  const of = pod({ containers: [probed] });
  const cases = [
    { name: 'nothing probed yet', results: {}, want: { started: false, ready: false } },
    { name: 'started', results: { startup: { 'app-0': 'success' } }, want: { started: true, ready: false } },
    {
      name: 'started and ready',
      results: { startup: { 'app-0': 'success' }, readiness: { 'app-0': 'success' } },
      want: { started: true, ready: true },
    },
    {
      name: 'a verdict on another instance',
      results: { startup: { 'app-9': 'success' }, readiness: { 'app-9': 'success' } },
      want: { started: false, ready: false },
    },
  ] as const;
  it.each(cases)('$name', ({ results, want }) => {
    expect(statusNamed(statusOf(of, [instance(probed)], { probes: probes(results) }), 'app')).toMatchObject(
      want,
    );
  });

  it('are false for a container that has ended, whatever the probes said', () => {
    const results = probes({ startup: { 'app-0': 'success' }, readiness: { 'app-0': 'success' } });
    const status = statusNamed(statusOf(of, [exited(probed, 0)], { probes: results }), 'app');
    expect(status).toMatchObject({ started: false, ready: false });
  });
});

it('cuts termination messages to the share of each container, by bytes and whole characters', () => {
  const containers = Array.from({ length: 4 }, (_, i) => container(`c${i}`));
  const message = 'ü'.repeat(2000);
  const status = statusOf(
    pod({ containers }),
    containers.map((one) => exited(one, 1, { message })),
  );
  const shown = statusNamed(status, 'c0')?.state?.terminated?.message ?? '';
  expect(Buffer.byteLength(shown)).toBe(3072);
  expect(message.startsWith(shown)).toBe(true);
});

describe('nextRestartCount', () => {
  const ended = { terminated: { exitCode: 1, reason: 'Error' } };
  const inferred = { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } };
  const cases = [
    { name: 'the first instance', newest: undefined, previous: undefined, want: 0 },
    { name: 'after an instance', newest: exited(app, 1, { attempt: 4 }), previous: undefined, want: 5 },
    {
      name: 'an instance that never ran is used',
      newest: instance(app, { state: 'created', attempt: 4 }),
      previous: undefined,
      want: 4,
    },
    {
      name: 'unless it is of another image',
      newest: instance(container('app', { image: 'app:0' }), { state: 'created', attempt: 4 }),
      previous: undefined,
      want: 5,
    },
    { name: 'gone after it ran', newest: undefined, previous: { state: { running: {} } }, want: 3 },
    { name: 'gone after it ended', newest: undefined, previous: { state: ended }, want: 3 },
    {
      name: 'gone while it waited to run again',
      newest: undefined,
      previous: { state: { waiting: {} }, lastState: ended },
      want: 3,
    },
    {
      name: 'still waiting for its first start',
      newest: undefined,
      previous: { state: { waiting: {} } },
      want: 2,
    },
    {
      name: 'gone, and counted already',
      newest: undefined,
      previous: { state: { waiting: {} }, lastState: inferred },
      want: 2,
    },
  ];
  it.each(cases)('$name', ({ newest, previous, want }) => {
    expect(nextRestartCount(app, newest, previous && { name: 'app', restartCount: 2, ...previous })).toBe(
      want,
    );
  });
});

it('shows a whole RestartAllContainers: removed, counted once, and over with the first app container', () => {
  const trigger = container('trigger', {
    restartPolicy: 'Never',
    restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }],
  });
  const of = pod({ initContainers: [init], containers: [trigger, app] });
  const restarting = (status: ReturnType<typeof statusOf>) =>
    status.conditions?.find(({ type }) => type === 'AllContainersRestarting');
  const running = statusOf(of, [exited(init, 0), instance(trigger), instance(app)]);
  expect(restarting(running)).toMatchObject({ status: 'False' });

  const asked = statusOf(of, [exited(init, 0), exited(trigger, 42), instance(app)], { previous: running });
  expect(restarting(asked)).toMatchObject({ status: 'True', reason: 'RestartAllContainersStarted' });
  expect(asked.phase).toBe('Running');

  const halfway = statusOf(of, [exited(trigger, 42)], { previous: asked });
  const removed = {
    reason: 'RestartingAllContainers',
    message: 'The container is removed because RestartAllContainers in place',
  };
  expect(statusNamed(halfway, 'app')).toMatchObject({
    state: { waiting: removed },
    lastState: { terminated: { exitCode: 137, ...removed } },
    restartCount: 1,
  });

  const empty = statusOf(of, [], { previous: halfway });
  // The code that was seen is kept; only the reason tells what happened to the instance.
  expect(statusNamed(empty, 'trigger')).toMatchObject({
    lastState: { terminated: { exitCode: 42, ...removed } },
    restartCount: 1,
  });
  expect(statusNamed(empty, 'app')?.restartCount).toBe(1);
  expect(nextRestartCount(app, undefined, statusNamed(empty, 'app'))).toBe(1);
  expect(restarting(empty)).toMatchObject({ status: 'True' });

  const initAgain = statusOf(of, [instance(init, { attempt: 1 })], { previous: empty });
  expect(restarting(initAgain)).toMatchObject({ status: 'True' });
  const back = statusOf(of, [exited(init, 0, { attempt: 1 }), instance(trigger, { attempt: 1 })], {
    previous: initAgain,
  });
  expect(restarting(back)).toMatchObject({ status: 'False' });
  expect(nextRestartCount(app, undefined, statusNamed(back, 'app'))).toBe(1);
});

it('does not take a RestartAllContainers that an init container asked for under Never for the end of the pod', () => {
  const trigger = sidecar('trigger', {
    restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }],
  });
  const of = pod({ restartPolicy: 'Never', initContainers: [init, trigger] });
  const running = statusOf(of, [exited(init, 0), instance(trigger), instance(app)]);
  const killed = statusOf(of, [exited(init, 0), exited(trigger, 42), exited(app, 137)], {
    previous: running,
  });
  const removed = statusOf(of, [exited(trigger, 42)], { previous: killed });
  const empty = statusOf(of, [], { previous: removed });
  expect([running, killed, removed, empty].map(({ phase }) => phase)).toEqual([
    'Running',
    'Running',
    'Pending',
    'Pending',
  ]);
  const initAgain = statusOf(of, [instance(init, { attempt: 1 })], { previous: empty });
  expect(initAgain.phase).toBe('Pending');
});
