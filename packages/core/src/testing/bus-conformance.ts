/** What every `Bus` must do. Each case opens a bus of its own and closes it. */

import assert from 'node:assert/strict';
import type { Bus, BusMessage, SubscribeOptions } from '../contract/bus.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** What the author of a bus gives to the kit. */
export interface BusConformanceContext {
  open(): Bus | Promise<Bus>;
  /** Lets this much time pass for the buses that were opened: virtual, or real. */
  elapse(ms: number): Promise<void>;
  /** Resolves when what was published and subscribed before has reached its destination. */
  flush(bus: Bus): Promise<void>;
}

interface Opened {
  readonly bus: Bus;
  elapse(ms: number): Promise<void>;
  flush(): Promise<void>;
}

type Run = (context: Opened) => Promise<void>;

const delivery: Readonly<Record<string, Run>> = {
  'delivers to every subscriber, in the order of publication': async (context) => {
    const first = reader(context, 'conformance.order');
    const second = reader(context, 'conformance.order');
    await context.flush();
    for (let i = 0; i < 100; i += 1) context.bus.publish('conformance.order', { i });
    await context.flush();
    const wanted = Array.from({ length: 100 }, (_, i) => ({ i }));
    assert.deepEqual(first.seen(), wanted);
    assert.deepEqual(second.seen(), wanted);
  },
  'matches one word by * and the rest by >': async (context) => {
    const star = reader(context, 'conformance.*.end');
    const tail = reader(context, 'conformance.a.>');
    await context.flush();
    for (const subject of [
      'conformance.a.end',
      'conformance.b.end',
      'conformance.a',
      'conformance.a.b.end',
      'conformance.a.other',
    ])
      context.bus.publish(subject, subject);
    await context.flush();
    assert.deepEqual(star.seen(), ['conformance.a.end', 'conformance.b.end']);
    assert.deepEqual(tail.seen(), ['conformance.a.end', 'conformance.a.b.end', 'conformance.a.other']);
  },
  'tells the subject of each message': async (context) => {
    const messages = reader(context, 'conformance.*.named');
    await context.flush();
    context.bus.publish('conformance.x.named', 1);
    await context.flush();
    assert.deepEqual(messages.subjects(), ['conformance.x.named']);
  },
  'carries any JSON value': async (context) => {
    const values = [null, true, 0, -1.5, 'text \u{1F600}', [1, [2]], { a: { b: null } }, {}];
    const messages = reader(context, 'conformance.json');
    await context.flush();
    for (const value of values) context.bus.publish('conformance.json', value);
    await context.flush();
    assert.deepEqual(messages.seen(), values);
  },
  'gives each message to one member of a queue group and to every other subscriber': async (context) => {
    const members = [1, 2, 3].map(() => reader(context, 'conformance.group', { queue: 'workers' }));
    const observer = reader(context, 'conformance.group');
    await context.flush();
    for (let i = 0; i < 60; i += 1) context.bus.publish('conformance.group', i);
    await context.flush();
    const shared = members.flatMap((member) => member.seen()).sort((a, b) => Number(a) - Number(b));
    assert.deepEqual(
      shared,
      Array.from({ length: 60 }, (_, i) => i),
    );
    assert.equal(observer.seen().length, 60);
  },
  'keeps the newest messages for a slow reader': async (context) => {
    const messages = context.bus.subscribe('conformance.slow', {
      pendingMax: 10,
      signal: new AbortController().signal,
    });
    await context.flush();
    for (let i = 0; i < 50; i += 1) context.bus.publish('conformance.slow', i);
    await context.flush();
    const seen: unknown[] = [];
    for await (const { data } of messages) {
      seen.push(data);
      if (data === 49) break;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 10 }, (_, i) => 40 + i),
    );
  },
  'ends a subscription when its signal aborts': async (context) => {
    const controller = new AbortController();
    const messages = reader(context, 'conformance.abort', { signal: controller.signal });
    await context.flush();
    controller.abort();
    await messages.ended;
    context.bus.publish('conformance.abort', 1);
    await context.flush();
    assert.deepEqual(messages.seen(), []);
  },
};

