import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import {
  defaultCorrelation,
  EventCorrelator,
  type EventInput,
} from '../../../src/store/events/correlator.ts';
import { createEventNames } from '../../../src/store/events/event-names.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

const wallMs = Date.UTC(2026, 0, 1);
const at = (seconds: number) => ({ wallMs: wallMs + seconds * 1000, monotonicMs: seconds * 1000 });

function harness(settings = defaultCorrelation) {
  let names = 0;
  return new EventCorrelator((object) => `${object}.${++names}`, settings);
}

function event(message: string, more: Partial<EventInput> = {}): EventInput {
  const object = {
    kind: 'Pod',
    namespace: 'default',
    name: 'web',
    uid: 'u1',
    fieldPath: 'spec.containers{c}',
  };
  return { object, type: 'Warning', reason: 'Unhealthy', message, ...more };
}

describe('equal events', () => {
  it('are one event that is counted, with its first and last time', () => {
    const correlator = harness();
    expect(correlator.correlate(event('a'), at(0))).toMatchObject({ name: 'web.1', count: 1 });
    correlator.correlate(event('a'), at(5));
    expect(correlator.correlate(event('a'), at(9))).toMatchObject({
      name: 'web.1',
      count: 3,
      message: 'a',
      firstMs: wallMs,
      lastMs: wallMs + 9000,
    });
  });

  it.each([
    ['message', event('b')],
    ['reason', event('a', { reason: 'Killing' })],
    ['type', event('a', { type: 'Normal' })],
    ['object', event('a', { object: { ...event('').object, uid: 'u2' } })],
    ['container', event('a', { object: { ...event('').object, fieldPath: 'spec.containers{d}' } })],
  ])('are not equal when they differ in the %s', (_, other) => {
    const correlator = harness();
    correlator.correlate(event('a'), at(0));
    expect(correlator.correlate(other, at(1))).toMatchObject({ name: 'web.2', count: 1 });
  });
});

describe('similar events', () => {
  it('are combined from the tenth distinct message on, under one name with the newest message', () => {
    const correlator = harness();
    for (let i = 1; i <= 9; i += 1)
      expect(correlator.correlate(event(`m${i}`), at(i))).toMatchObject({ message: `m${i}`, count: 1 });
    const tenth = correlator.correlate(event('m10'), at(10));
    expect(tenth).toMatchObject({
      message: '(combined from similar events): m10',
      count: 1,
      firstMs: wallMs + 10_000,
    });
    const eleventh = correlator.correlate(event('m11'), at(11));
    expect(eleventh).toMatchObject({
      name: tenth?.name,
      message: '(combined from similar events): m11',
      count: 2,
    });
  });

  it('of several containers of a pod count together', () => {
    const correlator = harness();
    for (let i = 1; i <= 10; i += 1) {
      const object = { ...event('').object, fieldPath: `spec.containers{c${i}}` };
      const correlated = correlator.correlate(event(`m${i}`, { object }), at(i));
      expect(correlated?.message.startsWith('(combined')).toBe(i === 10);
    }
  });

  it('are not combined when the last one is more than ten minutes old', () => {
    const correlator = harness();
    for (let i = 1; i <= 9; i += 1) correlator.correlate(event(`m${i}`), at(i));
    expect(correlator.correlate(event('m10'), at(9 + 601))).toMatchObject({ message: 'm10' });
  });

  it('are combined when each comes within ten minutes of the one before', () => {
    const correlator = harness();
    for (let i = 1; i <= 9; i += 1) correlator.correlate(event(`m${i}`), at(i * 599));
    expect(correlator.correlate(event('m10'), at(10 * 599))?.message).toContain('combined');
  });
});

describe('too many events', () => {
  it('about one object are cut off after 25, one more every five minutes', () => {
    const correlator = harness();
    const passed = (count: number, seconds: number) =>
      Array.from({ length: count }, () => correlator.correlate(event('a'), at(seconds))).filter(Boolean)
        .length;
    expect(passed(40, 0)).toBe(25);
    expect(passed(5, 299)).toBe(0);
    expect(passed(5, 300)).toBe(1);
    expect(passed(5, 900)).toBe(2);
  });

  it('are counted all the same, so that counts jump', () => {
    const correlator = harness();
    for (let i = 0; i < 40; i += 1) correlator.correlate(event('a'), at(0));
    expect(correlator.correlate(event('a'), at(300))?.count).toBe(41);
  });

  it('about one object leave others and other types alone', () => {
    const correlator = harness();
    for (let i = 0; i < 40; i += 1) correlator.correlate(event('a'), at(0));
    expect(correlator.correlate(event('a'), at(0))).toBeUndefined();
    expect(correlator.correlate(event('a', { type: 'Normal' }), at(0))).toBeDefined();
    const object = { ...event('').object, uid: 'u2' };
    expect(correlator.correlate(event('a', { object }), at(0))).toBeDefined();
  });

  it('never pass in greater number than burst and refill allow, whatever the times', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 120 }), (pauses) => {
        const correlator = harness();
        let seconds = 0;
        let passed = 0;
        for (const pause of pauses) {
          seconds += pause;
          if (correlator.correlate(event('a'), at(seconds)) !== undefined) passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(25 + Math.floor(seconds / 300));
      }),
    );
  });
});

it('forgets what was seen longest ago beyond its bound', () => {
  const correlator = harness({ ...defaultCorrelation, cacheMax: 2 });
  correlator.correlate(event('a'), at(0));
  correlator.correlate(event('b'), at(0));
  correlator.correlate(event('a'), at(0));
  correlator.correlate(event('c'), at(0));
  expect(correlator.correlate(event('a'), at(0))?.count).toBe(3);
  expect(correlator.correlate(event('b'), at(0))?.count).toBe(1);
});

describe('names of events', () => {
  it('are those of the object with the time in hexadecimal nanoseconds, each once', () => {
    const clock = new TestClock(1_700_000_000_000);
    const names = createEventNames(clock, { next: () => 0, uuid: () => '' });
    const made = Array.from({ length: 1000 }, () => names('web'));
    expect(made[0]).toBe(`web.${(1_700_000_000_000_000_000n).toString(16)}`);
    expect(new Set(made).size).toBe(1000);
  });

  it('stay within the length of a name', () => {
    const names = createEventNames(new TestClock(), { next: () => 0.5, uuid: () => '' });
    expect(names('x'.repeat(253)).length).toBeLessThanOrEqual(253);
  });
});
