import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../src/api/meta.ts';
import { createAdmission } from '../../src/cluster/admission.ts';
import { applyAll } from '../../src/cluster/apply.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { systemRandom } from '../../src/engine/system-clock.ts';
import { loadPlugins } from '../../src/plugin/load-plugins.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

function context(nodes: readonly string[] = ['node-a']) {
  const plugins = loadPlugins([], silentLogger);
  const admit = createAdmission(plugins, { isTerminating: () => false });
  const objects = createObjectStore({
    store: createMemoryStore(),
    clock: new TestClock(),
    random: systemRandom,
    admit,
  });
  return { objects, handlers: plugins.probers, nodes };
}

function pod(name: string, spec: object = {}): ApiObject {
  const containers = [{ name: 'web', image: 'nginx:1' }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers, ...spec } } as ApiObject;
}

describe('apply', () => {
  it('creates, leaves alone, and changes', async () => {
    const where = context();
    const first = await applyAll(where, pod('web'));
    const again = await applyAll(where, pod('web'));
    const changed = await applyAll(where, pod('web', { containers: [{ name: 'web', image: 'nginx:2' }] }));
    expect([first, again, changed].map(([one]) => one?.action)).toEqual([
      'created',
      'unchanged',
      'configured',
    ]);
    expect(changed[0]?.object).toMatchObject({
      spec: { nodeName: 'node-a', containers: [{ image: 'nginx:2' }] },
    });
  });

  it('keeps the labels that others have put on', async () => {
    const where = context();
    await applyAll(where, pod('web'));
    await where.objects.patchWith('Pod', 'default', 'web', (now) => ({
      ...now,
      metadata: { ...now.metadata, labels: { tier: 'front' } },
    }));
    await applyAll(where, pod('web'));
    expect((await where.objects.get('Pod', 'default', 'web'))?.metadata.labels).toEqual({ tier: 'front' });
  });

  it.each<[string, (boom: () => never) => object, string]>([
    [
      'spec',
      (boom) => Object.defineProperty(pod('web'), 'spec', { get: boom, enumerable: true }),
      'Pod "web"',
    ],
    [
      'name',
      (boom) => ({
        ...pod('web'),
        metadata: Object.defineProperty({}, 'name', { get: boom, enumerable: true }),
      }),
      'Pod ""',
    ],
    ['kind', (boom) => Object.defineProperty({ ...pod('web') }, 'kind', { get: boom }), 'object "web"'],
    ['everything', (boom) => new Proxy({}, { get: boom, ownKeys: boom }), 'object ""'],
  ])('names an object that throws when it is read: %s', async (_, make, name) => {
    const object = make(() => {
      throw new Error('boom');
    });
    await expect(applyAll(context(), object as ApiObject)).rejects.toMatchObject({
      code: 'INVALID',
      message: `${name} is invalid: Invalid value: "object": cannot be read: boom`,
    });
  });

  it('applies the good ones and then names every mistake of every bad one', async () => {
    const where = context();
    const bad = pod('Bad_Name', { restartPolicy: 'Sometimes' });
    const worse = 42 as unknown as ApiObject;
    const applying = applyAll(where, [pod('a'), bad, worse, pod('b')]);
    await expect(applying).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringMatching(/^2 objects were not applied \(2 were\):/),
      fields: expect.arrayContaining([
        expect.objectContaining({ field: 'metadata.name' }),
        expect.objectContaining({ field: 'spec.restartPolicy', type: 'FieldValueNotSupported' }),
      ]),
    });
    expect((await where.objects.list('Pod')).items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  });

  it('refuses a change that a living pod cannot make', async () => {
    const where = context();
    await applyAll(where, pod('web'));
    const change = applyAll(where, pod('web', { hostname: 'other' }));
    await expect(change).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('pod updates may not change fields other than'),
    });
  });

  it('warns of a field that nobody knows, with a guess', async () => {
    const [applied] = await applyAll(context(), pod('web', { restartPolcy: 'Never' }));
    expect(applied?.warnings).toEqual([expect.stringMatching(/spec\.restartPolcy.*restartPolicy/)]);
  });

  it('says so when nothing acts on a kind', async () => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'web' } };
    const [applied] = await applyAll(context(), lease);
    expect(applied).toMatchObject({ action: 'created', warnings: [expect.stringContaining('Lease')] });
  });

  it('wants a node named where there are several', async () => {
    const where = context(['node-a', 'node-b']);
    await expect(applyAll(where, pod('web'))).rejects.toMatchObject({
      message:
        'Pod "web" is invalid: spec.nodeName: Required value: with several nodes a pod has to name one of node-a, node-b',
    });
    const [applied] = await applyAll(where, pod('web', { nodeName: 'node-b' }));
    expect(applied?.object).toMatchObject({ spec: { nodeName: 'node-b' } });
  });
});
