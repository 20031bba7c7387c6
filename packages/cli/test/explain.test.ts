import type { KubeEvent, StoredPod } from '@mooring/core';
import { describe, expect, it } from 'vitest';
import { explainPod, nextTryOf } from '../src/client/explain-pod.ts';
import { getPod } from '../src/client/find-pod.ts';
import { formatExplanation } from '../src/client/format-explanation.ts';
import type { OpenClient } from '../src/client/open-client.ts';
import { newsOf } from '../src/client/pod-news.ts';
import { podNameOf } from '../src/client/pod-path.ts';
import { podLine } from '../src/client/status.ts';
import { painter } from '../src/output/paint.ts';
import { UserError } from '../src/user-error.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const end = {
  exitCode: 1,
  reason: 'Error',
  startedAt: '2026-01-01T00:09:00Z',
  finishedAt: '2026-01-01T00:09:30Z',
};
const backOff = {
  state: {
    waiting: {
      reason: 'CrashLoopBackOff',
      message: 'back-off 1m20s restarting failed container=main pod=web',
    },
  },
  lastState: { terminated: end },
};

function pod(status: object, annotations = {}): StoredPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations,
    },
    spec: { nodeName: 'node-a', containers: [{ name: 'main', image: 'x' }] },
    status,
  } as unknown as StoredPod;
}

const explained = (status: object, annotations = {}) => {
  const found = explainPod(pod(status, annotations), nowMs);
  return formatExplanation(found, nowMs, painter(false)).join('\n');
};

describe('the next try', () => {
  it.each([
    ['counts from the last end', backOff, nowMs + 50_000],
    [
      'is not known of a container that runs',
      { state: { running: {} }, lastState: backOff.lastState },
      undefined,
    ],
    ['is not known without an end', { state: backOff.state }, undefined],
  ])('%s', (_, status, expected) => {
    expect(nextTryOf(status as never)).toBe(expected);
  });
});

describe('an explanation', () => {
  const main = { name: 'main', restartCount: 3, ...backOff };

  it('tells each end, with the probe and what it said', () => {
    const terminations = [
      {
        container: 'main',
        restartCount: 3,
        ...end,
        exitCode: 137,
        signal: 'SIGKILL',
        cause: 'Container main failed liveness probe, will be restarted',
        probe: { type: 'liveness', message: 'HTTP probe failed with statuscode: 500' },
      },
      {
        container: 'main',
        restartCount: 2,
        ...end,
        exitCode: 137,
        reason: 'OOMKilled',
        cause: 'the container ended by itself',
        message: 'no\nroom',
      },
      { container: 'other', restartCount: 1, ...end, cause: 'not ours' },
    ];
    expect(
      explained({ containerStatuses: [main], terminations }),
    ).toBe(`shop/web on node node-a: CrashLoopBackOff, 3 restarts

main is waiting: CrashLoopBackOff
  back-off 1m20s restarting failed container=main pod=web
  the next try comes in 50s; \`moor retry web -n shop\` does not wait
  #3  30s ago: exit code 137 by SIGKILL after 30s
      Container main failed liveness probe, will be restarted
      the liveness probe said: HTTP probe failed with statuscode: 500
  #2  30s ago: exit code 137 (OOMKilled) after 30s
      the container ended by itself
      its last words: no room`);
  });

  it.each([
    [{ exitCode: 0, reason: 'Completed' }, 'must be told to stay in front'],
    [{ exitCode: 127 }, 'a Windows line end'],
    [{ exitCode: 0, probe: { type: 'liveness', message: 'no' } }, undefined],
    [{ exitCode: 127, signal: 'SIGKILL' }, undefined],
    [{ exitCode: 1 }, undefined],
  ])('has advice on the end %j: %s', (changes, words) => {
    const terminations = [{ container: 'main', restartCount: 3, ...end, cause: '', ...changes }];
    const lines = explained({ containerStatuses: [main], terminations }).split('\n');
    expect(lines.filter((line) => line.includes(words ?? 'shell:')).length).toBe(words === undefined ? 0 : 1);
    if (words === undefined) expect(lines.join()).not.toContain('restartPolicy');
  });

  it('makes do with the status where there is no record', () => {
    expect(explainPod(pod({ containerStatuses: [main] }), nowMs).containers[0]?.terminations).toEqual([
      { container: 'main', restartCount: 3, ...end, cause: '' },
    ]);
  });

  it('names who holds the pod up, and then no next try', () => {
    const words = explained(
      { containerStatuses: [main] },
      { 'mooring.dev/paused': 'ann@a at noon: the disk' },
    );
    expect(words).toContain('paused by ann@a at noon: the disk; `moor resume web -n shop` ends that');
    expect(words).not.toContain('next try');
  });

  it('says why a pod is on no node', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }];
    expect(explained({ phase: 'Pending', conditions })).toContain('0/3 nodes are available');
  });
});

