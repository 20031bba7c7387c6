/** Asks other nodes to make an attempt. Who is not ready, or has not answered a moment ago, is not asked. */

import { readyCondition } from '../../api/node-condition.ts';
import type { NodeObject } from '../../api/objects.ts';
import { vantageAddress } from '../../bus/actor-address.ts';
import type { ActorClient } from '../../bus/actor-client.ts';
import { decodeProbeAnswer, type ProbeQuestion } from '../../bus/probe-question.ts';
import type { Clock } from '../../contract/clock.ts';
import { errorMessage, hasCode } from '../../contract/error.ts';
import type { ObjectCache } from '../../contract/informer.ts';
import type { VantageAnswer } from './vantage-verdict.ts';

export interface VantagePorts {
  readonly clock: Clock;
  readonly actors: Pick<ActorClient, 'ask'>;
  readonly nodes: Pick<ObjectCache<NodeObject>, 'get'>;
}

/** For the way there and back, and for a store that is a moment behind; beside the time-out of the probe. */
const answerGraceMs = 2000;
/** So long a node that did not answer is not asked again: nobody waits for it at every probe. */
const silenceMs = 10_000;

export class Vantages {
  private readonly ports: VantagePorts;
  /** By node: until when, on the monotonic clock. */
  private readonly silent = new Map<string, number>();

  constructor(ports: VantagePorts) {
    this.ports = ports;
  }

  /** One answer for each node, in their order. Rejects with `signal.reason` only. */
  async ask(
    nodes: readonly string[],
    question: ProbeQuestion,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<readonly VantageAnswer[]> {
    return await Promise.all(nodes.map((node) => this.askOne(node, question, timeoutMs, signal)));
  }

  private async askOne(
    node: string,
    question: ProbeQuestion,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<VantageAnswer> {
    const { actors } = this.ports;
    const trouble = this.troubleOf(node);
    if (trouble !== undefined) return { node, kind: 'lost', message: trouble };
    try {
      const options = { timeoutMs: timeoutMs + answerGraceMs, signal };
      const raw = await actors.ask(vantageAddress(node), { question }, options);
      this.silent.delete(node);
      const { kind, message } = decodeProbeAnswer(raw);
      return { node, kind: kind === 'error' ? 'lost' : kind, message };
    } catch (error) {
      signal.throwIfAborted();
      if (hasCode(error, 'DEADLINE_EXCEEDED')) this.noteSilence(node);
      return { node, kind: 'lost', message: wordsOf(error) };
    }
  }

  /** Silences that are over are forgotten with it: their nodes may never be asked again. */
  private noteSilence(node: string): void {
    const nowMs = this.ports.clock.monotonicMs();
    for (const [other, untilMs] of this.silent) if (untilMs <= nowMs) this.silent.delete(other);
    this.silent.set(node, nowMs + silenceMs);
  }

  private troubleOf(node: string): string | undefined {
    const found = this.ports.nodes.get(undefined, node);
    if (found === undefined) return 'there is no such node';
    if (readyCondition(found)?.status !== 'True') return 'the node is not ready';
    const untilMs = this.silent.get(node);
    return untilMs !== undefined && this.ports.clock.monotonicMs() < untilMs ? noAnswer : undefined;
  }
}

/** The same for the whole time of a silence. */
const noAnswer = 'no answer';

function wordsOf(error: unknown): string {
  if (hasCode(error, 'DEADLINE_EXCEEDED')) return noAnswer;
  if (hasCode(error, 'NO_SUCH_ACTOR')) return 'no agent is there';
  return errorMessage(error);
}
