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
