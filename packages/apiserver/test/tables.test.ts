import type { ApiObject, Pod } from '@mooring/core';
import { humanDuration, humanDurationStepMs, podStanding } from '@mooring/core';
import { describe, expect, it } from 'vitest';
import { makeTable, rowText, type TableOptions, tableHead } from '../src/table/make-table.ts';
import { Moment } from '../src/table/moment.ts';

const nowMs = Date.parse('2026-01-31T12:00:00Z');
const [hourMs, dayMs] = [3_600_000, 86_400_000];
const at = (secondsAgo: number) => new Date(nowMs - secondsAgo * 1000).toISOString();

const tableText = (objects: readonly ApiObject[], metadata: object, options: TableOptions) =>
  `${tableHead(metadata, options)}${objects.map((object) => rowText(object, options).json).join(',')}]}`;

function pod(status: object, { spec = {}, metadata = {} }: { spec?: object; metadata?: object } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', creationTimestamp: at(90), ...metadata },
    spec: { containers: [{ name: 'a', image: 'i' }], ...spec },
    status: { phase: 'Running', ...status },
  } as Pod;
}

const waiting = (reason: string) => ({ state: { waiting: { reason } } });
const ended = (terminated: object) => ({ state: { terminated } });
const runs = { state: { running: {} }, ready: true };
const container = (name: string, more: object) => ({ name, ready: false, restartCount: 0, ...more });
const one = (more: object) => ({ containerStatuses: [container('a', more)] });
const twoInits = { initContainers: [{ name: 'i1' }, { name: 'i2' }] };
const inits = (...statuses: object[]) => ({
  phase: 'Pending',
  initContainerStatuses: statuses.map((status, i) => container(`i${i + 1}`, status)),
  ...one(waiting('PodInitializing')),
});

describe('the word for a pod', () => {
  it.each<[string, string, Pod]>([
    ['Pending', '0/1', pod({ phase: 'Pending' })],
    ['Pending', '0/1', { ...pod({}), status: {} }],
    ['ContainerCreating', '0/1', pod({ phase: 'Pending', ...one(waiting('ContainerCreating')) })],
    ['ImagePullBackOff', '0/1', pod({ phase: 'Pending', ...one(waiting('ImagePullBackOff')) })],
    ['Running', '1/1', pod(one(runs))],
    ['CrashLoopBackOff', '0/1', pod(one(waiting('CrashLoopBackOff')))],
    ['Error', '0/1', pod({ phase: 'Failed', ...one(ended({ exitCode: 1, reason: 'Error' })) })],
    ['ExitCode:2', '0/1', pod(one(ended({ exitCode: 2 })))],
    ['Signal:9', '0/1', pod(one(ended({ exitCode: 137, signal: 9 })))],
    ['Completed', '0/1', pod({ phase: 'Succeeded', ...one(ended({ exitCode: 0, reason: 'Completed' })) })],
    ['OOMKilled', '0/1', pod(one(ended({ exitCode: 137, reason: 'OOMKilled' })))],
    [
      'Init:0/2',
      '0/1',
      pod(inits({ state: { running: {} } }, waiting('PodInitializing')), { spec: twoInits }),
    ],
    ['Init:CrashLoopBackOff', '0/1', pod(inits(waiting('CrashLoopBackOff')), { spec: twoInits })],
    ['Init:ExitCode:3', '0/1', pod(inits(ended({ exitCode: 3 })), { spec: twoInits })],
    ['Init:Error', '0/1', pod(inits(ended({ exitCode: 3, reason: 'Error' })), { spec: twoInits })],
    [
      'PodInitializing',
      '0/1',
      pod(inits(ended({ exitCode: 0 }), ended({ exitCode: 0 })), { spec: twoInits }),
    ],
    ['Terminating', '1/1', pod(one(runs), { metadata: { deletionTimestamp: at(1) } })],
    [
      'Completed',
      '0/1',
      pod(
        { phase: 'Succeeded', ...one(ended({ exitCode: 0, reason: 'Completed' })) },
        { metadata: { deletionTimestamp: at(1) } },
      ),
    ],
    ['Unknown', '1/1', pod({ reason: 'NodeLost', ...one(runs) }, { metadata: { deletionTimestamp: at(1) } })],
    ['Evicted', '0/1', pod({ phase: 'Failed', reason: 'Evicted' })],
    [
      'SchedulingGated',
      '0/1',
      pod({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      }),
    ],
    [
      'NotReady',
      '1/2',
      pod(
        {
          containerStatuses: [
            container('c', ended({ exitCode: 0, reason: 'Completed' })),
            container('d', runs),
          ],
          conditions: [{ type: 'Ready', status: 'False' }],
        },
        { spec: { containers: [{ name: 'c' }, { name: 'd' }] } },
      ),
    ],
    [
      'Running',
      '2/2',
      pod(
        { initContainerStatuses: [container('side', { ...runs, started: true })], ...one(runs) },
        { spec: { initContainers: [{ name: 'side', restartPolicy: 'Always' }] } },
      ),
    ],
  ])('%s, %s ready', (status, ready, given) => {
    const words = podStanding(given);
    expect([words.status, `${words.readyContainers}/${words.totalContainers}`]).toEqual([status, ready]);
  });

  it('comes with how often it was restarted, and when last', () => {
    const lastState = { terminated: { exitCode: 1, finishedAt: at(125) } };
    const crashing = pod(one({ ...waiting('CrashLoopBackOff'), restartCount: 3, lastState }));
    expect(rowOf(crashing).slice(0, 5)).toEqual(['web', '0/1', 'CrashLoopBackOff', '3 (2m5s ago)', '90s']);
  });
});

