import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { fc } from '../../../../test/support/fast-check.ts';
import { streamsAddress } from '../../src/bus/actor-address.ts';
import { serveActors } from '../../src/bus/actor-gateway.ts';
import { createInProcessBus } from '../../src/bus/in-process-bus.ts';
import { createStreamClient, type NodeStream } from '../../src/bus/stream-client.ts';
import { beatMs, StreamEnd, silenceMsMax } from '../../src/bus/stream-end.ts';
import { decodeFrame, encodeFrame, windowBytes } from '../../src/bus/stream-frame.ts';
import { StreamHost } from '../../src/bus/stream-host.ts';
import { decodeStreamQuestion, type StreamRequest } from '../../src/bus/stream-request.ts';
import { createQuestionDecoder } from '../../src/cluster/question-decoder.ts';
import type { Bus } from '../../src/contract/bus.ts';
import { MooringError } from '../../src/contract/error.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { createActorDirectory } from '../../src/engine/directory.ts';
import { systemRandom } from '../../src/engine/system-clock.ts';
import type { Running } from '../../src/kubelet/streams/open-stream.ts';
import { streamLogic } from '../../src/kubelet/streams/stream-logic.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const request: StreamRequest = { type: 'port', namespace: 'default', podName: 'web', podUID: 'u1', port: 80 };
const forever = new AbortController().signal;

type Tamper = (subject: string, data: object, pass: (data: object) => void) => void;
type Serve = (end: StreamEnd) => Promise<Running>;

/** What goes over a network is JSON. */
const asJson: Tamper = (_, data, pass) => pass(JSON.parse(JSON.stringify(data)));

function scene(serve: Serve, tamper: Tamper = asJson, mayHear = (_: string) => true) {
  const clock = new TestClock();
  const local = createInProcessBus({ clock });
  const bus: Bus = {
    publish: (subject, data) => tamper(subject, data as object, (passed) => local.publish(subject, passed)),
    subscribe(subject, options) {
      if (!mayHear(subject)) throw new Error('not allowed');
      return local.subscribe(subject, options);
    },
    request: (subject, data, options) => local.request(subject, data, options),
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  };
  const controller = new AbortController();
  const common = { bus, cluster: 'c', clock, random: systemRandom, logger: silentLogger };
  const directory = createActorDirectory({ onError: () => {} });
  void serveActors({
    ...common,
    directory,
    lookup: (address) => directory.lookup(address),
    decodeCommand: () => ({ ok: false, errors: [] }),
    decodeQuestion: createQuestionDecoder(false),
    signal: controller.signal,
  });
  const ends: StreamEnd[] = [];
  const logic = streamLogic({
    makeHost: (signal) => new StreamHost({ ...common, node: 'node-a', signal }),
    open: async (_, end) => {
      ends.push(end);
      return await serve(end);
    },
    logger: silentLogger,
  });
  const ref = createActor(logic);
  directory.register(streamsAddress('node-a'), { ref });
  ref.start();
  const client = createStreamClient({ ...common, signal: controller.signal });
  const kill = () => directory.stop(streamsAddress('node-a'));
  return { clock, client, ends, controller, kill };
}

/** Says back what it hears until its input ends, then ends with 3. */
const echo: Serve = async (end) => async () => {
  for await (const event of end) {
    if (event.type !== 'data') break;
    await end.send('stdout', event.bytes);
  }
  return { exitCode: 3 };
};

async function textOf(stream: NodeStream): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const { bytes } of stream.output) chunks.push(bytes);
  return Buffer.concat(chunks).toString();
}

const code = (error: unknown) => (error as { readonly code?: unknown }).code;

