import { describe, expect, it } from 'vitest';
import type { PodCondition, PodStatus } from '../../../src/api/pod.ts';
import { deadlineExceeded, deadlineRemainingMs } from '../../../src/kubelet/pod/deadline.ts';
import { observationOf } from '../../../src/kubelet/pod/observation.ts';
import { podPhase, statusesByName } from '../../../src/kubelet/pod/phase.ts';
import { illegalTransition, publishableStatus } from '../../../src/kubelet/pod/publishable-status.ts';
import { statusEquals } from '../../../src/kubelet/pod/status-equals.ts';
import { terminateStatus } from '../../../src/kubelet/pod/terminate-status.ts';
import { stopsAfter } from '../../../src/kubelet/pod/termination-order.ts';
import {
  container,
  exited,
  instance,
  pod,
  sandbox,
  sidecar,
  startMs,
  startTime,
  statusNamed,
  statusOf,
} from './pod-rig.ts';

const app = container('app');
const init = container('init');

function condition(status: PodStatus, type: string): PodCondition | undefined {
  return status.conditions?.find((one) => one.type === type);
}

describe('the status of a pod', () => {
  it('of one running container is this', () => {
    const at = { lastProbeTime: null, lastTransitionTime: startTime, observedGeneration: 1 };
    expect(statusOf(pod(), [instance(app)])).toEqual({
      phase: 'Running',
      conditions: [
        { type: 'PodReadyToStartContainers', status: 'True', ...at },
        { type: 'Initialized', status: 'True', ...at },
        { type: 'Ready', status: 'True', ...at },
        { type: 'ContainersReady', status: 'True', ...at },
        { type: 'PodScheduled', status: 'True', ...at },
      ],
      hostIP: '192.0.2.1',
      hostIPs: [{ ip: '192.0.2.1' }],
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }],
      startTime,
      containerStatuses: [
        {
          name: 'app',
          state: { running: { startedAt: '2026-01-01T00:00:01Z' } },
          lastState: {},
          ready: true,
          started: true,
          restartCount: 0,
          image: 'app:1',
          imageID: 'sha256:app:1',
          containerID: 'test://app-0',
        },
      ],
      qosClass: 'BestEffort',
      observedGeneration: 1,
    });
  });

  it('is the very same object as long as nothing changes, however late it is', () => {
    const first = statusOf(pod(), [instance(app)]);
    const copy = structuredClone(first);
    expect(statusOf(pod(), [instance(app)], { previous: first, nowMs: startMs + 60_000 })).toBe(first);
    expect(statusOf(pod(), [instance(app)], { previous: copy })).toBe(copy);
    expect(statusOf(pod(), [exited(app, 1)], { previous: first })).not.toBe(first);
  });

  it('sorts app containers by name and keeps init containers in order', () => {
    const of = pod({
      containers: [container('b'), container('a')],
      initContainers: [container('z'), container('y')],
    });
    const status = statusOf(of, []);
    expect(status.containerStatuses?.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(status.initContainerStatuses?.map(({ name }) => name)).toEqual(['z', 'y']);
  });

  it('keeps the start time and the address once they were known', () => {
    const first = statusOf(pod(), [instance(app)]);
    const observation = observationOf([], [exited(app, 0)]);
    const later = statusOf(pod(), [], { previous: first, observation, nowMs: startMs + 5000 });
    expect(later).toMatchObject({ startTime, podIP: '10.0.0.1' });
    expect(condition(later, 'PodReadyToStartContainers')?.status).toBe('False');
  });

  it('of a pod that is over stays as it was, though its sandbox was not yet seen to be gone', () => {
    const of = pod({ restartPolicy: 'Never' });
    const status = statusOf(of, [exited(app, 0)], { podIsTerminal: true });
    const last = terminateStatus(of, status, startMs + 1000);
    const again = { previous: last, podIsTerminal: true, nowMs: startMs + 9000 };
    expect(condition(last, 'PodReadyToStartContainers')?.status).toBe('False');
    expect(terminateStatus(of, statusOf(of, [exited(app, 0)], again), startMs + 9000)).toBe(last);
  });

  it('takes up what an earlier agent published', () => {
    const old = statusOf(pod(), [instance(app)]);
    const of = { ...pod(), status: old };
    expect(statusOf(of, [instance(app)], { nowMs: startMs + 60_000 })).toBe(old);
  });

  it('gives a pod on the network of the host the address of the host', () => {
    expect(statusOf(pod({ hostNetwork: true }), []).podIP).toBe('192.0.2.1');
    expect(statusOf(pod(), [], { givesPodIP: false }).podIP).toBe('192.0.2.1');
  });

  it('moves the time of a condition only with its status', () => {
    const of = pod({ containers: [app, container('b')] });
    const first = statusOf(of, []);
    const later = statusOf(of, [instance(app)], { previous: first, nowMs: startMs + 5000 });
    expect(condition(later, 'Ready')).toMatchObject({
      status: 'False',
      lastTransitionTime: startTime,
      message: 'containers with unready status: [b]',
    });
    const ready = statusOf(of, [instance(app), instance(container('b'))], {
      previous: later,
      nowMs: startMs + 9000,
    });
    expect(condition(ready, 'Ready')).toMatchObject({
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:09Z',
    });
  });

  it('keeps the conditions of others as they are in the object now, and waits for readiness gates', () => {
    const of = pod({ readinessGates: [{ conditionType: 'example.com/gate' }] });
    const first = statusOf(of, [instance(app)]);
    expect(condition(first, 'Ready')).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' });
    expect(condition(first, 'ContainersReady')?.status).toBe('True');
    const gate = { type: 'example.com/gate', status: 'True' } as const;
    const opened = { ...of, status: { ...first, conditions: [gate] } };
    const next = statusOf(opened, [instance(app)], { previous: first });
    expect(next.conditions?.[0]).toBe(gate);
    expect(condition(next, 'Ready')?.status).toBe('True');
  });

  it('keeps the terminations that were recorded until it is given others', () => {
    const terminations = [
      { container: 'app', restartCount: 0, exitCode: 1, reason: 'Error', cause: 'it', finishedAt: startTime },
    ];
    const first = statusOf(pod(), [instance(app)], { terminations });
    expect(statusOf(pod(), [instance(app)], { previous: first })).toBe(first);
    expect(statusOf(pod(), [instance(app)], { previous: first, terminations: [] }).terminations).toEqual([]);
  });
});

