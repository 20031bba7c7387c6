import { describe, expect, it } from 'vitest';
import type { Endpoints } from '../../../src/api/network.ts';
import {
  decideEndpoints,
  type EndpointsSituation,
} from '../../../src/controller/endpoints/decide-endpoints.ts';
import { pod, pods, service } from './scene.ts';

const overCapacity = 'endpoints.kubernetes.io/over-capacity';

/** What is written, if anything is. */
function written(situation: EndpointsSituation): Endpoints {
  const step = decideEndpoints(situation);
  if (step.kind === 'nothing') throw new Error('nothing is written');
  return step.object;
}

/** As the object comes back from the store. */
function stored(object: Endpoints): Endpoints {
  return { ...object, metadata: { ...object.metadata, uid: 'uid-endpoints', resourceVersion: '7' } };
}

describe('the Endpoints of a Service', () => {
  it('carry its name, its labels and who keeps them', () => {
    const web = service({}, { labels: { team: 'a' } });
    expect(written({ service: web, pods: pods(1), current: undefined }).metadata).toMatchObject({
      name: 'web',
      namespace: 'default',
      labels: { team: 'a', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
    });
    const headless = service({ clusterIP: 'None' });
    expect(written({ service: headless, pods: [], current: undefined }).metadata.labels).toEqual({
      'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
      'service.kubernetes.io/headless': '',
    });
  });

  it('are not written when they are as they should be', () => {
    const situation = { service: service(), pods: pods(3) };
    const current = stored(written({ ...situation, current: undefined }));
    expect(decideEndpoints({ ...situation, current })).toEqual({ kind: 'nothing' });
  });

  it.each([
    { name: 'a pod less', change: { pods: pods(2) } },
    { name: 'a pod that is not ready', change: { pods: [...pods(2), pod(2, { isReady: false })] } },
    { name: 'another label', change: { service: service({}, { labels: { a: 'b' } }) } },
    { name: 'another port', change: { service: service({ ports: [{ port: 90 }] }) } },
  ])('are written for $name, at the revision that was seen', ({ change }) => {
    const situation = { service: service(), pods: pods(3) };
    const current = stored(written({ ...situation, current: undefined }));
    const step = decideEndpoints({ ...situation, current, ...change });
    expect(step).toMatchObject({ kind: 'update', object: { metadata: { resourceVersion: '7' } } });
  });

  it('hold 1000 addresses at most and say so, and are left alone while that stays so', () => {
    const situation = { service: service(), pods: pods(1200) };
    const object = written({ ...situation, current: undefined });
    expect(object.subsets?.[0]?.addresses).toHaveLength(1000);
    expect(object.metadata.annotations?.[overCapacity]).toBe('truncated');
    expect(decideEndpoints({ ...situation, current: stored(object) })).toEqual({ kind: 'nothing' });
    const fewer = written({ service: service(), pods: pods(900), current: stored(object) });
    expect(fewer.subsets?.[0]?.addresses).toHaveLength(900);
    expect(fewer.metadata.annotations).not.toHaveProperty([overCapacity]);
  });

  it('are corrected when somebody marks them as truncated that are not', () => {
    const situation = { service: service(), pods: pods(3) };
    const object = stored(written({ ...situation, current: undefined }));
    const marked = {
      ...object,
      metadata: { ...object.metadata, annotations: { [overCapacity]: 'truncated' } },
    };
    expect(written({ ...situation, current: marked }).metadata.annotations).toEqual({});
  });

  it('are left to their writer without a selector, and deleted with the Service', () => {
    const current = stored({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web', namespace: 'default' },
    });
    const { selector: _, ...spec } = service().spec;
    expect(decideEndpoints({ service: { ...service(), spec }, pods: pods(1), current }).kind).toBe('nothing');
    expect(decideEndpoints({ service: undefined, pods: [], current }).kind).toBe('delete');
    expect(decideEndpoints({ service: undefined, pods: [], current: undefined }).kind).toBe('nothing');
  });

  it('say since when their last change was due', () => {
    const trigger = 'endpoints.kubernetes.io/last-change-trigger-time';
    const web = service({}, { creationTimestamp: '2024-01-01T00:00:01Z' });
    const first = written({ service: web, pods: pods(1), current: undefined });
    expect(first.metadata.annotations).toEqual({ [trigger]: '2024-01-01T00:00:01Z' });
    const second = written({ service: web, pods: pods(2), current: stored(first) });
    expect(second.metadata.annotations).toEqual({ [trigger]: '2024-01-01T00:00:10Z' });
    const third = written({ service: web, pods: pods(1), current: stored(second) });
    expect(third.metadata.annotations).toEqual({});
  });
});
