/** The namespaces that every cluster has. */

import { hasCode, type ObjectStore } from '@mooring/core';

const names = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Creates those that are missing. */
export async function seedNamespaces(objects: ObjectStore, signal: AbortSignal): Promise<void> {
  for (const name of names) await seedNamespace(objects, name, signal);
}

/**
 * Rejects when the store does not answer: a store may know by itself what it has, as one on NATS does, but not what it is
 * allowed to write.
 */
export async function askStore(objects: ObjectStore, signal: AbortSignal): Promise<void> {
  try {
    await seedNamespace(objects, 'default', signal);
  } catch (error) {
    // One that is full answers, and has to be made room in.
    if (!hasCode(error, 'STORE_FULL')) throw error;
  }
}

async function seedNamespace(objects: ObjectStore, name: string, signal: AbortSignal): Promise<void> {
  try {
    await objects.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { signal });
  } catch (error) {
    if (!hasCode(error, 'ALREADY_EXISTS')) throw error;
  }
}
