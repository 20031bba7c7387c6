import { expect, it } from 'vitest';
import { AsyncQueue } from '../../src/engine/async-queue.ts';
import { followStatus } from '../../src/engine/follow-status.ts';

/** As the client's: its own end is not told to those who listen. */
function connectionOf() {
  const statuses = new AsyncQueue<string>({ pendingMax: 4 });
  let close = () => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  return { statuses, close, connection: { status: () => statuses, closed: () => closed } };
}

it.each(['the connection closes', 'the signal aborts'])('news of a connection end when %s', async (how) => {
  const { statuses, close, connection } = connectionOf();
  const ending = new AbortController();
  const heard: string[] = [];
  const followed = followStatus(connection, (status) => heard.push(status), ending.signal);
  statuses.push('disconnect');
  await Promise.resolve();
  if (how === 'the signal aborts') ending.abort();
  else close();
  await followed;
  statuses.push('reconnect');
  expect(heard).toEqual(['disconnect']);
});
