/** The identity of a container's definition: of all fields, only name and image make a new container. */

import { createHash } from 'node:crypto';
import type { Container } from '../../api/pod.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';

/** Label of a container instance that keeps the hash of the definition it was made from. */
export const specHashLabel = 'mooring/spec-hash';

type Definition = Pick<Container, 'name' | 'image'>;

// Objects of the store are frozen, so a definition never changes under its hash; the decisions ask at each fact.
const hashes = new WeakMap<Definition, string>();

export function specHash(container: Definition): string {
  const known = hashes.get(container);
  if (known !== undefined) return known;
  const text = JSON.stringify([container.name, container.image]);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  hashes.set(container, hash);
  return hash;
}

/** False for an instance without the label: what cannot be told apart is kept. */
export function definitionChanged(container: Definition, info: ContainerInfo): boolean {
  const hash = info.labels[specHashLabel];
  return hash !== undefined && hash !== specHash(container);
}
