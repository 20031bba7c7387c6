import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { constants, createDeflate, deflateSync } from 'node:zlib';
import { type Clock, type NodeStream, systemClock } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { dictionary } from '../../src/streams/spdy/dictionary.ts';
import {
  controlFrame,
  controlTypes,
  dataFrame,
  FrameReader,
  numbers,
} from '../../src/streams/spdy/frame-codec.ts';
import { HeaderCodec } from '../../src/streams/spdy/header-codec.ts';
import { SpdyConnection, type SpdyStream } from '../../src/streams/spdy/spdy-connection.ts';
import { serveSpdyPorts } from '../../src/streams/spdy/spdy-ports.ts';
import { serveSpdySession } from '../../src/streams/spdy/spdy-session.ts';

async function sockets(): Promise<{ readonly client: Socket; readonly socket: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.close();
  return { client, socket };
}

/** Two ends of a connection, of which one speaks SPDY and the other is the test. */
async function scene(onStream: (stream: SpdyStream) => void, clock: Clock = systemClock) {
  const { client, socket } = await sockets();
  const connection = new SpdyConnection({ socket, head: Buffer.alloc(0), clock, onStream });
  const over = connection.run();
  endings.push(async () => {
    client.destroy();
    await over;
  });
  const said: Buffer[] = [];
  client.on('data', (bytes) => said.push(bytes));
  return { client, connection, over, said };
}

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

async function synStream(
  codec: HeaderCodec,
  id: number,
  headers: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const block = await codec.encode(new Map(Object.entries(headers)));
  return controlFrame(controlTypes.synStream, Buffer.concat([numbers(id, 0), Buffer.alloc(2), block]));
}

it('a port that nobody listens at does not hold up the others', async () => {
  const { client, socket } = await sockets();
  const heard: string[] = [];
  const open = async (port: number): Promise<NodeStream> => {
    if (port === 1) throw new Error('nobody listens');
    return {
      output: (async function* (): AsyncGenerator<never> {
        await new Promise(() => {});
      })(),
      write: async (bytes: Uint8Array) => void heard.push(Buffer.from(bytes).toString()),
      closeInput() {},
    } as Partial<NodeStream> as NodeStream;
  };
  const over = serveSpdyPorts({ socket, head: Buffer.alloc(0), clock: systemClock, open });
  const codec = new HeaderCodec();
  for (const [i, port] of ['1', '2'].entries())
    for (const [j, streamtype] of ['error', 'data'].entries())
      client.write(await synStream(codec, 4 * i + 2 * j + 1, { streamtype, port, requestid: port }));
  // More than is kept for a reader.
  for (let i = 0; i < 32; i += 1) client.write(dataFrame(3, Buffer.alloc(64 * 1024), false));
  client.write(dataFrame(7, Buffer.from('hello'), false));
  client.resume();
  await expect.poll(() => heard, { timeout: 30_000 }).toEqual(['hello']);
  client.destroy();
  await over;
  codec.close();
});