function rowOf(object: ApiObject): readonly unknown[] {
  const table = makeTable([object], {}, { kind: object.kind, includeObject: 'None', nowMs });
  const { columnDefinitions, rows } = table as { columnDefinitions: object[]; rows: { cells: unknown[] }[] };
  expect(rows[0]?.cells).toHaveLength(columnDefinitions.length);
  return rows[0]?.cells ?? [];
}

const metadata = { name: 'n', creationTimestamp: at(3600 * 5 + 120) };

describe('the row of', () => {
  it.each<[string, ApiObject & Record<string, unknown>, string]>([
    [
      'a Service',
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: {
          type: 'NodePort',
          clusterIP: '127.96.0.1',
          ports: [{ port: 80, nodePort: 30080 }],
          selector: { b: '2', a: '1' },
        },
      },
      'n | NodePort | 127.96.0.1 | <none> | 80:30080/TCP | 5h2m | a=1,b=2',
    ],
    [
      'a load balancer that waits',
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: { type: 'LoadBalancer', clusterIP: '127.96.0.1', ports: [] },
      },
      'n | LoadBalancer | 127.96.0.1 | <pending> | <none> | 5h2m | <none>',
    ],
    [
      'Endpoints',
      {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata,
        subsets: [{ addresses: ['1', '2', '3', '4'].map((ip) => ({ ip })), ports: [{ port: 80 }] }],
      },
      'n | 1:80,2:80,3:80 + 1 more... | 5h2m',
    ],
    [
      'an EndpointSlice',
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata,
        addressType: 'IPv4',
        endpoints: [],
        ports: [{ port: 80 }],
      },
      'n | IPv4 | 80 | <unset> | 5h2m',
    ],
    [
      'a Node',
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          ...metadata,
          labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' },
        },
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'Unknown' }],
          addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        },
      },
      'n | NotReady,SchedulingDisabled | edge,worker | 5h2m |  | 10.0.0.1 | <none> | <unknown> | <unknown> | <unknown>',
    ],
    [
      'an Event',
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata,
        involvedObject: { kind: 'Pod', name: 'web', fieldPath: 'spec.containers{a}' },
        type: 'Warning',
        reason: 'BackOff',
        message: ' again ',
        count: 4,
        firstTimestamp: at(600),
        lastTimestamp: at(30),
        source: { component: 'kubelet', host: 'node-a' },
      },
      '30s | Warning | BackOff | pod/web | spec.containers{a} | kubelet, node-a | again | 10m | 4 | n',
    ],
    [
      'a Namespace',
      { apiVersion: 'v1', kind: 'Namespace', metadata, status: { phase: 'Terminating' } },
      'n | Terminating | 5h2m',
    ],
    [
      'a ConfigMap',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '' }, binaryData: { b: '' } },
      'n | 2 | 5h2m',
    ],
    [
      'a Secret',
      { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { a: '' } },
      'n | Opaque | 1 | 5h2m',
    ],
    [
      'a Lease',
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: { holderIdentity: 'me' } },
      'n | me | 5h2m',
    ],
    [
      'a Deployment',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          replicas: 3,
          selector: { matchLabels: { a: '1' } },
          template: { spec: { containers: [{ name: 'c', image: 'i:1' }] } },
        },
        status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 },
      },
      'n | 1/3 | 2 | 1 | 5h2m | c | i:1 | a=1',
    ],
    [
      'a ReplicationController',
      {
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata,
        spec: { replicas: 3, selector: { a: '1' } },
      },
      'n | 3 | 0 | 0 | 5h2m | <none> | <none> | a=1',
    ],
  ])('%s', (_name, object, row) => {
    expect(rowOf(object).join(' | ')).toBe(row);
  });
});

