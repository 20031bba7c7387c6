import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/engine/abortable.ts';
import type { BucketEntry, NatsBucket } from '../../src/store/nats-bucket.ts';
import { writeConditionally } from '../../src/store/nats-write.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const timedOut = Object.assign(new Error('TIMEOUT'), { code: 'TIMEOUT' });
const refused = Object.assign(new Error('wrong last sequence: 9'), { api_error: { err_code: 10071 } });

function entry(revision: number, writeId: string, prev: number): BucketEntry {
  return { revision, isDeleted: false, writeId, write: { v: 1, writeId, prev, value: {} } };
}

/** What became of a write over revision 5, while others brought the key to revision 9. */
async function outcomeOf(answer: Error, firstAfter: BucketEntry) {
  const clock = new TestClock();
  const bucket = {
    publish: () => Promise.reject(answer),
    read: async () => entry(9, 'theirs', 8),
    readAfter: async () => firstAfter,
  };
  const ports = {
    bucket: bucket as unknown as NatsBucket,
    // The bucket above publishes nothing.
    clock,
    random: { next: () => 0.5, uuid: () => '' },
    pause: (ms: number) => sleep(clock, ms),
    onFull: () => {},
  };
  const write = { subject: '$KV.b.a.b', expected: 5, writeId: 'ours', payload: () => undefined };
  const settled = writeConditionally(ports, write).then(
    (outcome) => outcome.kind,
    (error: { readonly code: string }) => error.code,
  );
  await clock.advanceBy(1000);
  return await settled;
}

describe('a write without an answer, of a key that others have written since', () => {
  it('was written when it is the one that replaced what it expected', async () => {
    expect(await outcomeOf(timedOut, entry(6, 'ours', 5))).toBe('written');
  });

  it('was refused when another one replaced that', async () => {
    expect(await outcomeOf(timedOut, entry(6, 'theirs', 5))).toBe('refused');
  });

  it('is unknown when nobody keeps what replaced that', async () => {
    expect(await outcomeOf(timedOut, entry(8, 'theirs', 7))).toBe('OUTCOME_UNKNOWN');
  });

  it('is refused at once when that is the answer', async () => {
    expect(await outcomeOf(refused, entry(6, 'theirs', 7))).toBe('refused');
  });
});