describe('a pod that was ended as a whole', () => {
  it('has failed with that reason, though containers still run', () => {
    const status = statusOf(pod(), [instance(app)], { outcome: deadlineExceeded });
    expect(status).toMatchObject(deadlineExceeded);
    expect(condition(status, 'Ready')).toMatchObject({ status: 'False', reason: 'PodFailed' });
  });

  it('keeps phase and reason without being told again', () => {
    const first = statusOf(pod(), [instance(app)], { outcome: deadlineExceeded });
    expect(statusOf(pod(), [exited(app, 0)], { previous: first })).toMatchObject(deadlineExceeded);
  });

  it('says nothing of containers when it was refused, nor when its agent starts anew', () => {
    const status = statusOf(pod(), [], { outcome: { ...deadlineExceeded, isRejected: true } });
    expect(status).toMatchObject(deadlineExceeded);
    expect(status).not.toHaveProperty('containerStatuses');
    expect(status).not.toHaveProperty('isRejected');
    const later = statusOf({ ...pod(), status }, []);
    expect(later).toMatchObject(deadlineExceeded);
    expect(later).not.toHaveProperty('containerStatuses');
  });

  it('does not undo another end', () => {
    const done = statusOf(pod({ restartPolicy: 'Never' }), [exited(app, 0)]);
    const status = statusOf(pod({ restartPolicy: 'Never' }), [exited(app, 0)], {
      previous: done,
      outcome: deadlineExceeded,
    });
    expect(status.phase).toBe('Succeeded');
  });
});

