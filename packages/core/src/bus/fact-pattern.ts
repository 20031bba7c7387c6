/** What a user writes to hear of facts: `pod.*.container.*.exited`, `node.node-a.>`. */

import { formatFieldError } from '../api/field-error.ts';
import type { Bus } from '../contract/bus.ts';
import { MooringError } from '../contract/error.ts';
import { decodeEnvelope } from './envelope.ts';
import { actorPattern, parseFactSubject } from './subjects.ts';

/** What an actor tells in the past tense, at most once: a hint, never the truth of record. */
export interface Fact {
  /** The actor that it happened to. */
  readonly address: string;
  /** `container.exited` */
  readonly type: string;
  readonly id: string;
  /** Milliseconds since the epoch on the clock of the actor's host. */
  readonly at: number;
  readonly data: unknown;
}

export interface FactOptions {
  /** Facts kept for a slow reader; beyond it the oldest are dropped. 1024 when not given. */
  readonly pendingMax?: number;
  readonly signal: AbortSignal;
  /** Hears of each message on the subject of a fact that is none, with what is wrong with it. */
  readonly onUnreadable?: (subject: string, why: string) => void;
}

/**
 * The facts of every actor that the pattern names, from now on: at most once, in the order of each actor. Throws
 * `INVALID` for a bad pattern. Messages that are no facts, or cannot be decoded, are left out.
 */
export function subscribeFacts(
  bus: Bus,
  cluster: string,
  pattern: string,
  options: FactOptions,
): AsyncIterable<Fact> {
  const subject = factPatternSubject(cluster, pattern);
  const { pendingMax = 1024, signal } = options;
  // Without a bound, a reader that does not keep up would take all memory.
  if (typeof pendingMax !== 'number' || !(pendingMax >= 1))
    throw new MooringError('INVALID', `pendingMax: ${String(pendingMax)} must be a number from 1`);
  const messages = bus.subscribe(subject, { pendingMax, signal });
  return decodeFacts(cluster, messages, options);
}

/**
 * The subject of a pattern: the words of an address and, last, the fact, joined by dots. `*` stands for one word; `>` at
 * the end for all facts of the actor and of everything below it. A dot inside a name is written `=2E`.
 */
export function factPatternSubject(cluster: string, pattern: string): string {
  // Whoever writes without types may give anything.
  const tokens = String(pattern).split('.');
  const last = tokens.pop() ?? '';
  if (tokens.length === 0 && last !== '>') throw invalidPattern(pattern);
  for (const token of tokens) if (!wordPattern.test(token)) throw invalidPattern(pattern);
  if (last === '>') return actorPattern(cluster, [...tokens, '>']);
  if (!wordPattern.test(last)) throw invalidPattern(pattern);
  return actorPattern(cluster, [...tokens, 'facts', last]);
}

const wordPattern = /^(?:\*|[A-Za-z0-9_=-]+)$/;

async function* decodeFacts(
  cluster: string,
  messages: AsyncIterable<{ readonly subject: string; readonly data: unknown }>,
  { onUnreadable }: FactOptions,
): AsyncIterable<Fact> {
  for await (const { subject, data } of messages) {
    const fact = parseFactSubject(cluster, subject);
    // A `>` also matches what is sent to inboxes.
    if (fact === undefined) continue;
    const decoded = decodeEnvelope(data);
    if (!decoded.ok) {
      onUnreadable?.(subject, decoded.errors.map(formatFieldError).join(', '));
      continue;
    }
    const { type, id, at, data: detail } = decoded.value;
    yield { address: fact.address, type, id, at, data: detail };
  }
}

function invalidPattern(pattern: string): MooringError {
  const rule = 'must be words of an address and a fact joined by ".", such as "pod.*.container.*.exited"';
  return new MooringError('INVALID', `invalid fact pattern ${JSON.stringify(pattern)}: ${rule}`);
}
