/**
 * Every subject is built here and nowhere else: `mooring.v1.<cluster>.actor.<address>.inbox` for what an actor is told
 * and `mooring.v1.<cluster>.actor.<address>.facts.<fact>` for what it tells; `mooring.v1.<cluster>.stream.<node>.<down|up>.
 * <client>.<stream>` for the bytes that a client and the agent of a node send each other.
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

/** Which way a frame of a stream goes: to the node, or from it to the client that opened the stream. */
export type StreamDirection = 'down' | 'up';

/** One stream between a client and the agent of a node. */
export interface StreamName {
  readonly node: string;
  /** The process that opened it. */
  readonly client: string;
  readonly stream: string;
}

/** Where the frames of a stream go. The node comes first: a gateway lets a node use what carries its name. */
export function streamSubject(
  cluster: string,
  direction: StreamDirection,
  { node, client, stream }: StreamName,
): string {
  const words = [node, direction, client, stream].map(escapeToken);
  return `${streamPrefix(cluster)}${words.join('.')}`;
}

/** All that is said to a node. */
export function nodeStreamsPattern(cluster: string, node: string): string {
  return `${streamPrefix(cluster)}${escapeToken(node)}.down.*.*`;
}

/** All that nodes say to a client. */
export function clientStreamsPattern(cluster: string, client: string): string {
  return `${streamPrefix(cluster)}*.up.${escapeToken(client)}.*`;
}

/** `undefined` for a subject that is no stream's. */
export function parseStreamSubject(
  cluster: string,
  subject: string,
): (StreamName & { readonly direction: StreamDirection }) | undefined {
  const prefix = streamPrefix(cluster);
  if (!subject.startsWith(prefix)) return undefined;
  const [node, direction, client, stream, ...rest] = subject.slice(prefix.length).split('.');
  if (!node || !client || !stream || rest.length > 0) return undefined;
  if (direction !== 'down' && direction !== 'up') return undefined;
  const name = { node: unescapeToken(node), client: unescapeToken(client), stream: unescapeToken(stream) };
  return { ...name, direction };
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
/** An address as `parseAddress` takes it whose words are tokens as they are. */
const plainAddress = /^[A-Za-z0-9_-]{1,253}(?:\/[A-Za-z0-9_-]{1,253}){0,7}$/;

function clusterPrefix(cluster: string): string {
  return `mooring.v1.${escapeToken(cluster)}.actor`;
}

function streamPrefix(cluster: string): string {
  return `mooring.v1.${escapeToken(cluster)}.stream.`;
}

function actorPrefix(cluster: string, address: string): string {
  // Nearly all addresses are UIDs and names of containers: nothing in them means anything in a subject.
  if (plainAddress.test(address)) return `${clusterPrefix(cluster)}.${address.replaceAll('/', '.')}`;
  return `${clusterPrefix(cluster)}.${parseAddress(address).map(escapeToken).join('.')}`;
}

function actorTokens(cluster: string, subject: string): readonly string[] | undefined {
  const prefix = `${clusterPrefix(cluster)}.`;
  return subject.startsWith(prefix) ? subject.slice(prefix.length).split('.') : undefined;
}
