/**
 * Where an actor lives: words joined by `/`, alternating kind and name (`pod/<uid>/container/<name>`). The address of a
 * child begins with the address of its parent. Who has which address is decided by those who build them.
 */

import { MooringError } from '../contract/error.ts';

/** Deep enough for every actor, and few enough for one subscription for each depth. */
export const addressDepthMax = 8;

const wordPattern = /^[A-Za-z0-9_.:=-]{1,253}$/;

/** Joins words to an address. Throws `INVALID` when one of them cannot be part of it. */
export function joinAddress(...words: readonly string[]): string {
  if (words.length === 0 || words.length > addressDepthMax) throw invalidAddress(words.join('/'));
  for (const word of words) if (!wordPattern.test(word)) throw invalidAddress(words.join('/'));
  return words.join('/');
}

/** The words of an address. Throws `INVALID` when it is none. */
export function parseAddress(address: string): readonly string[] {
  const words = address.split('/');
  joinAddress(...words);
  return words;
}

/** What follows `root` in `address`: empty for the root itself, `undefined` when it is not of that tree. */
export function pathWithin(root: string, address: string): readonly string[] | undefined {
  if (address === root) return [];
  if (!address.startsWith(`${root}/`)) return undefined;
  return address.slice(root.length + 1).split('/');
}

function invalidAddress(text: string): MooringError {
  const rule = `1 to ${addressDepthMax} words of letters, digits and "_.:=-", joined by "/"`;
  return new MooringError('INVALID', `invalid actor address ${JSON.stringify(text)}: must be ${rule}`);
}
