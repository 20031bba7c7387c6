/** The pod that a user has named; where there is none, those that may have been meant. */

import type { StoredPod } from '@mooring/core';
import { exitCodes } from '../exit-codes.ts';
import { UserError } from '../user-error.ts';
import type { OpenClient } from './open-client.ts';
import { podPath, podsPath } from './pod-path.ts';

const shownMax = 5;

/** `ask`: a request about the pod. Rejects with a `UserError`, as clients do. */
export async function ofPod<T>(client: OpenClient, name: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof UserError) || error.statusCode !== 404) throw error;
    const where = `in the namespace ${client.namespace}`;
    throw new UserError(`there is no pod ${JSON.stringify(name)} ${where}`, {
      exitCode: exitCodes.failed,
      next: adviceOn(await namesLike(client, name)),
    });
  }
}

export async function getPod(client: OpenClient, name: string): Promise<StoredPod> {
  return (await ofPod(client, name, () => client.get(podPath(client.namespace, name)))) as StoredPod;
}

/** Pods of a Deployment or ReplicaSet begin with its name. */
async function namesLike(client: OpenClient, name: string): Promise<readonly string[]> {
  const { items } = (await client.get(podsPath(client.namespace))) as {
    readonly items: readonly StoredPod[];
  };
  return items.map(({ metadata }) => metadata.name).filter((other) => other.startsWith(`${name}-`));
}

function adviceOn(names: readonly string[]): string {
  if (names.length === 0) return '`moor status` lists the pods of all namespaces; -n names another one.';
  const more = names.length > shownMax ? `, and ${names.length - shownMax} more` : '';
  return `Name one in full, such as ${names.slice(0, shownMax).join(', ')}${more}.`;
}
