import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../src/api/meta.ts';
import type { StoredPod } from '../../src/api/pod.ts';
import { createAdmission } from '../../src/cluster/admission.ts';
import { applyAll } from '../../src/cluster/apply.ts';
import { patchObject } from '../../src/cluster/patch.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { systemRandom } from '../../src/engine/system-clock.ts';
import { loadPlugins } from '../../src/plugin/load-plugins.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

function context({ onlyNode }: { readonly onlyNode?: string | undefined } = { onlyNode: 'node-a' }) {
  const plugins = loadPlugins([], silentLogger);
  const admit = createAdmission(plugins, { isTerminating: () => false, onlyNode });
  const clock = new TestClock();
  const objects = createObjectStore({
    store: createMemoryStore(),
    clock,
    random: systemRandom,
    admit,
  });
  return { objects, handlers: plugins.probers, controllerKinds: new Set(['ReplicaSet']), clock };
}

function pod(name: string, spec: object = {}): ApiObject {
  const containers = [{ name: 'web', image: 'nginx:1' }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers, ...spec } } as ApiObject;
}

function workload(kind: 'ReplicaSet' | 'Deployment', spec: object = {}, template: object = {}): ApiObject {
  const labels = { app: 'web' };
  const podTemplate = {
    metadata: { labels },
    spec: { containers: [{ name: 'web', image: 'nginx:1' }] },
    ...template,
  };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: labels }, template: podTemplate, ...spec },
  } as ApiObject;
}

function service(spec: object = {}): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  } as ApiObject;
}

describe('apply', () => {
  it('warns of selectors that take the pods of another workload', async () => {
    const where = context();
    const [first] = await applyAll(where, workload('ReplicaSet'));
    const other = { ...workload('ReplicaSet'), metadata: { name: 'other' } };
    const [second] = await applyAll(where, other);
    const [again] = await applyAll(where, workload('ReplicaSet'));
    expect(first?.warnings).toEqual([]);
    expect(second?.warnings).toEqual([expect.stringContaining('overlaps with that of ReplicaSet "web"')]);
    expect(again?.warnings).toEqual([expect.stringContaining('overlaps with that of ReplicaSet "other"')]);
  });

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

  it('says so when no controller acts on a kind', async () => {
    const where = context();
    const [idle] = await applyAll(where, workload('Deployment'));
    expect(idle).toMatchObject({
      action: 'created',
      warnings: ['no controller in this process acts on objects of kind Deployment'],
    });
    const [living] = await applyAll(context(), workload('ReplicaSet'));
    expect(living).toMatchObject({ action: 'created', warnings: [] });
  });

  it('leaves it to the scheduler where a pod goes, unless there is one agent alone', async () => {
    const where = context({});
    const applied = await applyAll(where, [pod('web'), pod('pinned', { nodeName: 'node-b' })]);
    const nodeNames = applied.map(({ object }) => (object as StoredPod).spec.nodeName);
    expect(nodeNames).toEqual([undefined, 'node-b']);
  });
});