describe('what was said lately', () => {
  const said = (reason: string, second: number, more: object = {}) => ({
    ...{ type: 'Warning', reason, message: `it is ${reason}`, count: 1 },
    lastTimestamp: `2026-01-01T00:09:${second}Z`,
    ...more,
  });
  const events = [
    said('Killing', 50, { type: 'Normal' }),
    said('Unhealthy', 40, { count: 3 }),
    said('Started', 30, { type: 'Normal' }),
    said('ContainerExited', 45),
    said('BackOff', 20),
  ] as unknown as readonly KubeEvent[];

  it('is what was wrong, the newest last', () => {
    const news = newsOf(events, 2);
    const found = { ...explainPod(pod({}), nowMs), news };
    expect(formatExplanation(found, nowMs, painter(false)).slice(-4)).toEqual([
      '',
      'what was said lately:',
      '  20s ago (x3): Unhealthy: it is Unhealthy',
      '  10s ago: Killing: it is Killing',
    ]);
  });

  it('is left out where there is nothing, and says why it cannot be told', () => {
    const nothing = explainPod(pod({}), nowMs);
    expect(formatExplanation({ ...nothing, news: [] }, nowMs, painter(false))).toHaveLength(1);
    const found = { ...nothing, newsProblem: 'events are forbidden' };
    expect(formatExplanation(found, nowMs, painter(false)).at(-1)).toBe(
      'what was said lately cannot be shown: events are forbidden',
    );
  });
});

describe('a line of the status', () => {
  const ready = {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'main', ready: true, state: { running: {} } }],
  };
  it.each([
    ['a ready pod', ready, {}, true, ''],
    ['one that is paused', ready, { 'mooring.dev/paused': 'ann' }, false, 'paused by ann'],
    [
      'one that waits',
      { phase: 'Running', containerStatuses: [{ name: 'main', ...backOff }] },
      {},
      false,
      'next try in 50s',
    ],
    [
      'one whose image is not there',
      {
        phase: 'Pending',
        containerStatuses: [
          { name: 'main', state: { waiting: { reason: 'ErrImagePull', message: 'gone' } } },
        ],
      },
      {},
      false,
      '`moor why web -n shop` says why',
    ],
    ['one that has succeeded', { phase: 'Succeeded' }, {}, true, ''],
    ['one that has failed', { phase: 'Failed' }, {}, false, ''],
  ])('of %s', (_, status, annotations, isWell, note) => {
    expect(podLine(pod(status, annotations), nowMs)).toMatchObject({ isWell, note });
  });
});

it('a pod is named in the ways of kubectl', () => {
  expect(['web', 'pod/web', 'pods/web'].map(podNameOf)).toEqual(['web', 'web', 'web']);
  const complaint = (word: string) => {
    try {
      return podNameOf(word);
    } catch (error) {
      return error;
    }
  };
  expect(complaint('deployment/web')).toMatchObject({
    message: '"deployment/web" is no pod',
    next: expect.stringContaining('moor why pod/web'),
  });
  expect(complaint('shop/web')).toMatchObject({
    message: '"shop/web" is no pod',
    next: 'A namespace is named as in `moor why web -n shop`.',
  });
});

describe('a pod that is not there', () => {
  const clientWith = (...names: readonly string[]): OpenClient => ({
    namespace: 'shop',
    get: async (path) => {
      if (path === '/api/v1/namespaces/shop/pods')
        return { items: names.map((name) => ({ metadata: { name } })) };
      throw new UserError('the API server refuses (404)', { statusCode: 404 });
    },
    text: () => Promise.reject(new Error('nobody asks for a log')),
    patch: () => Promise.reject(new Error('nobody changes anything')),
  });

  it.each([
    ['nothing like it', [], '`moor status` lists the pods of all namespaces; -n names another one.'],
    ['the Deployment of some', ['web-a1', 'web-b2', 'webs'], 'Name one in full, such as web-a1, web-b2.'],
    [
      'the Deployment of many',
      ['1', '2', '3', '4', '5', '6', '7'].map((i) => `web-${i}`),
      'Name one in full, such as web-1, web-2, web-3, web-4, web-5, and 2 more.',
    ],
  ])('is said to be %s', async (_, names, next) => {
    await expect(getPod(clientWith(...names), 'web')).rejects.toMatchObject({
      message: 'there is no pod "web" in the namespace shop',
      next,
      exitCode: 1,
    });
  });
});