describe('publishableStatus', () => {
  const running = statusOf(pod(), [instance(app)]);
  const failed = statusOf(pod(), [instance(app)], { previous: running, outcome: deadlineExceeded });

  it('shows the phase of before as long as something may run', () => {
    const { reason, phase } = publishableStatus(failed, running, true);
    expect([phase, reason]).toEqual(['Running', undefined]);
    expect(publishableStatus(failed, undefined, true).phase).toBe('Pending');
  });

  it('shows the final phase when nothing runs, or when it was shown already', () => {
    expect(publishableStatus(failed, running, false)).toBe(failed);
    expect(publishableStatus(failed, failed, true)).toBe(failed);
  });
});

describe('illegalTransition', () => {
  const never = pod({ restartPolicy: 'Never' });
  const onFailure = pod({ restartPolicy: 'OnFailure' });
  const waiting = { containerStatuses: [{ name: 'app', state: { waiting: {} }, restartCount: 0 }] };
  const again = { containerStatuses: [{ name: 'app', state: { running: {} }, restartCount: 1 }] };
  const ended = (exitCode: number) => ({
    containerStatuses: [{ name: 'app', state: { terminated: { exitCode } }, restartCount: 0 }],
  });
  const text = 'terminated container app attempted illegal transition to non-terminated state';
  const cases = [
    { name: 'Never: back to waiting', of: never, from: ended(1), to: waiting, want: text },
    { name: 'OnFailure, exit 0: back to waiting', of: onFailure, from: ended(0), to: waiting, want: text },
    {
      name: 'OnFailure, exit 1: back to waiting',
      of: onFailure,
      from: ended(1),
      to: waiting,
      want: undefined,
    },
    { name: 'Always: back to waiting', of: pod(), from: ended(0), to: waiting, want: undefined },
    { name: 'Never: a status that lost the container', of: never, from: ended(1), to: {}, want: text },
    { name: 'Never: a newer instance that does run', of: never, from: ended(1), to: again, want: undefined },
    { name: 'Never: still ended', of: never, from: ended(1), to: ended(1), want: undefined },
    { name: 'Never: from running', of: never, from: again, to: waiting, want: undefined },
  ];
  it.each(cases)('$name', ({ of, from, to, want }) => {
    expect(illegalTransition(of, from, to)).toBe(want);
  });
});

describe('terminateStatus', () => {
  it('gives an unseen end to every container that had begun, and fails the pod', () => {
    const status = statusOf(pod(), [instance(app)]);
    const last = terminateStatus(pod(), status, startMs + 9000);
    expect(last.phase).toBe('Failed');
    expect(statusNamed(last, 'app')).toMatchObject({
      ready: false,
      started: false,
      state: {
        terminated: {
          exitCode: 137,
          reason: 'ContainerStatusUnknown',
          message: 'The container could not be located when the pod was terminated',
        },
      },
    });
    expect(condition(last, 'Ready')).toMatchObject({
      status: 'False',
      lastTransitionTime: '2026-01-01T00:00:09Z',
    });
    expect(terminateStatus(pod(), last, startMs + 99_000)).toBe(last);
  });

  it('keeps the codes that were seen: all zero is a success, even under Always', () => {
    const seen = (codes: readonly number[]) => {
      const containers = codes.map((_, i) => container(`c${i}`));
      const of = pod({ containers });
      return terminateStatus(
        of,
        statusOf(
          of,
          containers.map((one, i) => exited(one, codes[i] ?? 0)),
        ),
        startMs,
      ).phase;
    };
    expect([seen([0, 0]), seen([0, 143]), seen([137])]).toEqual(['Succeeded', 'Failed', 'Failed']);
  });

  it('leaves alone what never came to its turn', () => {
    const of = pod({ initContainers: [init, container('next')] });
    const last = terminateStatus(of, statusOf(of, [instance(init)]), startMs);
    expect(statusNamed(last, 'init')?.state?.terminated?.exitCode).toBe(137);
    expect(statusNamed(last, 'next')?.state?.waiting).toBeDefined();
    expect(statusNamed(last, 'app')?.state?.waiting).toBeDefined();
    expect(last.phase).toBe('Failed');
  });

  it('ends the first init container of a pod that never began', () => {
    const of = pod({ initContainers: [init] });
    const last = terminateStatus(of, statusOf(of, []), startMs);
    expect(statusNamed(last, 'init')?.state?.terminated?.exitCode).toBe(137);
    expect(last.phase).toBe('Failed');
  });

  it('does not change a phase that is final, nor its reason', () => {
    const failed = statusOf(pod(), [exited(app, 0)], { outcome: deadlineExceeded });
    expect(terminateStatus(pod(), failed, startMs)).toMatchObject(deadlineExceeded);
  });
});

