import { describe, expect, it } from 'vitest';
import type { PodTemplateSpec } from '../../../src/api/workloads.ts';
import {
  isSameTemplate,
  templateHash,
  withHash,
  withoutHash,
} from '../../../src/controller/deployment/pod-template.ts';
import { templateOf } from './builders.ts';

const web = templateOf('web:1');

describe('pod templates', () => {
  it.each<[string, PodTemplateSpec, boolean]>([
    ['the label pod-template-hash', withHash(web, 'abc'), true],
    ['the order of fields', { spec: web.spec, metadata: { ...web.metadata } }, true],
    ['empty annotations', { ...web, metadata: { ...web.metadata, annotations: {} } }, true],
    ['an empty list', { ...web, spec: { ...web.spec, volumes: [] } }, true],
    ['another image', templateOf('web:2'), false],
    ['another label', { ...web, metadata: { labels: { app: 'web', tier: 'front' } } }, false],
    ['an annotation', { ...web, metadata: { ...web.metadata, annotations: { a: 'b' } } }, false],
    ['an empty object', { ...web, spec: { ...web.spec, securityContext: {} } }, false],
    [
      'the order of a list',
      { ...web, spec: { containers: [{ name: 'side', image: 'side' }, ...web.spec.containers] } },
      false,
    ],
  ])('differ or not by %s', (_, other, isSame) => {
    expect([isSameTemplate(web, other), isSameTemplate(other, web)]).toEqual([isSame, isSame]);
    expect(templateHash(web, undefined) === templateHash(other, undefined)).toBe(isSame);
  });

  // What `kubectl rollout undo` writes of a revision, compared with what a manifest said of it.
  it.each<[string, object, object, boolean]>([
    ['resources without any', {}, { resources: {} }, true],
    ['how an amount is written', limits('0.5', '1024Mi'), limits('500m', '1Gi'), true],
    ['an amount', limits('0.5', '1024Mi'), limits('500m', '1023Mi'), false],
    ['an amount given as a number', { resources: { limits: { cpu: 0.5 } } }, limits('500m'), true],
    [
      'zeros that mean nothing',
      { tty: false, workingDir: '', readinessProbe: { initialDelaySeconds: 0 } },
      { readinessProbe: {} },
      true,
    ],
    ['an empty variable', { env: [{ name: 'A', value: '' }] }, { env: [{ name: 'A' }] }, true],
    ['the divisor 0', { env: [cpuOf()] }, { env: [cpuOf('0')] }, true],
    ['another divisor', { env: [cpuOf()] }, { env: [cpuOf('1m')] }, false],
    ['a zero that means something', {}, { securityContext: { runAsUser: 0 } }, false],
    ['no and not said', { securityContext: {} }, { securityContext: { privileged: false } }, false],
  ])('differ or not by %s in a container', (_, one, other, isSame) => {
    expect(isSameTemplate(withMain(one), withMain(other))).toBe(isSame);
  });

  it.each<[string, PodTemplateSpec, PodTemplateSpec, boolean]>([
    ['the size of a directory', withDirectory('2048Mi'), withDirectory('2Gi'), true],
    ['the text of a label', withLabel('size', '1000m'), withLabel('size', '1'), false],
    ['an empty label', withLabel('value', ''), web, false],
  ])('differ or not by %s', (_, one, other, isSame) => {
    expect(isSameTemplate(one, other)).toBe(isSame);
  });

  it('get the label and lose it again', () => {
    expect(withHash(web, 'abc').metadata?.labels).toEqual({ app: 'web', 'pod-template-hash': 'abc' });
    expect(withoutHash(withHash(web, 'abc'))).toEqual(web);
    expect(withoutHash(web)).toBe(web);
  });

  it('have a hash of safe letters, which is another one after each collision', () => {
    const hashes = [undefined, 1, 2].map((count) => templateHash(web, count));
    expect(new Set(hashes).size).toBe(3);
    for (const hash of hashes) expect(hash).toMatch(/^[4-9bcdf]{1,10}$/);
  });

  it('keep their hash from one release to the next, for names of ReplicaSets come from it', () => {
    const pinned = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'web:1' }] },
    };
    expect(templateHash(pinned, undefined)).toBe('c5cc9846f');
    expect(templateHash(pinned, 1)).toBe('854f747c44');
  });
});

function withMain(fields: object): PodTemplateSpec {
  return { spec: { containers: [{ name: 'main', image: 'web:1', ...fields }] } };
}

function limits(cpu: string, memory?: string): object {
  return { resources: { limits: { cpu, ...(memory !== undefined && { memory }) } } };
}

function cpuOf(divisor?: string): object {
  const resourceFieldRef = { resource: 'limits.cpu', ...(divisor !== undefined && { divisor }) };
  return { name: 'CPU', valueFrom: { resourceFieldRef } };
}

function withDirectory(sizeLimit: string): PodTemplateSpec {
  return { ...web, spec: { ...web.spec, volumes: [{ name: 'e', emptyDir: { sizeLimit } }] } };
}

function withLabel(name: string, text: string): PodTemplateSpec {
  return { ...web, metadata: { labels: { ...web.metadata?.labels, [name]: text } } };
}
