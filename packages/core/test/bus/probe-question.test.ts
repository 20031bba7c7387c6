import { describe, expect, it } from 'vitest';
import type { StoredPod } from '../../src/api/pod.ts';
import {
  decodeProbeAnswer,
  decodeProbeJob,
  decodeProbeQuestion,
  type ProbeQuestion,
  probeAnswer,
  probeJobOf,
} from '../../src/bus/probe-question.ts';
import { question } from './probe-questions.ts';

const ports = [{ name: 'http', containerPort: 8080 }];
const readinessProbe = { httpGet: { path: '/', port: 'http' }, timeoutSeconds: 3 };

function podOf(
  changes: { readonly annotation?: string; readonly probe?: object; readonly podIP?: string } = {},
) {
  const { annotation = 'node-b', probe = readinessProbe, podIP = '10.0.0.1' } = changes;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u1',
      annotations: { 'mooring.dev/probe-from': annotation },
    },
    spec: {
      nodeName: 'node-a',
      containers: [
        { name: 'main', image: 'i', ports, readinessProbe: probe, env: [{ name: 'SECRET', value: 's' }] },
      ],
    },
    status: { podIP },
  } as unknown as StoredPod;
}

describe('the attempt', () => {
  it('is made of the pod, and of nothing else in it', () => {
    expect(probeJobOf(question, podOf(), 'node-b')).toEqual({
      ...question,
      handler: 'httpGet',
      settings: readinessProbe.httpGet,
      ports,
      timeoutMs: 3000,
    });
  });

  it.each<[string, Partial<ProbeQuestion>, StoredPod | undefined, string, string]>([
    ['no pod', {}, undefined, 'node-b', 'is not known'],
    ['a namesake of the pod', { podUID: 'u0' }, podOf(), 'node-b', 'is not known'],
    ['the pod of another node', { node: 'node-c' }, podOf(), 'node-b', 'does not run on node-c'],
    [
      'a node that is not named',
      {},
      podOf(),
      'node-c',
      'does not want its main/readiness to be made on node-c',
    ],
    ['a probe that is not named', {}, podOf({ annotation: 'liveness: node-b' }), 'node-b', 'does not want'],
    ['an annotation that cannot be read', {}, podOf({ annotation: ',' }), 'node-b', 'does not want'],
    ['another address', { podIP: '10.0.0.9' }, podOf(), 'node-b', 'has the address 10.0.0.1, not 10.0.0.9'],
    ['another container', { container: 'other' }, podOf(), 'node-b', 'has no other/readiness'],
    ['another probe', { probe: 'startup' }, podOf(), 'node-b', 'has no main/startup'],
    [
      'another host',
      {},
      podOf({ probe: { httpGet: { port: 80, host: '10.9.9.9' } } }),
      'node-b',
      'is no probe of the pod itself',
    ],
  ])('is refused: %s', (_, changes, pod, vantage, why) => {
    expect(probeJobOf({ ...question, ...changes }, pod, vantage)).toContain(why);
  });
});

describe('what comes in from outside', () => {
  const job = { ...question, handler: 'httpGet', settings: { port: 80 }, ports, timeoutMs: 1000 };

  it('is a question or a job', () => {
    expect(decodeProbeQuestion(question)).toEqual({ ok: true, value: question });
    expect(decodeProbeJob(job)).toEqual({ ok: true, value: job });
  });

  it('leaves out what does not belong', () => {
    expect(decodeProbeQuestion({ ...question, settings: 1 })).toEqual({ ok: true, value: question });
  });

  it.each([undefined, null, 7, [], {}, { ...question, podIP: 7 }, { ...question, probe: 'toString' }])(
    'is refused: %j',
    (raw) => {
      expect(decodeProbeQuestion(raw).ok).toBe(false);
    },
  );

  it.each([
    { handler: 7 },
    { ports: 'x' },
    { ports: [{}] },
    { timeoutMs: 0 },
    { timeoutMs: 60_001 },
    { timeoutMs: Number.NaN },
    { node: undefined },
  ])('is no job: %j', (changes) => {
    expect(decodeProbeJob({ ...job, ...changes }).ok).toBe(false);
  });
});

describe('an answer', () => {
  it('carries no words of a container that is well, and few of one that is not', () => {
    expect(probeAnswer({ kind: 'success', message: 'body' })).toEqual({ kind: 'success', message: '' });
    expect(decodeProbeAnswer({ kind: 'failure', message: 'x'.repeat(5000) }).message).toHaveLength(1024);
  });

  it.each([undefined, 'success', { kind: 'constructor', message: '' }, { kind: 'success' }])(
    'that cannot be read is none: %j',
    (raw) => {
      expect(decodeProbeAnswer(raw)).toEqual({ kind: 'error', message: 'its answer cannot be read' });
    },
  );
});