describe('a SPDY connection', () => {
  it('has the dictionary of the draft', () => {
    expect(dictionary).toHaveLength(1423);
    expect(createHash('sha256').update(dictionary).digest('hex')).toBe(
      '51d27341373f923f3cd88e1eb7162aeaa3723d7585ff2399201dc06498407f02',
    );
  });

  it('opens streams, and brings bytes both ways until each side says that this is all', async () => {
    const { client, said } = await scene(async (stream) => {
      expect(stream.headers.get('streamtype')).toBe('data');
      for await (const bytes of stream.input) await stream.write(bytes);
      stream.end();
    });
    const codec = new HeaderCodec();
    client.write(await synStream(codec, 1, { streamtype: 'data' }));
    client.write(controlFrame(controlTypes.ping, numbers(7)));
    client.write(dataFrame(1, Buffer.from('hello '), false));
    // Its headers are part of the same compressed text.
    const more = await codec.encode(new Map([['more', 'words']]));
    client.write(controlFrame(controlTypes.headers, Buffer.concat([numbers(1), more])));
    client.write(dataFrame(1, Buffer.from('you'), true));
    const reader = new FrameReader();
    const frames: string[] = [];
    const seen = () => {
      for (const frame of reader.add(Buffer.concat(said.splice(0))))
        frames.push(
          frame.type === 'data' ? `${frame.payload}${frame.isLast ? '.' : ''}` : `control ${frame.control}`,
        );
      return frames;
    };
    await expect.poll(seen, { timeout: 30_000 }).toEqual(['control 2', 'control 6', 'hello ', 'you', '.']);
    codec.close();
  });

  it('begins a command once, whatever streams a client opens besides', async () => {
    const { client, socket } = await sockets();
    let begun = 0;
    const wanted = { stdin: false, stdout: true, stderr: false, tty: false };
    const over = serveSpdySession({ socket, head: Buffer.alloc(0) }, wanted, systemClock, async () => {
      begun += 1;
    });
    const codec = new HeaderCodec();
    for (const [i, streamtype] of ['error', 'stderr', 'stdout', 'stdout', 'resize'].entries())
      client.write(await synStream(codec, 2 * i + 1, { streamtype }));
    client.end();
    client.resume();
    await over;
    expect(begun).toBe(1);
    client.destroy();
    codec.close();
  });

  it('says farewell and ends', async () => {
    const { client, over, connection } = await scene(() => {});
    const ended = once(client, 'end');
    connection.close();
    await ended;
    client.end();
    await over;
    expect(connection.signal.aborted).toBe(true);
  });

  it('breaks off what waits when the client goes', async () => {
    let heard: unknown;
    let hasBegun = false;
    const { client, over } = await scene(async (stream) => {
      try {
        for await (const _ of stream.input) hasBegun = true;
      } catch (error) {
        heard = error;
      }
    });
    const codec = new HeaderCodec();
    client.write(await synStream(codec, 1, { streamtype: 'stdin' }));
    client.write(dataFrame(1, Buffer.from('x'), false));
    // A reset overtakes what was written before it.
    await expect.poll(() => hasBegun, { timeout: 30_000 }).toBe(true);
    client.resetAndDestroy();
    await over;
    await expect.poll(() => heard, { timeout: 30_000 }).toMatchObject({ code: 'ABORTED' });
    codec.close();
  });

  it('holds a client back whose stream nobody reads, and notices that it goes', async () => {
    const clock = new TestClock();
    const { client, connection } = await scene(() => {}, clock);
    const codec = new HeaderCodec();
    client.write(await synStream(codec, 1, { streamtype: 'stdin' }));
    const frame = dataFrame(1, Buffer.alloc(64 * 1024), false);
    for (let i = 0; i < 1000; i += 1) client.write(frame);
    let left = -1;
    await expect
      .poll(
        () => {
          const before = left;
          left = client.writableLength;
          return left === before;
        },
        { interval: 200, timeout: 30_000 },
      )
      .toBe(true);
    expect(left).toBeGreaterThan(32 * 1024 * 1024);
    client.destroy();
    // Nothing is read, so that it shows when something is written.
    await expect
      .poll(
        async () => {
          await clock.advanceBy(10_000);
          return connection.signal.aborted;
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    codec.close();
  });

  it('ends with a client that does not speak SPDY', async () => {
    for (const nonsense of [
      'GET / HTTP/1.1\r\n\r\n'.repeat(10),
      Buffer.from([0x80, 9, 0, 1, 0, 0, 0, 0]),
      Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 0]),
      controlFrame(controlTypes.synStream, Buffer.concat([numbers(1, 0), Buffer.from('no deflate')])),
      dataFrame(1, Buffer.alloc(5 * 1024 * 1024), false),
    ]) {
      const { client, over } = await scene(() => {});
      client.write(nonsense);
      if (typeof nonsense === 'string') client.end();
      await over;
    }
  });

  it('unpacks no header block beyond its size', async () => {
    const codec = new HeaderCodec();
    const bomb = deflateSync(Buffer.alloc(8 * 1024 * 1024), { dictionary });
    await expect(codec.decode(bomb)).rejects.toThrow('a header block is too large');
    const cut = createDeflate({ dictionary });
    const chunks: Buffer[] = [];
    cut.on('data', (chunk: Buffer) => chunks.push(chunk));
    cut.write(Buffer.concat([numbers(1, 1000), Buffer.from('short')]));
    await new Promise<void>((resolve) => cut.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    const other = new HeaderCodec();
    await expect(other.decode(Buffer.concat(chunks))).rejects.toThrow('a header block is cut off');
  });

  it('cuts what comes into the same frames, however it comes', () => {
    const frames = [
      dataFrame(1, Buffer.from('abc'), false),
      controlFrame(6, numbers(1)),
      dataFrame(3, Buffer.alloc(0), true),
    ];
    const bytes = Buffer.concat(frames);
    const whole = new FrameReader().add(bytes);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 8 }), (cuts) => {
        const reader = new FrameReader();
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const parts = places.slice(1).flatMap((end, i) => reader.add(bytes.subarray(places[i], end)));
        expect(parts).toEqual(whole);
      }),
    );
  });
});