describe('an age', () => {
  it.each([
    [-5, '<invalid>'],
    [-1, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [125, '2m5s'],
    [600, '10m'],
    [3 * 3600 - 1, '179m'],
    [3 * 3600, '3h'],
    [8 * 3600 - 60, '7h59m'],
    [47 * 3600, '47h'],
    [48 * 3600, '2d'],
    [7 * 86_400 + 3600, '7d1h'],
    [8 * 86_400, '8d'],
    [2 * 365 * 86_400, '2y'],
    [(2 * 365 + 3) * 86_400, '2y3d'],
    [8 * 365 * 86_400, '8y'],
  ])('of %d s is %s', (seconds, words) => {
    expect(humanDuration(seconds * 1000)).toBe(words);
  });

  it('stays the same for as long as it says, and no longer', () => {
    const durations = [0, 1, 999, 119_000, 599_999, 600_000, 3 * hourMs, 8 * hourMs - 1, 8 * hourMs];
    for (const ms of [...durations, 8 * dayMs - 1, 8 * dayMs, 400 * dayMs, 731 * dayMs]) {
      const step = humanDurationStepMs(ms);
      expect(step).toBeGreaterThan(0);
      expect(humanDuration(ms + step - 1)).toBe(humanDuration(ms));
    }
    expect(humanDuration(59_000 + humanDurationStepMs(59_000))).toBe('60s');
    expect([humanDurationStepMs(-5), humanDurationStepMs(Number.NaN)]).toEqual([0, 0]);
  });

  it('of nothing is not known', () => {
    expect(new Moment(nowMs).ageOf(undefined)).toBe('<unknown>');
    expect(new Moment(nowMs).ageOf('yesterday')).toBe('<unknown>');
  });
});

describe('a table in bytes', () => {
  const finished = { terminated: { exitCode: 1, finishedAt: at(700) } };
  const restarted = pod(one({ ...runs, restartCount: 2, lastState: finished }));
  const bare = { kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', metadata: { name: 'l' } };

  it.each(['None', 'Metadata', 'Object'] as const)(
    'says what the table says, however often and at whatever time it is asked for (%s)',
    (includeObject) => {
      const objects = [restarted, { ...restarted, metadata: { ...restarted.metadata, name: 'other' } }];
      // Back in time, too: a row that was made for later is not for now.
      for (const ms of [0, 400, 1000, 999, 59_000, 120_000, 3 * 3_600_000, 86_400_000, 0]) {
        const options = { kind: 'Pod', includeObject, nowMs: nowMs + ms };
        const metadata = { resourceVersion: '7' };
        expect(JSON.parse(tableText(objects, metadata, options))).toEqual(
          makeTable(objects, metadata, options),
        );
      }
    },
  );

  it('without rows is one', () => {
    const options = { kind: 'Lease', includeObject: 'Metadata', nowMs } as const;
    expect(JSON.parse(tableText([], {}, options))).toEqual(makeTable([], {}, options));
    expect(JSON.parse(tableText([bare], {}, options))).toEqual(makeTable([bare], {}, options));
  });

  it('makes a row anew only when it says something else', () => {
    const options = { kind: 'Pod', includeObject: 'Metadata' } as const;
    let asked = 0;
    const watched = new Proxy(pod(one(runs)), {
      get(target, name) {
        if (name === 'spec') asked += 1;
        return Reflect.get(target, name);
      },
    });
    tableText([watched], {}, { ...options, nowMs });
    const once = asked;
    tableText([watched], {}, { ...options, nowMs: nowMs + 300 });
    expect(asked).toBe(once);
    tableText([watched], {}, { ...options, nowMs: nowMs + 1300 });
    expect(asked).toBe(2 * once);
  });
});