describe('applying again', () => {
  it.each<[string, ApiObject]>([
    ['a pod', pod('web')],
    ['a ReplicaSet', workload('ReplicaSet')],
    ['a Deployment', workload('Deployment')],
    ['a Service', service()],
    ['a Node', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } }],
    ['a Namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }],
  ])('%s changes nothing', async (_, object) => {
    const where = context();
    const [created] = await applyAll(where, object);
    const [again] = await applyAll(where, object);
    expect(again).toMatchObject({ action: 'unchanged', object: created?.object });
  });

  it.each(['ReplicaSet', 'Deployment'] as const)(
    'a %s keeps the size that others gave it, unless it states one',
    async (kind) => {
      const where = context();
      await applyAll(where, workload(kind));
      await where.objects.patchWith(kind, 'default', 'web', (now) => ({
        ...now,
        spec: { ...now.spec, replicas: 5 },
      }));
      const [open] = await applyAll(where, workload(kind, { minReadySeconds: 3 }));
      expect(open).toMatchObject({
        action: 'configured',
        object: { spec: { replicas: 5, minReadySeconds: 3 } },
      });
      const [stated] = await applyAll(where, workload(kind, { replicas: 2 }));
      expect(stated).toMatchObject({ action: 'configured', object: { spec: { replicas: 2 } } });
    },
  );

  it('a pod keeps the ephemeral containers that look into it', async () => {
    const where = context();
    await applyAll(where, pod('a'));
    const debuggers = { spec: { ephemeralContainers: [{ name: 'debugger', image: 'busybox' }] } };
    const add = { subresource: 'ephemeralcontainers' } as const;
    await patchObject(where.objects, 'Pod/default/a', debuggers, add);
    const [again] = await applyAll(where, pod('a'));
    expect(again?.action).toBe('unchanged');
    const containers = [{ name: 'web', image: 'nginx:2' }];
    const [changed] = await applyAll(where, pod('a', { containers }));
    expect(changed?.object).toMatchObject({
      spec: { containers, ephemeralContainers: [{ name: 'debugger' }] },
    });
  });

  it('a Deployment does not undo a restart, and takes out what the manifest no longer says', async () => {
    const where = context();
    const env = [{ name: 'A', value: '1' }];
    const withEnv = { spec: { containers: [{ name: 'web', image: 'nginx:1', env }] } };
    await applyAll(where, workload('Deployment', {}, { metadata: { labels: { app: 'web' } }, ...withEnv }));
    const restartedAt = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };
    await where.objects.patchWith('Deployment', 'default', 'web', (now) => {
      const metadata = { ...now.spec.template.metadata, annotations: restartedAt };
      return { ...now, spec: { ...now.spec, template: { ...now.spec.template, metadata } } };
    });
    const [applied] = await applyAll(where, workload('Deployment'));
    expect(applied).toMatchObject({
      object: { spec: { template: { metadata: { annotations: restartedAt } } } },
    });
    expect(applied?.object).not.toHaveProperty('spec.template.spec.containers[0].env');
  });

  it('a Service keeps the addresses and node ports that it was given', async () => {
    const where = context();
    await applyAll(where, service());
    const given = { clusterIP: '10.0.0.7', clusterIPs: ['10.0.0.7'] };
    await where.objects.patchWith('Service', 'default', 'web', (now) => ({
      ...now,
      spec: { ...now.spec, ...given, ports: [{ port: 80, nodePort: 30_080 }] },
    }));
    const [again] = await applyAll(where, service());
    expect(again).toMatchObject({
      action: 'unchanged',
      object: { spec: { ...given, ports: [{ port: 80, nodePort: 30_080 }] } },
    });
    await expect(applyAll(where, service({ clusterIP: '10.0.0.8' }))).rejects.toMatchObject({
      code: 'INVALID',
      message:
        'Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["10.0.0.8"]: may not change once set',
    });
    const [internal] = await applyAll(where, service({ type: 'ClusterIP' }));
    expect(internal).toMatchObject({
      action: 'configured',
      object: { spec: { ...given, type: 'ClusterIP' } },
    });
    expect(internal?.object).not.toHaveProperty('spec.ports[0].nodePort');
  });

  it('a Deployment with another selector is refused', async () => {
    const where = context();
    await applyAll(where, workload('Deployment'));
    const labels = { app: 'other' };
    const other = workload('Deployment', { selector: { matchLabels: labels } }, { metadata: { labels } });
    await expect(applyAll(where, other)).rejects.toMatchObject({
      code: 'INVALID',
      message:
        'Deployment "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
    });
  });

  it('a Node keeps its taints, a pod what it was told to tolerate', async () => {
    const where = context();
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } };
    await applyAll(where, [node, pod('web')]);
    const taints = [{ key: 'full', effect: 'NoSchedule' as const }];
    await where.objects.patchWith('Node', undefined, 'node-a', (now) => ({ ...now, spec: { taints } }));
    const tolerated = [{ key: 'full', operator: 'Exists' as const }];
    await where.objects.patchWith('Pod', 'default', 'web', (now) => ({
      ...now,
      spec: { ...now.spec, tolerations: [...(now.spec.tolerations ?? []), ...tolerated] },
    }));
    const again = await applyAll(where, [
      { ...node, spec: { unschedulable: true } } as ApiObject,
      pod('web'),
    ]);
    expect(again[0]).toMatchObject({
      action: 'configured',
      object: { spec: { taints, unschedulable: true } },
    });
    expect(again[1]).toMatchObject({ action: 'unchanged', object: { spec: { tolerations: { length: 3 } } } });
  });
});
