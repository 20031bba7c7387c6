import { PassThrough, Readable } from 'node:stream';
import { silentLogger } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { expect, it } from 'vitest';
import type { Engine, Query } from '../src/engine.ts';
import { EngineEvents } from '../src/engine-events.ts';

const eventAt = (nanos: string, action = 'die') =>
  `${JSON.stringify({ Action: action, Actor: { ID: 'c1', Attributes: {} }, timeNano: 0 }).replace('"timeNano":0', `"timeNano":${nanos}`)}\n`;
const first = eventAt('1700000000123456789');
const second = eventAt('1700000001123456789', 'start');

/** An engine that remembers what it is told to; each stream is ended by the test. */
function scene(remembered: { lines: readonly string[] }) {
  const queries: Query[] = [];
  const streams: PassThrough[] = [];
  const told: string[] = [];
  const clock = new TestClock();
  const engine = {
    address: 'unix:///test',
    async stream(_: string, __: string, query: Query) {
      queries.push(query);
      if (query['until'] !== undefined) return Readable.from(remembered.lines);
      const stream = new PassThrough();
      streams.push(stream);
      if (query['since'] !== undefined) for (const line of remembered.lines) stream.write(line);
      return stream;
    },
  } as unknown as Engine;
  const events = new EngineEvents({
    ...{ engine, clock, logger: silentLogger, filters: {} },
    onEvent: ({ action }) => void told.push(action),
    onLive: () => undefined,
    onGap: () => void told.push('gap'),
  });
  const abort = new AbortController();
  const running = events.run(abort.signal);
  const end = async () => {
    abort.abort();
    for (const stream of streams) stream.end();
    await clock.advanceBy(10_000);
    await running;
  };
  return { clock, queries, streams, told, end };
}

it('an engine that is away is told of once', async () => {
  const clock = new TestClock();
  const engine = { address: 'unix:///test', stream: () => Promise.reject(new Error('away')) };
  const told: string[] = [];
  const warn = (_: object, message: string) => void told.push(message);
  const nothing = () => undefined;
  const events = new EngineEvents({
    ...{ engine: engine as unknown as Engine, clock, logger: { ...silentLogger, warn }, filters: {} },
    ...{ onEvent: nothing, onLive: nothing, onGap: nothing },
  });
  const abort = new AbortController();
  const running = events.run(abort.signal);
  await clock.advanceBy(60_000);
  expect(told).toEqual(['event stream of the engine broke']);
  abort.abort();
  await clock.advanceBy(10_000);
  await running;
});

it('a stream that broke goes on after the last event that was seen', async () => {
  const remembered = { lines: [] as readonly string[] };
  const { clock, queries, streams, told, end } = scene(remembered);
  await clock.advanceBy(0);
  streams[0]?.write(first);
  await clock.advanceUntil(() => told.length === 1, 1_000);
  remembered.lines = [first, second];
  streams[0]?.end();
  await clock.advanceUntil(() => told.length === 2, 10_000);
  expect(told).toEqual(['die', 'start']);
  expect(queries.at(-1)?.['since']).toBe('1700000000.123456789');
  await end();
});

it('an engine that has forgotten that event has others look for themselves', async () => {
  const remembered = { lines: [] as readonly string[] };
  const { clock, streams, told, end } = scene(remembered);
  await clock.advanceBy(0);
  streams[0]?.write(first);
  await clock.advanceUntil(() => told.length === 1, 1_000);
  streams[0]?.end();
  await clock.advanceUntil(() => told.length === 2, 10_000);
  expect(told).toEqual(['die', 'gap']);
  await end();
});

it('podman’s words are asked for, and told as the usual ones', async () => {
  const { clock, queries, streams, told, end } = scene({ lines: [] });
  await clock.advanceBy(0);
  expect(JSON.parse(String(queries[0]?.['filters'])).event).toEqual(
    expect.arrayContaining(['die', 'died', 'destroy', 'remove']),
  );
  streams[0]?.write(eventAt('1700000000123456789', 'died'));
  streams[0]?.write(eventAt('1700000001123456789', 'remove'));
  await clock.advanceUntil(() => told.length === 2, 1_000);
  expect(told).toEqual(['die', 'destroy']);
  await end();
});
