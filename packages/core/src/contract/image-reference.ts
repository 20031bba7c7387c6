/** Image references, read and completed as Docker does. */

import { MooringError } from './error.ts';

/** An image by its full name, with a tag or a digest. */
export interface ImageReference {
  /** `docker.io/library/nginx` */
  readonly name: string;
  /** `latest` when neither tag nor digest was given. */
  readonly tag?: string;
  readonly digest?: string;
}

const namePart = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const domain =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const nameLengthMax = 255;

/** The same few images are asked for again and again, at each start of a container more than once. */
const known = new Map<string, ImageReference>();
const knownMax = 1000;

/** Throws `IMAGE_NAME_INVALID`. `nginx`, `nginx:latest` and `docker.io/library/nginx` give the same. */
export function parseImageReference(image: string): ImageReference {
  const before = known.get(image);
  if (before !== undefined) return before;
  const reference = Object.freeze(parse(image));
  if (known.size >= knownMax) known.clear();
  known.set(image, reference);
  return reference;
}

function parse(image: string): ImageReference {
  const [beforeDigest = '', digest, ...rest] = image.split('@');
  const lastColon = beforeDigest.lastIndexOf(':');
  const hasTag = lastColon > beforeDigest.lastIndexOf('/');
  const path = hasTag ? beforeDigest.slice(0, lastColon) : beforeDigest;
  const tag = hasTag ? beforeDigest.slice(lastColon + 1) : undefined;
  const name = completeName(path);
  const isValid =
    rest.length === 0 &&
    name !== undefined &&
    name.length <= nameLengthMax &&
    (tag === undefined || tagPattern.test(tag)) &&
    (digest === undefined || digestPattern.test(digest));
  if (!isValid)
    throw new MooringError(
      'IMAGE_NAME_INVALID',
      `couldn't parse image name ${JSON.stringify(image)}: invalid reference format`,
    );
  if (digest !== undefined) return { name, digest, ...(tag !== undefined && { tag }) };
  return { name, tag: tag ?? 'latest' };
}

/** The reference as one text: `docker.io/library/nginx:1.27`. */
export function formatImageReference({ name, tag, digest }: ImageReference): string {
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The first word is a registry when it looks like a host name; otherwise the image is Docker Hub's. */
function completeName(path: string): string | undefined {
  const words = path.split('/');
  const [first = ''] = words;
  const hasRegistry = words.length > 1 && (/[.:A-Z]/.test(first) || first === 'localhost');
  const registry = hasRegistry ? (first === 'index.docker.io' ? 'docker.io' : first) : 'docker.io';
  const rest = hasRegistry ? words.slice(1) : words;
  if (!domain.test(registry) || !rest.every((word) => namePart.test(word))) return undefined;
  const isOfficial = registry === 'docker.io' && rest.length === 1;
  return [registry, ...(isOfficial ? ['library'] : []), ...rest].join('/');
}