describe('a stream to a node', () => {
  it('brings bytes both ways in order, and how it ended', async () => {
    const { client } = scene(echo);
    const stream = await client.open('node-a', request, forever);
    const sent = Buffer.alloc(3 * windowBytes, 'abcdefg\n');
    const reading = textOf(stream);
    await stream.write(sent);
    stream.closeInput();
    expect(await reading).toBe(sent.toString());
    expect(await stream.exitCode()).toBe(3);
    expect(client.size).toBe(0);
  });

  it('holds the sender back while nobody reads', async () => {
    let sent = 0;
    const { client, clock } = scene(async (end) => async () => {
      for (; sent < 20 * windowBytes; sent += 10_000) await end.send('stdout', Buffer.alloc(10_000));
      return {};
    });
    const stream = await client.open('node-a', request, forever);
    await clock.advanceBy(60_000);
    expect(sent).toBeGreaterThan(windowBytes / 2);
    expect(sent).toBeLessThanOrEqual(windowBytes);
    let read = 0;
    for await (const { bytes } of stream.output) {
      read += bytes.byteLength;
      expect(sent - read).toBeLessThanOrEqual(windowBytes + 10_000);
    }
    expect(read).toBe(20 * windowBytes + ((10_000 - ((20 * windowBytes) % 10_000)) % 10_000));
  });

  it('puts frames in order that come out of order, and twice', async () => {
    const late: (() => void)[] = [];
    const { client } = scene(echo, (_, data, pass) => {
      pass(data);
      late.push(() => pass(data));
      if (late.length % 3 === 0) for (const call of late.splice(0).toReversed()) call();
    });
    const held: (() => void)[] = [];
    const swapped = scene(echo, (_, data, pass) => {
      held.push(() => pass(data));
      if (held.length === 2 || !('seq' in data) || 'end' in data || 'eof' in data)
        for (const call of held.splice(0).toReversed()) call();
    });
    for (const one of [client, swapped.client]) {
      const stream = await one.open('node-a', request, forever);
      const reading = textOf(stream);
      for (const word of ['one ', 'two ', 'three ', 'four ']) await stream.write(Buffer.from(word));
      stream.closeInput();
      expect(await reading).toBe('one two three four ');
    }
  });

  it('breaks when a message is lost, and says so', async () => {
    let count = 0;
    const { client, clock } = scene(echo, (subject, data, pass) => {
      if (subject.includes('.up.') && 'data' in data) count += 1;
      if (count !== 2) pass(data);
      else count += 1;
    });
    const stream = await client.open('node-a', request, forever);
    const reading = textOf(stream).catch((error: unknown) => error);
    for (const word of ['one', 'two', 'three']) await stream.write(Buffer.from(word));
    await clock.advanceBy(4 * beatMs);
    expect(await reading).toMatchObject({
      code: 'STREAM_BROKEN',
      message: 'messages of the agent of node node-a were lost',
    });
  });

  it('is refused at once where no agent is, and with the reason of the agent', async () => {
    const { client } = scene(() => Promise.reject(new MooringError('NOT_FOUND', 'no such pod here')));
    await expect(client.open('node-b', request, forever)).rejects.toMatchObject({
      code: 'NO_SUCH_ACTOR',
      message: 'no agent answers for node node-b',
    });
    await expect(client.open('node-a', request, forever)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'no such pod here',
    });
    expect(client.size).toBe(0);
  });

  it('ends on the node when the client goes, with or without a word', async () => {
    let isCut = false;
    const { client, ends, clock } = scene(echo, (subject, data, pass) => {
      if (!isCut || subject.includes('.up.')) pass(data);
    });
    const leaving = new AbortController();
    const first = await client.open('node-a', request, leaving.signal);
    const second = await client.open('node-a', request, forever);
    leaving.abort(new Error('the client has enough'));
    await expect(textOf(first)).rejects.toThrow('the client has enough');
    await clock.advanceBy(1);
    expect(ends.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    isCut = true;
    await clock.advanceBy(silenceMsMax + beatMs);
    expect(ends[1]?.signal.reason).toMatchObject({ message: 'the client has not been heard of for 15 s' });
    await expect(textOf(second)).rejects.toSatisfy((error) => code(error) === 'STREAM_BROKEN');
  });

  it('ends at the client when the agent ends, when it vanishes, and when the bus is cut', async () => {
    let isCut = false;
    const ended = scene(echo);
    const killed = scene(echo, (_, data, pass) => {
      if (!isCut) pass(data);
    });
    const first = textOf(await ended.client.open('node-a', request, forever)).catch(
      (error: unknown) => error,
    );
    ended.kill();
    await ended.clock.advanceBy(1);
    expect(await first).toMatchObject({
      code: 'STREAM_BROKEN',
      message: 'the agent of node node-a has ended',
    });
    const open = () => killed.client.open('node-a', request, forever);
    const [second, third] = [textOf(await open()), textOf(await open())].map((reading) =>
      reading.catch((error: unknown) => error),
    );
    isCut = true;
    killed.kill();
    // Long before the silence is over, because nobody lives at the address any more.
    await killed.clock.advanceBy(3 * beatMs);
    for (const reading of [second, third]) expect(await reading).toMatchObject({ code: 'NO_SUCH_ACTOR' });
  });

  it('is opened again once both ends are let hear what they were not', async () => {
    let isDeaf = true;
    const { clock, client } = scene(echo, asJson, (subject) => !(isDeaf && subject.includes('.stream.')));
    await clock.advanceBy(60_000);
    isDeaf = false;
    await clock.advanceBy(60_000);
    const stream = await client.open('node-a', request, forever);
    const text = textOf(stream);
    await stream.write(Buffer.from('hello'));
    stream.closeInput();
    expect(await text).toBe('hello');
  });

  it('stays open over hours of silence', async () => {
    const { client, clock } = scene(echo);
    const stream = await client.open('node-a', request, forever);
    await clock.advanceBy(2 * 3_600_000);
    const reading = textOf(stream);
    await stream.write(Buffer.from('still here'));
    stream.closeInput();
    expect(await reading).toBe('still here');
  });

  it('lets go when its reader does', async () => {
    const { client, ends, clock } = scene(async (end) => async () => {
      for (;;) await end.send('stdout', Buffer.alloc(1000));
    });
    const stream = await client.open('node-a', request, forever);
    for await (const _ of stream.output) break;
    await clock.advanceBy(1);
    expect(ends[0]?.signal.aborted).toBe(true);
    expect(client.size).toBe(0);
  });
});

