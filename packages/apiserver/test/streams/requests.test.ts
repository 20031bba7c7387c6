import { request } from 'node:http';
import type { StoredPod } from '@mooring/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FlowQueue } from '../../src/streams/flow-queue.ts';
import { containerOfRequest } from '../../src/streams/pod-of-request.ts';
import { wantedStreams } from '../../src/streams/serve-command.ts';
import { logLimits } from '../../src/streams/serve-log.ts';
import { type Served, serve } from '../support/server.ts';

const queryOf = (text: string) => new URLSearchParams(text);

describe('the container of a request', () => {
  const podOf = (names: readonly string[], changes: object = {}, annotations: object = {}) =>
    ({
      metadata: { name: 'web', annotations },
      spec: { containers: names.map((name) => ({ name })), ...changes },
    }) as unknown as StoredPod;
  const named = (pod: StoredPod, text = '') => containerOfRequest(pod, { query: queryOf(text) }).name;

  it('is the one that is named, the only one, or the one that the pod says', () => {
    expect(named(podOf(['a']))).toBe('a');
    expect(named(podOf(['a', 'b']), 'container=b')).toBe('b');
    expect(named(podOf(['a'], { initContainers: [{ name: 'i' }] }), 'container=i')).toBe('i');
    expect(named(podOf(['a', 'b'], {}, { 'kubectl.kubernetes.io/default-container': 'b' }))).toBe('b');
  });

  it('is refused in the words of Kubernetes', () => {
    expect(() => named(podOf(['a', 'b']))).toThrow(
      'a container name must be specified for pod web, choose one of: [a b]',
    );
    expect(() => named(podOf(['a', 'b'], { initContainers: [{ name: 'i' }] }))).toThrow(
      'choose one of: [a b] or one of the init containers: [i]',
    );
    expect(() => named(podOf(['a']), 'container=x')).toThrow('container x is not valid for pod web');
  });
});

describe('how much of a log is wanted', () => {
  it('is read from the query', () => {
    expect(logLimits(queryOf('tailLines=0&limitBytes=10&sinceSeconds=5'), 10_000)).toEqual({
      tailLines: 0,
      limitBytes: 10,
      sinceMs: 5000,
    });
    expect(logLimits(queryOf('sinceTime=1970-01-01T00:00:07Z'), 0)).toEqual({ sinceMs: 7000 });
    expect(logLimits(queryOf('tailLines='), 0)).toEqual({});
  });

  it.each([
    'tailLines=-1',
    'tailLines=x',
    'limitBytes=0',
    'sinceSeconds=0',
    'sinceTime=now',
    'sinceTime=1970-01-01T00:00:07Z&sinceSeconds=1',
  ])('is refused as %s', (text) => {
    expect(() => logLimits(queryOf(text), 0)).toThrow();
  });
});

describe('the streams of a command', () => {
  it('are those that are asked for; a terminal has one output', () => {
    expect(wantedStreams(queryOf('stdin=1&stdout=true&stderr=true'))).toEqual({
      ...{ stdin: true, stdout: true, stderr: true, tty: false },
    });
    expect(wantedStreams(queryOf('stdout=1&stderr=1&tty=1'))).toEqual({
      ...{ stdin: false, stdout: true, stderr: false, tty: true },
    });
    expect(() => wantedStreams(queryOf('tty=1'))).toThrow('at least 1 of stdin, stdout, stderr');
  });
});

describe('a queue with a reader', () => {
  it('is full until it is read, and its reader gets all of it', async () => {
    const queue = new FlowQueue<string>(3, ({ length }) => length);
    queue.push('ab');
    expect(queue.isFull).toBe(false);
    queue.push('cd');
    let hasRoom = false;
    const waiting = queue.whenRoom().then(() => {
      hasRoom = true;
    });
    expect([queue.isFull, hasRoom]).toEqual([true, false]);
    const reader = queue[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: 'ab' });
    await waiting;
    queue.end();
    expect(await reader.next()).toEqual({ done: false, value: 'cd' });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  it('lets go of everybody when it fails, and when its reader goes', async () => {
    const failed = new FlowQueue<string>(1, () => 1);
    failed.push('a');
    const waiting = failed.whenRoom();
    failed.fail(new Error('broken'));
    await waiting;
    await expect(failed[Symbol.asyncIterator]().next()).rejects.toThrow('broken');
    const left = new FlowQueue<string>(1, () => 1);
    left.push('a');
    left.push('b');
    const room = left.whenRoom();
    for await (const _ of left) break;
    await room;
    expect(left.isFull).toBe(false);
  });
});

describe('a request for a stream', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
    await served.cluster.apply([podWith('unbound', {}), podWith('lost', { nodeName: 'nowhere' })] as never);
  });
  afterAll(() => served[Symbol.asyncDispose]());

  const podWith = (name: string, spec: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { ...spec, containers: [{ name: 'main', image: 'x' }] },
  });
  const at = (pod: string, rest: string) => `/api/v1/namespaces/default/pods/${pod}/${rest}`;

  it.each([
    ['nobody', 'log', 404, 'pods "nobody" not found'],
    ['unbound', 'log', 400, 'pod unbound does not have a host assigned'],
    ['lost', 'log', 503, 'no agent answers for node nowhere'],
    ['lost', 'log?container=x', 400, 'container x is not valid for pod lost'],
    ['lost', 'exec?command=ls&stdout=1', 400, 'Upgrade request required'],
    ['lost', 'portforward', 400, 'Upgrade request required'],
  ])('for %s, %s, is answered with %d', async (pod, rest, code, message) => {
    expect(await served.ask('GET', at(pod, rest))).toMatchObject({ code, body: { kind: 'Status', message } });
  });

  it.each([
    ['nobody', 'exec?command=ls&stdout=1', 404, 'pods "nobody" not found'],
    ['lost', 'exec?stdout=1', 400, 'you must specify at least one command for the container'],
    ['lost', 'exec?command=ls&stdout=1', 403, 'unable to negotiate protocol'],
    ['unbound', 'portforward', 400, 'pod unbound does not have a host assigned'],
  ])('to be upgraded for %s, %s, is answered with %d', async (pod, rest, code, message) => {
    const answer = await new Promise<{ code: number | undefined; body: string }>((resolve, reject) => {
      const asked = request(served.server.url + at(pod, rest), {
        method: 'POST',
        headers: {
          connection: 'Upgrade',
          upgrade: 'SPDY/3.1',
          'x-stream-protocol-version': 'v9.channel.k8s.io',
        },
      });
      asked.on('response', (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ code: response.statusCode, body }));
      });
      asked.on('error', reject).end();
    });
    expect([answer.code, JSON.parse(answer.body).message]).toEqual([code, expect.stringContaining(message)]);
  });

  it('by WebSocket names the protocols that are spoken', async () => {
    const socket = new WebSocket(
      `${served.server.url.replace('http', 'ws')}${at('lost', 'exec?command=ls&stdout=1')}`,
      ['v9'],
    );
    const code = await new Promise<number | undefined>((resolve) => {
      socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
    });
    expect(code).toBe(400);
    socket.on('error', () => {});
    socket.terminate();
  });
});
