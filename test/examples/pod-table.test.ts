import type { ContainerState, ContainerStatus, Pod, PodStatus, StoredPod } from '@mooring/core';
import { humanDuration, podRow } from '@mooring/core';
import { describe, expect, test } from 'vitest';
import { formatTable } from '../../examples/quickstart/pod-table.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');

function pod(status: PodStatus, changes: { spec?: Partial<Pod['spec']>; deleted?: boolean } = {}): StoredPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:07:00Z',
      ...(changes.deleted === true && { deletionTimestamp: '2026-01-01T00:10:20Z' }),
    },
    spec: { containers: [{ name: 'main', image: 'web' }], ...changes.spec },
    status,
  };
}

const running: ContainerState = { running: { startedAt: '2026-01-01T00:08:00Z' } };
const waiting = (reason: string): ContainerState => ({ waiting: { reason } });
const terminated = (
  exitCode: number,
  reason: string,
  finishedAt = '2026-01-01T00:09:48Z',
): ContainerState => ({
  terminated: { exitCode, reason, finishedAt },
});
const container = (state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: 'main',
  state,
  ready: state.running !== undefined,
  restartCount: 0,
  ...more,
});
const condition = (type: string, status: 'True' | 'False' = 'True') => ({ type, status });
const two = {
  containers: [
    { name: 'main', image: 'web' },
    { name: 'side', image: 'web' },
  ],
};
const init = (...names: string[]) => ({ initContainers: names.map((name) => ({ name, image: 'init' })) });
const sidecar = { initContainers: [{ name: 'proxy', image: 'proxy', restartPolicy: 'Always' as const }] };

const cases: readonly {
  readonly name: string;
  readonly pod: StoredPod;
  readonly want: readonly [ready: string, status: string, restarts: string];
}[] = [
  { name: 'a new pod is Pending', pod: pod({}), want: ['0/1', 'Pending', '0'] },
  {
    name: 'what a container waits for stands for the pod',
    pod: pod({ phase: 'Pending', containerStatuses: [container(waiting('ContainerCreating'))] }),
    want: ['0/1', 'ContainerCreating', '0'],
  },
  {
    name: 'running and ready',
    pod: pod({ phase: 'Running', containerStatuses: [container(running)] }),
    want: ['1/1', 'Running', '0'],
  },
  {
    name: 'running and not ready',
    pod: pod({ phase: 'Running', containerStatuses: [container(running, { ready: false })] }),
    want: ['0/1', 'Running', '0'],
  },
  {
    name: 'restarts come with the time of the last end',
    pod: pod({
      phase: 'Running',
      containerStatuses: [
        container(waiting('CrashLoopBackOff'), { restartCount: 3, lastState: terminated(1, 'Error') }),
      ],
    }),
    want: ['0/1', 'CrashLoopBackOff', '3 (12s ago)'],
  },
  {
    name: 'restarts of all containers are added up',
    pod: pod(
      {
        phase: 'Running',
        containerStatuses: [
          container(running, { restartCount: 2, lastState: terminated(1, 'Error', '2026-01-01T00:08:00Z') }),
          container(running, { name: 'side', restartCount: 1, lastState: terminated(1, 'Error') }),
        ],
      },
      { spec: two },
    ),
    want: ['2/2', 'Running', '3 (12s ago)'],
  },
  {
    name: 'the first container that is not well gives the status',
    pod: pod(
      {
        phase: 'Running',
        containerStatuses: [
          container(waiting('ImagePullBackOff')),
          container(waiting('CrashLoopBackOff'), { name: 'side' }),
        ],
      },
      { spec: two },
    ),
    want: ['0/2', 'ImagePullBackOff', '0'],
  },
  {
    name: 'an end without a reason shows its code',
    pod: pod({ phase: 'Failed', containerStatuses: [container({ terminated: { exitCode: 7 } })] }),
    want: ['0/1', 'ExitCode:7', '0'],
  },
  {
    name: 'an end by a signal without a reason shows the signal',
    pod: pod({
      phase: 'Failed',
      containerStatuses: [container({ terminated: { exitCode: 137, signal: 9 } })],
    }),
    want: ['0/1', 'Signal:9', '0'],
  },
  {
    name: 'completed',
    pod: pod({ phase: 'Succeeded', containerStatuses: [container(terminated(0, 'Completed'))] }),
    want: ['0/1', 'Completed', '0'],
  },
  {
    name: 'one completed and one ready container make a Running pod, if it is ready',
    pod: pod(
      {
        phase: 'Running',
        conditions: [condition('Ready')],
        containerStatuses: [container(terminated(0, 'Completed')), container(running, { name: 'side' })],
      },
      { spec: two },
    ),
    want: ['1/2', 'Running', '0'],
  },
  {
    name: 'and a NotReady one, if it is not',
    pod: pod(
      {
        phase: 'Running',
        conditions: [condition('Ready', 'False')],
        containerStatuses: [container(terminated(0, 'Completed')), container(running, { name: 'side' })],
      },
      { spec: two },
    ),
    want: ['1/2', 'NotReady', '0'],
  },
  {
    name: 'init containers are counted while they run',
    pod: pod(
      {
        phase: 'Pending',
        initContainerStatuses: [
          container(terminated(0, 'Completed'), { name: 'a' }),
          container(running, { name: 'b', ready: false }),
        ],
      },
      { spec: init('a', 'b') },
    ),
    want: ['0/1', 'Init:1/2', '0'],
  },
  {
    name: 'a failed init container shows why',
    pod: pod(
      {
        phase: 'Pending',
        initContainerStatuses: [
          container(waiting('CrashLoopBackOff'), {
            name: 'a',
            restartCount: 1,
            lastState: terminated(1, 'Error'),
          }),
        ],
      },
      { spec: init('a', 'b') },
    ),
    want: ['0/1', 'Init:CrashLoopBackOff', '1 (12s ago)'],
  },
  {
    name: 'a waiting init container that waits for its pod shows the progress',
    pod: pod(
      { phase: 'Pending', initContainerStatuses: [container(waiting('PodInitializing'), { name: 'a' })] },
      { spec: init('a') },
    ),
    want: ['0/1', 'Init:0/1', '0'],
  },
  {
    name: 'an init container that ended badly',
    pod: pod(
      { phase: 'Failed', initContainerStatuses: [container(terminated(2, 'Error'), { name: 'a' })] },
      { spec: init('a') },
    ),
    want: ['0/1', 'Init:Error', '0'],
  },
  {
    name: 'restarts of init containers no longer count once the pod is initialized',
    pod: pod(
      {
        phase: 'Running',
        conditions: [condition('Initialized')],
        initContainerStatuses: [container(terminated(0, 'Completed'), { name: 'a', restartCount: 4 })],
        containerStatuses: [container(running)],
      },
      { spec: init('a') },
    ),
    want: ['1/1', 'Running', '0'],
  },
  {
    name: 'a sidecar counts as a container, with its restarts',
    pod: pod(
      {
        phase: 'Running',
        conditions: [condition('Initialized')],
        initContainerStatuses: [
          container(running, {
            name: 'proxy',
            started: true,
            restartCount: 1,
            lastState: terminated(1, 'Error'),
          }),
        ],
        containerStatuses: [container(running)],
      },
      { spec: sidecar },
    ),
    want: ['2/2', 'Running', '1 (12s ago)'],
  },
  {
    name: 'a reason of the pod itself comes before its phase',
    pod: pod({ phase: 'Failed', reason: 'DeadlineExceeded' }),
    want: ['0/1', 'DeadlineExceeded', '0'],
  },
  {
    name: 'a pod that is being deleted',
    pod: pod({ phase: 'Running', containerStatuses: [container(running)] }, { deleted: true }),
    want: ['1/1', 'Terminating', '0'],
  },
  {
    name: 'one that has ended before it was deleted shows its end',
    pod: pod({ phase: 'Failed', containerStatuses: [container(terminated(1, 'Error'))] }, { deleted: true }),
    want: ['0/1', 'Error', '0'],
  },
];

