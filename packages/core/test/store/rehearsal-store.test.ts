import { describe, expect, it } from 'vitest';
import { createControllers } from '../../src/index.ts';

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
} as const;

const configMap = (value: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'default' },
  data: { value },
});

describe('a rehearsal', () => {
  it('shows what a write would do and stores nothing', async () => {
    await using cluster = await createControllers({ plugins: [], controllers: false, scheduler: false });
    const rehearsal = cluster.rehearsal();
    const created = await rehearsal.create(service);
    expect(created.spec).toMatchObject({ clusterIP: expect.stringMatching(/^127\./), type: 'ClusterIP' });
    expect(await rehearsal.get('Service', 'default', 'web')).toEqual(created);
    expect(await cluster.get('Service', 'default', 'web')).toBeUndefined();
    const { revision } = await cluster.objects.list('Service');
    expect(revision).toBe(0);
  });

  it('refuses what the cluster would refuse', async () => {
    await using cluster = await createControllers({ plugins: [], controllers: false, scheduler: false });
    const [applied] = await cluster.apply(configMap('1'));
    const rehearsal = cluster.rehearsal();
    await expect(rehearsal.create(configMap('2'))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const stale = { ...configMap('2'), metadata: { ...applied?.object.metadata, resourceVersion: '77' } };
    await expect(rehearsal.update(stale)).rejects.toMatchObject({ code: 'CONFLICT' });
    const invalid = { ...configMap('2'), metadata: { name: 'No Name', namespace: 'default' } };
    await expect(rehearsal.create(invalid)).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('sees its own updates and deletions', async () => {
    await using cluster = await createControllers({ plugins: [], controllers: false, scheduler: false });
    await cluster.apply(configMap('1'));
    const rehearsal = cluster.rehearsal();
    await rehearsal.update(configMap('2'));
    expect(await rehearsal.list('ConfigMap')).toMatchObject({ items: [{ data: { value: '2' } }] });
    await rehearsal.delete('ConfigMap', 'default', 'settings');
    expect((await rehearsal.list('ConfigMap')).items).toEqual([]);
    expect(await cluster.get('ConfigMap', 'default', 'settings')).toMatchObject({ data: { value: '1' } });
  });
});
