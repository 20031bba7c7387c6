/** What an actor is asked from outside: to make a probe for another node, or to open a stream to a pod of its own. */

import { FieldPath, notSupported } from '../api/field-error.ts';
import { nodeOfStreams, nodeOfVantage } from '../bus/actor-address.ts';
import type { QuestionDecoder } from '../bus/actor-gateway.ts';
import { isRecord } from '../bus/envelope.ts';
import { decodeProbeJob, decodeProbeQuestion } from '../bus/probe-question.ts';
import { decodeStreamQuestion } from '../bus/stream-request.ts';
import type { StreamAsked } from '../kubelet/streams/stream-logic.ts';
import type { ProbeAsked } from '../kubelet/vantage/vantage-logic.ts';

/**
 * `isGuarded`: a gateway has made a job of each question, which an agent that sees its own pods only could not do. Elsewhere
 * jobs are refused: this node believes what the store says and nobody's word.
 */
export function createQuestionDecoder(isGuarded: boolean): QuestionDecoder {
  return (address, raw, answer) => {
    if (nodeOfStreams(address) !== undefined) {
      const decoded = decodeStreamQuestion(raw);
      return decoded.ok ? { ok: true, value: streamAsked(decoded.value, answer) } : decoded;
    }
    if (nodeOfVantage(address) === undefined)
      return {
        ok: false,
        errors: [notSupported(new FieldPath('type'), 'question', ['command', 'snapshot'])],
      };
    const { question, job } = isRecord(raw) ? raw : {};
    if (isGuarded) {
      const decoded = decodeProbeJob(job);
      return decoded.ok ? { ok: true, value: eventOf({ job: decoded.value }, answer) } : decoded;
    }
    const decoded = decodeProbeQuestion(question);
    return decoded.ok ? { ok: true, value: eventOf({ question: decoded.value }, answer) } : decoded;
  };
}

function streamAsked(question: StreamAsked['question'], answer: StreamAsked['answer']): StreamAsked {
  return { type: 'stream.asked', question, answer };
}

function eventOf(asked: ProbeAsked['asked'], answer: ProbeAsked['answer']): ProbeAsked {
  return { type: 'probe.asked', asked, answer };
}