describe('the row of a pod', () => {
  test.each(cases)('$name', ({ pod: given, want }) => {
    const { ready, status, restarts } = podRow(given, nowMs);
    expect([ready, status, restarts]).toEqual(want);
  });
});

test('the table is padded as kubectl does it', () => {
  const row = podRow(pod({ phase: 'Running', containerStatuses: [container(running)] }), nowMs);
  expect(formatTable([{ ...row, name: 'a-longer-name' }, row])).toEqual([
    'NAME            READY   STATUS    RESTARTS   AGE',
    'a-longer-name   1/1     Running   0          3m',
    'web             1/1     Running   0          3m',
  ]);
  expect(formatTable([])).toEqual(['NAME   READY   STATUS   RESTARTS   AGE']);
});

const [s, m, h, d] = [1000, 60_000, 3_600_000, 86_400_000];

test.each([
  [-5 * s, '<invalid>'],
  [-1 * s, '0s'],
  [0, '0s'],
  [119 * s + 999, '119s'],
  [2 * m, '2m'],
  [3 * m + 20 * s, '3m20s'],
  [9 * m + 59 * s, '9m59s'],
  [10 * m + 30 * s, '10m'],
  [179 * m, '179m'],
  [3 * h, '3h'],
  [7 * h + 59 * m, '7h59m'],
  [8 * h + 30 * m, '8h'],
  [47 * h, '47h'],
  [2 * d, '2d'],
  [7 * d + 23 * h, '7d23h'],
  [8 * d, '8d'],
  [729 * d, '729d'],
  [730 * d, '2y'],
  [731 * d, '2y1d'],
  [8 * 365 * d, '8y'],
  [Number.NaN, '<unknown>'],
])('%d ms are %s', (ms, want) => {
  expect(humanDuration(ms)).toBe(want);
});
