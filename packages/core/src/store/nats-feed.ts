/** The changes of a bucket as they come: one ordered consumer of the server's, made anew by the client where it has a gap. */

import { AckPolicy, consumerOpts, DeliverPolicy, type JsMsg } from 'nats';
import type { Revision } from '../contract/store.ts';
import type { NatsBucket } from './nats-bucket.ts';

export interface NatsFeed {
  /** Resolves when it was stopped, or the connection closed; rejects when it breaks, or `take` throws. */
  readonly ended: Promise<void>;
  stop(): void;
}

const heartbeatNanos = 5_000_000_000;

/**
 * Calls `take` with the newest state of each key, or with everything that came after a revision, and with what comes, while
 * the message is read: the client's iterator would cost several promises for each. May begin before this resolves.
 */
export async function openNatsFeed(
  bucket: NatsBucket,
  after: Revision | undefined,
  take: (message: JsMsg) => void,
): Promise<NatsFeed> {
  let fail = (_: unknown) => {};
  let isBroken = false;
  const broken = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // It may come before anybody waits for it.
  broken.catch(() => {});
  const options = consumerOpts({
    ack_policy: AckPolicy.None,
    flow_control: true,
    idle_heartbeat: heartbeatNanos,
    ...(after === undefined
      ? { deliver_policy: DeliverPolicy.LastPerSubject }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 }),
  });
  options.bindStream(bucket.stream);
  options.orderedConsumer();
  options.callback((error, message) => {
    // What came after something that could not be taken would hide that it is missing.
    if (isBroken) return;
    try {
      if (error !== null) throw error;
      if (message !== null) take(message);
    } catch (reason) {
      isBroken = true;
      fail(reason);
    }
  });
  const subscription = await bucket.jetStream.subscribe(`$KV.${bucket.name}.>`, options);
  const ended = Promise.race([subscription.closed, broken]);
  // The same goes for this.
  ended.catch(() => {});
  return { ended, stop: () => subscription.unsubscribe() };
}
