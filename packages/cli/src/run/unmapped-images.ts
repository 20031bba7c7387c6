/** Images that stand for no program of this host: told before anything starts, with what to add. */

import {
  type ApiObject,
  type Container,
  formatImageReference,
  type PodSpec,
  parseImageReference,
} from '@mooring/core';

export interface UnmappedImage {
  readonly image: string;
  /** Every container that names it brings its own command. */
  readonly hasCommand: boolean;
}

export function unmappedImages(
  objects: readonly ApiObject[],
  mapped: readonly string[],
): readonly UnmappedImage[] {
  const known = new Set(mapped.map(canonical));
  const found = new Map<string, boolean>();
  for (const { image = '', command = [] } of objects.flatMap(containersOf)) {
    if (isMapped(image, known)) continue;
    found.set(image, (found.get(image) ?? true) && command.length > 0);
  }
  return [...found].map(([image, hasCommand]) => ({ image, hasCommand }));
}

/** `--image busybox:1.36`, or with a program where a container brings none. */
export function suggestFlag({ image, hasCommand }: UnmappedImage): string {
  return hasCommand ? `--image ${image}` : `--image '${image}=PROGRAM ARGUMENTS'`;
}

function containersOf(object: ApiObject): readonly Container[] {
  const { spec = {} } = object as { readonly spec?: Partial<PodSpec> & { readonly template?: unknown } };
  const template = spec.template as { readonly spec?: Partial<PodSpec> } | undefined;
  const pod = object.kind === 'Pod' ? spec : template?.spec;
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
}

/** A digest pins a build; the tag alone finds the program. */
function isMapped(image: string, known: ReadonlySet<string>): boolean {
  try {
    const { name, tag = 'latest', digest } = parseImageReference(image);
    return (
      known.has(canonical(image)) || (digest !== undefined && known.has(formatImageReference({ name, tag })))
    );
  } catch {
    // No reference at all: the runtime says so, in the status of its container.
    return true;
  }
}

function canonical(image: string): string {
  try {
    return formatImageReference(parseImageReference(image));
  } catch {
    // The runtime refuses such a key, in words.
    return image;
  }
}
