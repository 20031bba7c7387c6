/** What a connection tells of itself, for as long as somebody wants to hear it. */

import { onAbort } from './abortable.ts';

/** A connection of the NATS client. */
interface Connection<Status> {
  status(): AsyncIterable<Status>;
  closed(): Promise<unknown>;
}

/**
 * Calls `take` with each news of the connection. Resolves when the connection has closed or the signal aborts: the client's
 * own iterator would go on for ever, and hold whoever listens.
 */
export async function followStatus<Status>(
  connection: Connection<Status>,
  take: (status: Status) => void,
  signal?: AbortSignal,
): Promise<void> {
  // The client's types do not say that it can be stopped.
  const statuses: AsyncIterable<Status> & { stop?(): void } = connection.status();
  const stop = () => statuses.stop?.();
  void connection.closed().then(stop);
  const forget = onAbort(signal, stop);
  try {
    for await (const status of statuses) take(status);
  } finally {
    forget();
  }
}
