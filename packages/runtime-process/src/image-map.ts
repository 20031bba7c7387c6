/** Which program of this host an image stands for. */

import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { formatImageReference, type ImageRef, MooringError, parseImageReference } from '@mooring/core';
import { defaultOptions, type ImageDefinition, type ImageMapping } from './options.ts';

export interface Image {
  readonly ref: ImageRef;
  readonly definition: ImageDefinition;
  /** Absolute. */
  readonly workingDir: string;
}

export class ImageMap {
  private readonly images = new Map<string, Image>();

  private readonly hint: string;

  /**
   * Throws `IMAGE_NAME_INVALID` for a key that is no image reference. `baseDir` is what relative directories start from, `hint`
   * what is said about images that are not mapped.
   */
  constructor(
    mappings: Readonly<Record<string, ImageMapping>>,
    baseDir: string,
    hint: string = defaultOptions.unmappedHint,
  ) {
    this.hint = hint;
    for (const [name, mapping] of Object.entries(mappings)) {
      const definition: ImageDefinition = 'argv' in mapping ? mapping : { argv: mapping };
      const hash = createHash('sha256').update(JSON.stringify(definition)).digest('hex');
      this.images.set(formatImageReference(parseImageReference(name)), {
        ref: `sha256:${hash}`,
        definition,
        workingDir: resolve(baseDir, definition.workingDir ?? '.'),
      });
    }
  }

  /** `undefined` when nothing is mapped. Throws `IMAGE_NAME_INVALID`. */
  find(image: string): Image | undefined {
    const reference = parseImageReference(image);
    const exact = this.images.get(formatImageReference(reference));
    if (exact !== undefined || reference.digest === undefined) return exact;
    // A digest pins a build; here the mapping pins the program, so the tag is good enough to find it.
    const { name, tag = 'latest' } = reference;
    return this.images.get(formatImageReference({ name, tag }));
  }

  /** Throws `IMAGE_NOT_FOUND`, saying how to map the image. */
  get(image: string): Image {
    const found = this.find(image);
    if (found !== undefined) return found;
    const known = [...this.images.keys()].join(', ') || 'none';
    throw new MooringError(
      'IMAGE_NOT_FOUND',
      `no program is mapped to image ${JSON.stringify(image)}: ` +
        `${this.hint.replaceAll('IMAGE', () => image)} (mapped: ${known})`,
    );
  }
}

/**
 * What runs, by the rule of Kubernetes: `command` replaces the program of the image and its arguments, `args` only
 * the arguments. Empty lists count as absent, as in Docker.
 */
export function argvOf(
  { argv, args = [] }: ImageDefinition,
  container: { readonly command?: readonly string[]; readonly args?: readonly string[] },
): readonly string[] {
  const command = container.command ?? [];
  const given = container.args ?? [];
  if (command.length > 0) return [...command, ...given];
  return [...argv, ...(given.length > 0 ? given : args)];
}
