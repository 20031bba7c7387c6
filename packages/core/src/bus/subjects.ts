/**
 * Every subject is built here and nowhere else: `mooring.v1.<cluster>.actor.<address>.inbox` for what an actor is told
 * and `mooring.v1.<cluster>.actor.<address>.facts.<fact>` for what it tells.
 */

import { addressDepthMax, parseAddress } from '../engine/address.ts';
import { depthsBelow } from './actor-address.ts';

/** What an actor hears: commands and questions. */
export function inboxSubject(cluster: string, address: string): string {
  return `${actorPrefix(cluster, address)}.inbox`;
}

/** Where an actor's fact is published. `fact` is one word: `exited`. */
export function factSubject(cluster: string, address: string, fact: string): string {
  return `${factPrefix(cluster, address)}${escapeToken(fact)}`;
}

/** `factSubject` without the fact, ending in a dot: computed once for each actor. */
export function factPrefix(cluster: string, address: string): string {
  return `${actorPrefix(cluster, address)}.facts.`;
}

/** Patterns that together match the inbox of every actor, whatever the depth of its address. */
export function allInboxPatterns(cluster: string): readonly string[] {
  const depths = Array.from({ length: addressDepthMax }, (_, i) => i + 1);
  return depths.map((depth) => `${clusterPrefix(cluster)}.${'*.'.repeat(depth)}inbox`);
}

/** Patterns that together match the inboxes of an address and of every actor below it. */
export function inboxPatternsAt(cluster: string, address: string): readonly string[] {
  const depthMax = addressDepthMax - parseAddress(address).length;
  const depths = depthsBelow(address) ?? Array.from({ length: depthMax + 1 }, (_, i) => i);
  return depths.map((depth) => `${actorPrefix(cluster, address)}.${'*.'.repeat(depth)}inbox`);
}

/** The actor whose inbox this is. */
export function addressOfInbox(cluster: string, subject: string): string | undefined {
  const tokens = actorTokens(cluster, subject);
  if (tokens === undefined || tokens.length < 2 || tokens.at(-1) !== 'inbox') return undefined;
  return tokens.slice(0, -1).map(unescapeToken).join('/');
}

/** Whose fact this is, and which. */
export function parseFactSubject(
  cluster: string,
  subject: string,
): { readonly address: string; readonly fact: string } | undefined {
  const tokens = actorTokens(cluster, subject);
  if (tokens === undefined || tokens.length < 3 || tokens.at(-2) !== 'facts') return undefined;
  const fact = unescapeToken(tokens.at(-1) ?? '');
  return { address: tokens.slice(0, -2).map(unescapeToken).join('/'), fact };
}

/** The subject of a pattern over actors, given as tokens that may be wildcards. */
export function actorPattern(cluster: string, tokens: readonly string[]): string {
  return [clusterPrefix(cluster), ...tokens].join('.');
}

/**
 * A word as one token of a subject. Dots, wildcards and everything else that has a meaning in a subject becomes `=XX`
 * for each byte, so that different words never become one token.
 */
export function escapeToken(word: string): string {
  if (plainPattern.test(word)) return word;
  let token = '';
  for (const byte of Buffer.from(word, 'utf8')) {
    const char = String.fromCharCode(byte);
    token += plainPattern.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return token;
}

/** The word that `escapeToken` was given. */
export function unescapeToken(token: string): string {
  if (!token.includes('=')) return token;
  const bytes: number[] = [];
  for (let i = 0; i < token.length; i += 1) {
    const code = token.charCodeAt(i);
    if (token[i] !== '=') {
      bytes.push(code);
      continue;
    }
    bytes.push(Number.parseInt(token.slice(i + 1, i + 3), 16));
    i += 2;
  }
  return Buffer.from(bytes).toString('utf8');
}

const plainPattern = /^[A-Za-z0-9_-]+$/;

function clusterPrefix(cluster: string): string {
  return `mooring.v1.${escapeToken(cluster)}.actor`;
}

function actorPrefix(cluster: string, address: string): string {
  return `${clusterPrefix(cluster)}.${parseAddress(address).map(escapeToken).join('.')}`;
}

function actorTokens(cluster: string, subject: string): readonly string[] | undefined {
  const prefix = `${clusterPrefix(cluster)}.`;
  return subject.startsWith(prefix) ? subject.slice(prefix.length).split('.') : undefined;
}
