/**
 * The bus of an isolated agent: its actors hear each other in the process. Their facts go up to the control plane, and what
 * the control plane has for them comes down, and so do the streams that it has opened to them; there is nobody else, but that
 * other nodes make probes for this one.
 */

import { nodeOfVantage } from '../bus/actor-address.ts';
import { createInProcessBus } from '../bus/in-process-bus.ts';
import { addressOfInbox, parseFactSubject, parseStreamSubject } from '../bus/subjects.ts';
import { toWireError } from '../bus/wire-error.ts';
import type { Bus } from '../contract/bus.ts';
import type { Clock } from '../contract/clock.ts';
import { hasCode } from '../contract/error.ts';
import type { GatewayLink } from './gateway-link.ts';
import { Fields, readAnswer, readFrame } from './gateway-protocol.ts';

/** The id under which mail for the actors of a node is told. */
export const mailId = 'mail';
/** The id under which frames of streams that clients have opened to a node are told. */
export const streamsId = 'streams';
/** Who asked has a deadline of its own, which is shorter as a rule. */
const mailMsMax = 60_000;

export interface GatewayBusOptions {
  readonly link: GatewayLink;
  readonly cluster: string;
  readonly clock: Clock;
}

/** The link stays the caller's. */
export function createGatewayBus({ link, cluster, clock }: GatewayBusOptions): Bus {
  const local = createInProcessBus({ clock });
  const closing = new AbortController();
  const deliver = async (data: unknown): Promise<void> => {
    const fields = new Fields(data);
    const [id, subject] = [fields.text('id'), fields.text('subject')];
    if (addressOfInbox(cluster, subject) === undefined) return;
    try {
      const options = { timeoutMs: mailMsMax, signal: closing.signal };
      const answer = await local.request(subject, fields.any('data'), options);
      link.send('answer', { id, data: answer.data });
    } catch (error) {
      if (!closing.signal.aborted) link.send('answer', { id, error: toWireError(error) });
    }
  };
  // Mail that cannot be read has no sender to be told.
  const forgetMail = link.listen(mailId, (data) => void deliver(data).catch(() => {}));
  const forgetStreams = link.listen(streamsId, (data) => {
    if (closing.signal.aborted) return;
    const frame = readFrame(cluster, data);
    if (frame?.direction === 'down') local.publish(frame.subject, frame.data);
  });
  return {
    publish(subject, data) {
      local.publish(subject, data);
      if (parseFactSubject(cluster, subject) !== undefined) link.send('fact', { subject, data });
      else if (parseStreamSubject(cluster, subject)?.direction === 'up')
        link.send('stream', { subject, data });
    },
    subscribe: (subject, options) => local.subscribe(subject, options),
    async request(subject, data, options) {
      try {
        return await local.request(subject, data, options);
      } catch (error) {
        const isProbe = nodeOfVantage(addressOfInbox(cluster, subject)) !== undefined;
        if (!isProbe || !hasCode(error, 'NO_RESPONDERS')) throw error;
        const answer = readAnswer(await link.request('probe', { subject, data }, options));
        return { subject, data: answer, respond() {} };
      }
    },
    isGuarded: true,
    // Whether the control plane listens is not known here.
    listening: () => true,
    async [Symbol.asyncDispose]() {
      closing.abort();
      forgetMail();
      forgetStreams();
      await local[Symbol.asyncDispose]();
    },
  };
}
