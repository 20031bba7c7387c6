import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../src/api/meta.ts';
import type { Pod } from '../../src/api/pod.ts';
import { createAdmission } from '../../src/cluster/admission.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { loadPlugins } from '../../src/plugin/load-plugins.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore } from '../../src/store/object-store.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

async function scene(pod: Partial<Pod> = {}) {
  const clock = new TestClock();
  const random = new SeededRandom('binding');
  const admit = createAdmission(loadPlugins([], silentLogger), { isTerminating: () => false });
  const objects = createObjectStore({ store: createMemoryStore(), clock, random, admit });
  const created = await objects.create<Pod>({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'app' }] },
    ...pod,
  });
  const bind = (nodeName: string, uid?: string) =>
    objects.bind({ namespace: 'default', name: 'web', nodeName, ...(uid !== undefined && { uid }) });
  return { clock, objects, bind, created };
}

const refusal = (why: string) => ({
  code: 'CONFLICT',
  message: `Operation cannot be fulfilled on pods/binding "web": ${why}`,
});

describe('binding a pod', () => {
  it('gives it its node and the condition in one write, and is no change of what is wanted', async () => {
    const { clock, objects, bind, created } = await scene();
    await clock.advanceBy(5000);
    const bound = await bind('node-a', created.metadata.uid);
    expect(bound).toMatchObject({
      metadata: { uid: created.metadata.uid, generation: 1 },
      spec: { nodeName: 'node-a', schedulerName: 'default-scheduler' },
      status: {
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'True',
            lastTransitionTime: '2026-01-01T00:00:05Z',
            observedGeneration: 1,
          },
        ],
      },
    });
    expect(Number(bound.metadata.resourceVersion)).toBe(Number(created.metadata.resourceVersion) + 1);
    expect(await objects.get('Pod', 'default', 'web')).toBe(bound);
  });

  it('takes the place of the reason why it had none', async () => {
    const { objects, bind } = await scene();
    const failed = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: 'why',
    } as const;
    await objects.patchWith(
      'Pod',
      'default',
      'web',
      (now) => ({ ...now, status: { phase: 'Pending', conditions: [failed] } }),
      { subresource: 'status' },
    );
    const { status } = await bind('node-a');
    expect(status?.conditions).toHaveLength(1);
    expect(status?.conditions?.[0]).not.toHaveProperty('reason');
  });

  it('is done once, whoever asks', async () => {
    const { bind, objects } = await scene();
    const [one, two] = await Promise.allSettled([bind('node-a'), bind('node-b')]);
    expect([one.status, two.status]).toEqual(['fulfilled', 'rejected']);
    const refused = refusal('pod web is already assigned to node "node-a"');
    expect((two as PromiseRejectedResult).reason).toMatchObject(refused);
    // The same node again is no better.
    await expect(bind('node-a')).rejects.toMatchObject(refused);
    expect((await objects.get('Pod', 'default', 'web'))?.spec.nodeName).toBe('node-a');
  });

  it('is refused for a pod that is being deleted', async () => {
    const { bind, objects } = await scene({
      metadata: { name: 'web', namespace: 'default', finalizers: ['x.io/y'] },
    });
    await objects.delete('Pod', 'default', 'web');
    await expect(bind('node-a')).rejects.toMatchObject(
      refusal('pod web is being deleted, cannot be assigned to a host'),
    );
  });

  it('is refused for another pod of the same name, and for none', async () => {
    const { bind, objects } = await scene();
    await expect(bind('node-a', 'another')).rejects.toMatchObject({ code: 'CONFLICT' });
    await objects.delete('Pod', 'default', 'web', { gracePeriodSeconds: 0 });
    await expect(bind('node-a')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'pods "web" not found',
    });
  });

  it('needs a node', async () => {
    const { bind } = await scene();
    await expect(bind('')).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('is the only way to a node for a pod that exists', async () => {
    const { objects, bind } = await scene();
    const moved = (nodeName: string) =>
      objects.patchWith(
        'Pod',
        'default',
        'web',
        (now) =>
          ({
            ...now,
            spec: { ...now.spec, nodeName },
          }) as ApiObject,
      );
    await expect(moved('node-b')).rejects.toMatchObject({ code: 'INVALID' });
    await bind('node-a');
    await expect(moved('node-b')).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining('pod updates may not change fields other than'),
    });
  });
});
