import { IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { silentLogger, systemClock } from '@mooring/core';
import { describe, expect, it } from 'vitest';
import { acceptWebSocket } from '../src/streams/websocket/accept-websocket.ts';
import type { KindFeed } from '../src/watch/kind-feed.ts';
import { WatchStream, type WatchWish } from '../src/watch/watch-stream.ts';
import { WriteTurns } from '../src/watch/write-turns.ts';

describe('a client that has gone before it is served', () => {
  it('is not told of changes', async () => {
    let subscribed = 0;
    const feed = {
      revision: 0,
      subscribe() {
        subscribed += 1;
        return { missed: [], end: () => {} };
      },
    } as Partial<KindFeed> as KindFeed;
    const response = Object.assign(new PassThrough(), {
      setHeader() {},
      writeHead() {},
      flushHeaders() {},
    }) as unknown as ServerResponse;
    const clock = systemClock;
    const limits = { pendingMax: 1, bookmarkMs: 1000, partingMs: 1000 };
    const around = { feed, clock, logger: silentLogger, limits, turns: new WriteTurns(clock) };
    const wish = { from: 0, timeoutMs: 1000 } as WatchWish;
    await new WatchStream(response, wish, around).run(AbortSignal.abort());
    expect([subscribed, response.destroyed]).toEqual([0, true]);
  });

  it('is not waited for to speak WebSocket', async () => {
    const socket = new Socket();
    const incoming = Object.assign(new IncomingMessage(socket), {
      method: 'GET',
      headers: {
        upgrade: 'websocket',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-version': '13',
      },
    });
    socket.destroy();
    const accepted = acceptWebSocket({ incoming, socket, head: Buffer.alloc(0) }, 'v5.channel.k8s.io');
    await expect(accepted).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
