/**
 * The subjects of isolated mode. A node's account may use those that carry its own name and no others, which the servers
 * themselves see to; so the name in a subject is true, and the only one that the gateway believes.
 */

import { escapeToken, unescapeToken } from '../bus/subjects.ts';

/** What an agent asks: `api.node.<node>.<verb>`. */
export function apiSubject(node: string, verb: string): string {
  return `api.node.${escapeToken(node)}.${verb}`;
}

/** What an agent is told: `watch.node.<node>.<id>`, one id for each watch. */
export function streamSubject(node: string, id: string): string {
  return `watch.node.${escapeToken(node)}.${escapeToken(id)}`;
}

/**
 * Which cluster an agent means by what it asks. Clusters that share an account of the control plane hear the agents of all of
 * them, and an answer of another one would say that its pods are gone.
 */
export const clusterHeader = 'Mooring-Cluster';

/** The name of a cluster as the header has it. */
export function clusterWord(cluster: string): string {
  return escapeToken(cluster);
}

/** All that every agent asks, as the gateway hears it and as its account exports it. */
export const apiPattern = 'api.node.*.>';
/** All that every agent is told. */
export const streamPattern = 'watch.node.*.>';
/** Which word of both patterns is the node's, counted from 1. */
export const nodeTokenPosition = 3;

/** Subjects of one node as its account imports them. */
export function nodePatterns(node: string): { readonly api: string; readonly stream: string } {
  return { api: `api.node.${escapeToken(node)}.>`, stream: `watch.node.${escapeToken(node)}.>` };
}

/** Where answers to a node's requests come. */
export function inboxPrefixOf(node: string): string {
  return `_INBOX_${escapeToken(node)}`;
}

/** The servers compare the name of an account with the word in the subject, so a node's account is called like that. */
export function accountOf(node: string): string {
  return escapeToken(node);
}

/** Who asks, and what. `undefined` for a subject that is none of ours. */
export function parseApiSubject(
  subject: string,
): { readonly node: string; readonly verb: string } | undefined {
  const [api, kind, token, verb, ...rest] = subject.split('.');
  if (api !== 'api' || kind !== 'node' || !token || !verb || rest.length > 0) return undefined;
  return { node: unescapeToken(token), verb };
}

/** The id of what an agent is told. */
export function parseStreamSubject(node: string, subject: string): string | undefined {
  const prefix = `watch.node.${escapeToken(node)}.`;
  return subject.startsWith(prefix) ? unescapeToken(subject.slice(prefix.length)) : undefined;
}
