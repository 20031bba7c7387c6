/**
 * The one place that maps keys of the store to subjects of a KV bucket and back: `pods/default/web.example` is
 * `$KV.<bucket>.pods.default.web_example`. A dot inside of a word becomes `_`, and `_` itself `=5F`.
 */

import { createHash } from 'node:crypto';
import { checkKey } from './write-check.ts';

/** Throws `INVALID` for what is no key. */
export function subjectOfKey(bucket: string, key: string): string {
  checkKey(key);
  const tail = needsEscape.test(key) ? key.split('/').map(escapeWord).join('.') : key.replaceAll('/', '.');
  return `$KV.${bucket}.${tail}`;
}

/** `undefined` for a subject that no key has. */
export function keyOfSubject(bucket: string, subject: string): string | undefined {
  const prefix = `$KV.${bucket}.`;
  if (!subject.startsWith(prefix)) return undefined;
  const tail = subject.slice(prefix.length);
  if (plainTail.test(tail)) return tail.replaceAll('.', '/');
  const words = tail.split('.').map(unescapeWord);
  return words.every((word) => wordPattern.test(word)) ? words.join('/') : undefined;
}

/** Most keys have no dot and no `_` in their words, and thousands of them are read at a start. */
const needsEscape = /[_.]/;
const plainTail = /^[-a-zA-Z0-9]+(?:\.[-a-zA-Z0-9]+)*$/;
const wordPattern = /^[-_.a-zA-Z0-9]+$/;

function escapeWord(word: string): string {
  return word.replaceAll('_', '=5F').replaceAll('.', '_');
}

function unescapeWord(token: string): string {
  return token.replaceAll('_', '.').replaceAll('=5F', '_');
}

/**
 * Names of buckets are narrower than names of clusters: `eu.prod` is `eu_prod-97561a7f`, lest it share its objects with the
 * cluster `eu_prod`.
 */
export function bucketOfCluster(cluster: string): string {
  const plain = cluster.replaceAll(/[^-A-Za-z0-9_]/g, '_');
  if (plain === cluster) return cluster;
  return `${plain}-${createHash('sha256').update(cluster).digest('hex').slice(0, 8)}`;
}