describe('an end of a stream', () => {
  const newEnd = () => {
    const said: object[] = [];
    const end = new StreamEnd({
      clock: new TestClock(),
      peer: 'the client',
      publish: (frame) => void said.push(frame),
      onClosed() {},
    });
    return { end, said };
  };

  it('lets go of a sender that does not keep to what there is room for', async () => {
    const flood = newEnd();
    for (let seq = 1; seq < 20; seq += 1)
      flood.end.receive({ v: 1, seq, channel: 'stdin', data: Buffer.alloc(60_000).toString('base64') });
    const gap = newEnd();
    gap.end.receive({ v: 1, seq: 1_000_000, channel: 'stdin', data: 'AAAA' });
    const ends = newEnd();
    for (let seq = 1; seq < 50; seq += 1) ends.end.receive({ v: 1, seq, eof: 'stdin' });
    for (const { end, said } of [flood, gap, ends]) {
      expect(end.signal.reason).toMatchObject({ message: 'the client sends more than there is room for' });
      expect(said.at(-1)).toMatchObject({ abort: { code: 'STREAM_BROKEN' } });
    }
  });

  it('survives whatever it hears', () => {
    const field = fc.constantFrom(
      'seq',
      'data',
      'channel',
      'eof',
      'end',
      'beat',
      'credit',
      'resize',
      'abort',
    );
    const frames = fc.dictionary(field, fc.oneof(fc.anything(), fc.integer({ min: 1, max: 3 })));
    fc.assert(
      fc.property(fc.array(fc.oneof(frames, fc.anything())), (said) => {
        const { end } = newEnd();
        end.signal.addEventListener('abort', () => {});
        for (const frame of said) end.receive(typeof frame === 'object' ? { v: 1, ...frame } : frame);
      }),
      { numRuns: 300 },
    );
  });

  it('understands its own frames after JSON', () => {
    const bytes = Buffer.from([0, 255, 10]);
    const decoded = decodeFrame(
      JSON.parse(JSON.stringify(encodeFrame({ seq: 1, channel: 'stdout', data: bytes }))),
    );
    expect(decoded.ok && 'data' in decoded.value && Buffer.from(decoded.value.data)).toEqual(bytes);
  });
});

describe('a question for a stream', () => {
  const target = { namespace: 'default', podName: 'web', podUID: 'u1', container: 'main' };
  const exec = {
    type: 'exec',
    ...target,
    command: ['ls'],
    stdin: false,
    stdout: true,
    stderr: true,
    tty: false,
  };
  const ask = (asked: object) => decodeStreamQuestion({ client: 'c1', stream: 's1', request: asked });

  it('is taken when every field is of its kind', () => {
    expect(ask(exec)).toEqual({ ok: true, value: { client: 'c1', stream: 's1', request: exec } });
    expect(decodeStreamQuestion({ client: 'c1', stream: 's1' }).ok).toBe(true);
  });

  it('is refused by the names of its fields', () => {
    const wordsOf = (asked: object) => {
      const decoded = ask(asked);
      return decoded.ok ? [] : decoded.errors.map(({ field }) => field);
    };
    expect(wordsOf({ ...exec, command: [], tty: 'yes' })).toEqual(['request.tty', 'request.command']);
    expect(wordsOf({ type: 'port', ...target, port: 70_000 })).toEqual(['request.port']);
    expect(wordsOf({ type: 'toString', ...target })).toEqual(['request.type']);
    expect(
      wordsOf({ type: 'log', ...target, follow: true, previous: false, timestamps: false, tailLines: -1 }),
    ).toEqual(['request.tailLines']);
    expect(decodeStreamQuestion({ client: 'a.b', stream: '' }).ok).toBe(false);
  });

  it('is never worth an exception', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (whole, asked) => {
        decodeStreamQuestion(whole);
        decodeStreamQuestion({ client: 'c', stream: 's', request: asked });
      }),
      { numRuns: 300 },
    );
  });
});
