import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { decodeEnvelope, encodeMessage, messageBytesMax, sealEnvelope } from '../../src/bus/envelope.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const envelope = {
  v: 1,
  id: 'i',
  at: 1,
  from: 'pod/u1',
  type: 'container.exited',
  data: { code: 1 },
} as const;

describe('envelopes', () => {
  it('come back as they were sent, as an object, as text and as bytes', () => {
    const text = encodeMessage(envelope);
    for (const raw of [envelope, text, new TextEncoder().encode(text)])
      expect(decodeEnvelope(raw)).toEqual({ ok: true, value: envelope });
  });

  it('are written as any other JSON when they were made here', () => {
    const chance = { clock: new TestClock(), random: new SeededRandom(1) };
    const data = fc.oneof(
      fc.constant(undefined),
      fc.json().map((text): unknown => JSON.parse(text)),
    );
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), data, (id, from, type, value) => {
        const sealed = sealEnvelope(chance, { id, from, type, data: value });
        expect(encodeMessage(sealed)).toBe(JSON.stringify({ ...sealed }));
      }),
    );
  });

  it('are written the same however many senders there were before', () => {
    const chance = { clock: new TestClock(), random: new SeededRandom(1) };
    for (let i = 0; i < 5000; i += 1) {
      const text = encodeMessage(sealEnvelope(chance, { from: `pod/${i}`, type: 'pod.seen', data: i }));
      expect(JSON.parse(text)).toMatchObject({ from: `pod/${i}`, type: 'pod.seen', data: i });
    }
  });

  it.each([
    ['nothing', undefined, ': must be an object'],
    ['a list', [], 'must be an object'],
    ['text that is no JSON', '{', 'must be JSON'],
    ['another version', { ...envelope, v: 2 }, 'must be 1'],
    ['a missing field', { ...envelope, id: undefined }, 'Required value'],
    ['a field of the wrong type', { ...envelope, at: 'now' }, 'must be a number'],
    ['too much text', 'x'.repeat(messageBytesMax + 1), `at most ${messageBytesMax} bytes`],
  ])('refuse %s', (_, raw, words) => {
    const decoded = decodeEnvelope(raw);
    expect(decoded.ok ? '' : decoded.errors[0]?.message).toContain(words);
  });

  it('never throw, whatever comes in', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string(), fc.uint8Array(), fc.json()), (raw) => {
        decodeEnvelope(raw);
      }),
    );
  });
});
