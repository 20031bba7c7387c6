/**
 * Probes that an isolated node wants of another one. The desk looks at the pod in the store: it has to be bound to the node
 * that asks, and to name the other one for this very probe. What is to be done is taken from there and passed on, and a
 * verdict comes back; nothing that a node says goes to another one.
 */

import { formatFieldError, type Parsed } from '../api/field-error.ts';
import type { StoredPod } from '../api/pod.ts';
import { nodeAddress, nodeOfVantage } from '../bus/actor-address.ts';
import { createActorClient } from '../bus/actor-client.ts';
import { decodeEnvelope, type Envelope, isRecord, sealEnvelope } from '../bus/envelope.ts';
import {
  catchUpMsMax,
  decodeProbeAnswer,
  decodeProbeQuestion,
  isCurrentFor,
  type ProbeQuestion,
  probeJobOf,
} from '../bus/probe-question.ts';
import { addressOfInbox } from '../bus/subjects.ts';
import { toWireError } from '../bus/wire-error.ts';
import type { Bus } from '../contract/bus.ts';
import type { Clock, Random } from '../contract/clock.ts';
import { MooringError } from '../contract/error.ts';
import { withDeadline } from '../engine/deadline.ts';
import { objectKey } from '../store/keys.ts';
import { type Answer, Fields } from './gateway-protocol.ts';
import type { NodeViews } from './node-views.ts';

export interface ProbeDeskOptions {
  readonly bus: Bus;
  readonly cluster: string;
  readonly views: NodeViews;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Of one node at a time; beyond, it makes its probes itself. */
const underWayMax = 64;
/** For the way to the other node and back. */
const answerGraceMs = 1000;

export class ProbeDesk {
  private readonly options: ProbeDeskOptions;
  private readonly underWay = new Map<string, number>();

  constructor(options: ProbeDeskOptions) {
    this.options = options;
  }

  /** Never rejects: what is wrong is in the answer. */
  async answer(node: string, data: unknown): Promise<Answer> {
    const count = this.underWay.get(node) ?? 0;
    if (count >= underWayMax)
      return { error: { code: 'TRANSPORT_UNAVAILABLE', message: `node ${node} asks too much at once` } };
    this.underWay.set(node, count + 1);
    try {
      return { ok: await this.pass(node, new Fields(data)) };
    } catch (error) {
      return { error: toWireError(error) };
    } finally {
      const left = (this.underWay.get(node) ?? 1) - 1;
      if (left > 0) this.underWay.set(node, left);
      else this.underWay.delete(node);
    }
  }

  private async pass(node: string, fields: Fields): Promise<Envelope> {
    const { bus, cluster, clock, random, signal } = this.options;
    const address = addressOfInbox(cluster, fields.text('subject'));
    const vantage = nodeOfVantage(address);
    if (address === undefined || vantage === undefined)
      throw new MooringError('FORBIDDEN', `node ${node} may ask other nodes for probes only`);
    // Whose question it is is not for the question to say.
    const question = { ...questionIn(fields.any('data')), node };
    const job = probeJobOf(question, await this.podOf(node, question), vantage);
    if (typeof job === 'string') throw new MooringError('FORBIDDEN', job);
    const actors = createActorClient({ bus, cluster, clock, random, from: nodeAddress(node) });
    const options = { timeoutMs: job.timeoutMs + answerGraceMs, signal };
    const answer = decodeProbeAnswer(await actors.ask(address, { question, job }, options));
    return sealEnvelope(this.options, { from: address, type: 'reply', data: answer });
  }

  /** As the node itself may see it, once that is as it says. */
  private async podOf(node: string, question: ProbeQuestion): Promise<StoredPod | undefined> {
    const { views, clock, signal } = this.options;
    const { namespace, podName } = question;
    const view = await views.of(node, 0, signal);
    const key = objectKey({ kind: 'Pod', namespace, name: podName });
    const look = () => view.get(key)?.value as StoredPod | undefined;
    if (isCurrentFor(question, look())) return look();
    const waiting = withDeadline(clock, catchUpMsMax, signal, `waiting for ${key}`, async (inner) => {
      for await (const event of view.watch(key, { signal: inner }))
        if (event.type === 'put' && isCurrentFor(question, event.value as StoredPod)) return;
    });
    // What is known then is judged as it is.
    await waiting.catch(() => signal.throwIfAborted());
    return look();
  }
}

function questionIn(raw: unknown): ProbeQuestion {
  const envelope = required(decodeEnvelope(raw));
  const { question } = isRecord(envelope.data) ? envelope.data : {};
  return required(decodeProbeQuestion(question));
}

function required<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new MooringError('INVALID', parsed.errors.map(formatFieldError).join(', '));
}
