import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEnvelope, encodeEnvelope, messageBytesMax } from '../../src/bus/envelope.ts';

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
    const text = encodeEnvelope(envelope);
    for (const raw of [envelope, text, new TextEncoder().encode(text)])
      expect(decodeEnvelope(raw)).toEqual({ ok: true, value: envelope });
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
