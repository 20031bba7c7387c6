import { describe, expect, it } from 'vitest';
import type { Namespace } from '../../src/api/objects.ts';
import { MooringError } from '../../src/contract/error.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { isNamespaceTerminating, namespaceTerminating } from '../../src/store/namespace-life.ts';
import { createObjectStore } from '../../src/store/object-store.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const namespace = (name = 'shop'): Namespace => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

function harness() {
  const clock = new TestClock();
  const random = new SeededRandom('namespace-life');
  return createObjectStore({ store: createMemoryStore(), clock, random });
}

describe('a namespace', () => {
  it('begins active, with the finalizer of the namespace controller', async () => {
    const created = await harness().create(namespace());
    expect(created).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  });

  it('keeps its finalizer when it is applied again from a manifest that says nothing about it', async () => {
    const objects = harness();
    await objects.create(namespace());
    const labelled = await objects.update({ ...namespace(), metadata: { name: 'shop', labels: { a: 'b' } } });
    expect(labelled).toMatchObject({
      metadata: { labels: { a: 'b' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  it('is terminating once it is deleted, and goes with its last finalizer', async () => {
    const objects = harness();
    await objects.create(namespace());
    const marked = await objects.delete('Namespace', undefined, 'shop');
    expect(marked).toMatchObject({
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Terminating' },
    });
    expect(await objects.delete('Namespace', undefined, 'shop')).toBe(marked);
    await objects.update({ ...marked, spec: { finalizers: [] } });
    expect(await objects.get('Namespace', undefined, 'shop')).toBeUndefined();
  });

  it('waits for finalizers in its metadata too', async () => {
    const objects = harness();
    await objects.create({ ...namespace(), metadata: { name: 'shop', finalizers: ['a/b'] } });
    const marked = await objects.delete('Namespace', undefined, 'shop');
    const emptied = await objects.update({ ...marked, spec: { finalizers: [] } });
    expect(emptied.metadata.finalizers).toEqual(['a/b']);
    await objects.update({ ...emptied, metadata: { ...emptied.metadata, finalizers: [] } });
    expect(await objects.get('Namespace', undefined, 'shop')).toBeUndefined();
  });

  it.each(['default', 'kube-system', 'kube-public'])('%s may not be deleted', async (name) => {
    const objects = harness();
    await objects.create(namespace(name));
    await expect(objects.delete('Namespace', undefined, name)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    });
  });
});

it('what is refused because its namespace is being emptied is told from other refusals', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } };
  const refusal = namespaceTerminating(pod, 'shop');
  expect(refusal.message).toBe(
    'pods "web" is forbidden: unable to create new content in namespace shop because it is being terminated',
  );
  expect(isNamespaceTerminating(refusal)).toBe(true);
  const others = [new MooringError('FORBIDDEN', 'quota'), new Error('down'), undefined];
  expect(others.map(isNamespaceTerminating)).toEqual([false, false, false]);
});