describe('activeDeadlineSeconds', () => {
  const cases = [
    { name: 'none', spec: {}, status: { startTime }, nowMs: startMs, want: undefined },
    { name: 'not started', spec: { activeDeadlineSeconds: 5 }, status: {}, nowMs: startMs, want: undefined },
    {
      name: 'counted from the start time',
      spec: { activeDeadlineSeconds: 5 },
      status: { startTime },
      nowMs: startMs + 1500,
      want: 3500,
    },
    {
      name: 'over',
      spec: { activeDeadlineSeconds: 5 },
      status: { startTime },
      nowMs: startMs + 9000,
      want: 0,
    },
  ];
  it.each(cases)('$name', ({ spec, status, nowMs, want }) => {
    expect(deadlineRemainingMs(spec, status, nowMs)).toBe(want);
  });
});

it('stops sidecars after the apps and in reverse, all others at once', () => {
  const of = pod({ initContainers: [sidecar('s1'), init, sidecar('s2')], containers: [app, container('b')] });
  const order = Object.fromEntries(
    ['app', 'b', 'init', 's1', 's2'].map((name) => [name, stopsAfter(of, name)]),
  );
  expect(order).toEqual({ app: [], b: [], init: [], s1: ['app', 'b', 's2'], s2: ['app', 'b'] });
});

describe('statusEquals', () => {
  const cases: readonly { name: string; a: PodStatus; b: PodStatus; want: boolean }[] = [
    {
      name: 'the order of keys does not matter',
      a: { phase: 'Running', podIP: 'x' },
      b: { podIP: 'x', phase: 'Running' },
      want: true,
    },
    { name: 'a key more', a: { phase: 'Running' }, b: { phase: 'Running', podIP: 'x' }, want: false },
    { name: 'a key less', a: { phase: 'Running', podIP: 'x' }, b: { phase: 'Running' }, want: false },
    {
      name: 'the order of lists matters',
      a: { podIPs: [{ ip: '1' }, { ip: '2' }] },
      b: { podIPs: [{ ip: '2' }, { ip: '1' }] },
      want: false,
    },
    {
      name: 'a longer list',
      a: { podIPs: [{ ip: '1' }] },
      b: { podIPs: [{ ip: '1' }, { ip: '2' }] },
      want: false,
    },
    {
      name: 'null is not absent',
      a: { conditions: [{ type: 'a', status: 'True', lastProbeTime: null }] },
      b: { conditions: [{ type: 'a', status: 'True' }] },
      want: false,
    },
  ];
  it.each(cases)('$name', ({ a, b, want }) => {
    expect(statusEquals(a, b)).toBe(want);
  });
});

it('calls a sandbox usable only when it is, in the condition too', () => {
  const observation = observationOf([sandbox({ ip: '' })], []);
  expect(condition(statusOf(pod(), [], { observation }), 'PodReadyToStartContainers')?.status).toBe('False');
});

it('counts a container that was removed to start over as one that runs again, even under Never', () => {
  const of = pod({ restartPolicy: 'Never', containers: [app, container('b')] });
  const removed = { terminated: { exitCode: 137, reason: 'RestartingAllContainers' } };
  const statuses = statusesByName({
    containerStatuses: [
      { name: 'app', state: { terminated: { exitCode: 0 } } },
      { name: 'b', state: { waiting: { reason: 'ErrImagePull' } }, lastState: removed },
    ],
  });
  expect(podPhase(of.spec, statuses, false)).toBe('Running');
});
