import { StatusError } from './status-error.ts';

/** `known`: the media types that are read. */
export function unsupportedType(known: readonly string[]): StatusError {
  const words = 'the body of the request was in an unknown format - accepted media types include';
  return new StatusError('UnsupportedMediaType', `${words}: ${known.join(', ')}`);
}
