import { hostname } from 'node:os';

/** The name of this host as the name of a node: small letters, digits, dashes and dots. */
export function nodeNameOf(given: string | undefined, host = hostname()): string {
  if (given !== undefined) return given;
  const name = host.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-');
  return name.replaceAll(/^[-.]+|[-.]+$/g, '') || 'localhost';
}
