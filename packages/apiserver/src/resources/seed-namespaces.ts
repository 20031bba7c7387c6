/** The namespaces that every cluster has. */

import { hasCode, type ObjectStore } from '@mooring/core';

const names = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Creates those that are missing. */
export async function seedNamespaces(objects: ObjectStore, signal: AbortSignal): Promise<void> {
  for (const name of names) {
    try {
      await objects.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { signal });
    } catch (error) {
      if (!hasCode(error, 'ALREADY_EXISTS')) throw error;
    }
  }
}
