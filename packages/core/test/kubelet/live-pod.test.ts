import { describe, expect, it } from 'vitest';
import type { StoredPod } from '../../src/api/pod.ts';
import { type ErrorCode, MooringError } from '../../src/contract/error.ts';
import { removePod } from '../../src/kubelet/live-pod.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const pod = { metadata: { namespace: 'default', name: 'web', uid: 'uid-one' } } as StoredPod;

/** A store that refuses to delete, and has this pod under the name then. */
function refusing(code: ErrorCode, liveUID: string | undefined): Pick<ObjectStore, 'delete' | 'get'> {
  const live = liveUID === undefined ? undefined : { metadata: { ...pod.metadata, uid: liveUID } };
  return {
    delete: () => Promise.reject(new MooringError(code, 'no')),
    get: async () => live,
  } as unknown as Pick<ObjectStore, 'delete' | 'get'>;
}

describe('the end of a pod', () => {
  const { signal } = new AbortController();
  const clock = new TestClock();

  it.each([
    ['is gone already', 'NOT_FOUND', undefined],
    ['was deleted meanwhile', 'CONFLICT', undefined],
    ['was replaced by another one', 'CONFLICT', 'uid-two'],
  ] as const)('has come when it %s, as soon as that is heard of too', async (_, code, liveUID) => {
    const record = { pod, isRemoved: false };
    let isOver = false;
    const removing = removePod(clock, refusing(code, liveUID), record, signal).then(() => {
      isOver = true;
    });
    await clock.advanceBy(60_000);
    expect(isOver).toBe(false);
    record.isRemoved = true;
    await clock.advanceBy(1000);
    await removing;
  });

  it.each([
    ['others keep changing it', 'CONFLICT'],
    ['nobody knows', 'OUTCOME_UNKNOWN'],
  ] as const)('has not come when %s', async (_, code) => {
    const removing = removePod(clock, refusing(code, 'uid-one'), { pod, isRemoved: true }, signal);
    await expect(removing).rejects.toMatchObject({ code });
  });
});
