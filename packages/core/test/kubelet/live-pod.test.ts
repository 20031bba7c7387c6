import { describe, expect, it } from 'vitest';
import type { StoredPod } from '../../src/api/pod.ts';
import { type ErrorCode, MooringError } from '../../src/contract/error.ts';
import { removePod } from '../../src/kubelet/live-pod.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';

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

  it.each([
    ['is gone already', 'NOT_FOUND', undefined],
    ['was deleted meanwhile', 'CONFLICT', undefined],
    ['was replaced by another one', 'CONFLICT', 'uid-two'],
  ] as const)('has come when it %s', async (_, code, liveUID) => {
    expect(await removePod(refusing(code, liveUID), pod, signal)).toBe(false);
  });

  it.each([
    ['others keep changing it', 'CONFLICT'],
    ['nobody knows', 'OUTCOME_UNKNOWN'],
  ] as const)('has not come when %s', async (_, code) => {
    await expect(removePod(refusing(code, 'uid-one'), pod, signal)).rejects.toMatchObject({ code });
  });
});