const requests: Readonly<Record<string, Run>> = {
  'answers a request': async (context) => {
    serve(context, 'conformance.echo', (message) => message.respond({ echo: message.data }));
    await context.flush();
    const answer = await context.bus.request('conformance.echo', 'hello', { timeoutMs: 5000 });
    assert.deepEqual(answer.data, { echo: 'hello' });
  },
  'takes the first of several answers': async (context) => {
    for (let i = 0; i < 3; i += 1) serve(context, 'conformance.many', (message) => message.respond('answer'));
    await context.flush();
    const answer = await context.bus.request('conformance.many', 1, { timeoutMs: 5000 });
    assert.equal(answer.data, 'answer');
  },
  'rejects at once with NO_RESPONDERS when nobody listens': async ({ bus }) => {
    const request = bus.request('conformance.nobody', 1, { timeoutMs: 3_600_000 });
    await assert.rejects(request, { code: 'NO_RESPONDERS' });
  },
  'rejects with NO_RESPONDERS once the last subscriber has left': async (context) => {
    const controller = new AbortController();
    reader(context, 'conformance.left', { signal: controller.signal });
    await context.flush();
    controller.abort();
    await context.flush();
    const request = context.bus.request('conformance.left', 1, { timeoutMs: 3_600_000 });
    await assert.rejects(request, { code: 'NO_RESPONDERS' });
  },
  'rejects with DEADLINE_EXCEEDED when nobody answers in time': async (context) => {
    reader(context, 'conformance.silent');
    await context.flush();
    const request = context.bus.request('conformance.silent', 1, { timeoutMs: 100 });
    const rejection = assert.rejects(request, { code: 'DEADLINE_EXCEEDED' });
    await context.elapse(150);
    await rejection;
  },
  "rejects with the signal's reason when it aborts": async (context) => {
    reader(context, 'conformance.aborted');
    await context.flush();
    const controller = new AbortController();
    const request = context.bus.request('conformance.aborted', 1, {
      timeoutMs: 3_600_000,
      signal: controller.signal,
    });
    const rejection = assert.rejects(request, /enough/);
    controller.abort(new Error('enough'));
    await rejection;
  },
  'ignores an answer to a message that expects none': async (context) => {
    serve(context, 'conformance.plain', (message) => message.respond('unasked'));
    await context.flush();
    context.bus.publish('conformance.plain', 1);
    await context.flush();
  },
};

const closing: Readonly<Record<string, Run>> = {
  'ends its subscriptions and refuses work once it is closed': async (context) => {
    const messages = reader(context, 'conformance.closing');
    await context.flush();
    await context.bus[Symbol.asyncDispose]();
    await messages.ended;
    assert.throws(() => context.bus.publish('conformance.closing', 1), { code: 'BUS_CLOSED' });
    const request = context.bus.request('conformance.closing', 1, { timeoutMs: 10 });
    await assert.rejects(request, { code: 'BUS_CLOSED' });
  },
};

/** What every bus has to keep, as cases: see `planConformance`. */
export const busConformance: readonly ConformanceCase<BusConformanceContext>[] = Object.entries({
  ...delivery,
  ...requests,
  ...closing,
}).map(([name, run]) => ({
  name,
  async run(context) {
    await using bus = await context.open();
    await run({ bus, elapse: (ms) => context.elapse(ms), flush: () => context.flush(bus) });
  },
}));

/** Reads everything that arrives on the subject. */
function reader(context: Opened, subject: string, options: Partial<SubscribeOptions> = {}) {
  const messages: BusMessage[] = [];
  const signal = new AbortController().signal;
  const subscription = context.bus.subscribe(subject, { pendingMax: 1000, signal, ...options });
  const ended = (async () => {
    for await (const message of subscription) messages.push(message);
  })();
  return {
    ended,
    seen: () => messages.map((message) => message.data),
    subjects: () => messages.map((message) => message.subject),
  };
}

function serve(context: Opened, subject: string, handle: (message: BusMessage) => void): void {
  const { signal } = new AbortController();
  const subscription = context.bus.subscribe(subject, { pendingMax: 1000, signal });
  void (async () => {
    for await (const message of subscription) handle(message);
  })();
}
