import { describe, expect, test } from 'vitest';
import type { ApiObject } from '../../src/api/meta.ts';
import type { Pod } from '../../src/api/pod.ts';
import { parseReference, type WaitCondition, type WaitOptions, waitFor } from '../../src/cluster/wait-for.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { createObjectStore } from '../../src/store/object-store.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

let count = 0;
const random = { next: () => 0.5, uuid: () => `uid-${++count}` };

function scene() {
  const clock = new TestClock();
  const objects = createObjectStore({ store: createMemoryStore(), clock, random });
  const wait = (condition: WaitCondition, options?: WaitOptions) =>
    waitFor(objects, clock, 'Pod/default/web', condition, options);
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { containers: [] },
  };
  const setStatus = (status: object) =>
    objects.patchWith('Pod', 'default', 'web', (now) => ({ ...now, status }), { subresource: 'status' });
  return { clock, objects, wait, pod, setStatus };
}

describe('waiting', () => {
  test.each(['ReplicaSet', 'ReplicationController'] as const)(
    'for a %s to be available ends when all pods are that are wanted now',
    async (kind) => {
      const { clock, objects } = scene();
      const metadata = { name: 'web', namespace: 'default' };
      const set = {
        apiVersion: kind === 'ReplicaSet' ? 'apps/v1' : 'v1',
        kind,
        metadata,
        spec: { replicas: 2 },
      };
      await objects.create(set);
      let isOver = false;
      const over = waitFor(objects, clock, `${kind}/default/web`, 'Available').then(() => {
        isOver = true;
      });
      const report = async (status: { observedGeneration: number; availableReplicas: number }) => {
        const change = (now: ApiObject) => ({ ...now, status: { replicas: 2, ...status } });
        await objects.patchWith<string>(kind, 'default', 'web', change, { subresource: 'status' });
        await clock.advanceBy(1000);
      };
      await report({ observedGeneration: 1, availableReplicas: 1 });
      await report({ observedGeneration: 0, availableReplicas: 2 });
      expect(isOver).toBe(false);
      await report({ observedGeneration: 1, availableReplicas: 2 });
      await over;
    },
  );

  test('ends when the condition holds, be it now or later', async () => {
    const { clock, objects, wait, pod, setStatus } = scene();
    const running = wait('phase=Running');
    await objects.create(pod);
    await clock.advanceBy(1000);
    await setStatus({ phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] });
    await clock.advanceBy(1000);
    expect(await running).toMatchObject({ status: { phase: 'Running' } });
    const ready = wait('Ready');
    await clock.advanceBy(1000);
    await setStatus({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
    await clock.advanceBy(1000);
    expect(await ready).toBeDefined();
    expect(await wait('Ready')).toBeDefined();
  });

  test('looks into the namespace default where none is named, and into no other', async () => {
    const { clock, objects, pod } = scene();
    await objects.create({ ...pod, metadata: { name: 'web', namespace: 'other' } });
    let isGone = false;
    await waitFor(objects, clock, 'Pod/web', 'deleted').then(() => {
      isGone = true;
    });
    expect(isGone).toBe(true);
    expect(parseReference('Pod/web')).toEqual({ kind: 'Pod', namespace: 'default', name: 'web' });
    expect(parseReference('Node/a')).toEqual({ kind: 'Node', namespace: undefined, name: 'a' });
  });

  test('for a deletion ends at once for what was never there', async () => {
    expect(await scene().wait('deleted')).toBeUndefined();
  });

  test('may ask a question of one’s own, also about an object that is gone', async () => {
    const { clock, objects, wait, pod } = scene();
    await objects.create(pod);
    const asked: unknown[] = [];
    const gone = wait((object) => {
      asked.push(object?.metadata.name);
      return object === undefined;
    });
    await clock.advanceBy(1000);
    await objects.delete('Pod', 'default', 'web', { gracePeriodSeconds: 0 });
    await clock.advanceBy(1000);
    await gone;
    expect([asked[0], asked.at(-1)]).toEqual(['web', undefined]);
  });

  test('ends with the time or with the signal', async () => {
    const { clock, wait } = scene();
    const late = expect(wait('Ready', { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: 'waiting for Pod/default/web (not there) to be Ready did not finish within 5000 ms',
    });
    await clock.advanceBy(6000);
    await late;
    const controller = new AbortController();
    const given = expect(wait('Ready', { signal: controller.signal })).rejects.toThrow('enough');
    controller.abort(new Error('enough'));
    await clock.advanceBy(0);
    await given;
    expect(clock.pending).toBe(0);
  });

  test('says what it last saw, when the time is over', async () => {
    const { clock, objects, wait, pod, setStatus } = scene();
    await objects.create(pod);
    const unready = { type: 'Ready', status: 'False', reason: 'ContainersNotReady' };
    await setStatus({ phase: 'Running', conditions: [{ type: 'Initialized', status: 'True' }, unready] });
    const late = expect(wait('Redy', { timeoutMs: 5000 })).rejects.toThrow(
      'waiting for Pod/default/web (phase=Running, Initialized=True, Ready=False: ContainersNotReady) to be Redy did not',
    );
    await clock.advanceBy(6000);
    await late;
  });

  test('takes conditions in capitals or not, as kubectl does', async () => {
    const { objects, wait, pod, setStatus } = scene();
    await objects.create(pod);
    await setStatus({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
    expect(await wait('ready')).toBeDefined();
  });

  test.each<[unknown, string]>([
    ['', 'waitFor: unknown condition "": must be'],
    [undefined, 'waitFor: unknown condition undefined: must be'],
    ['condition=Ready', 'waitFor: unknown condition "condition=Ready": must be'],
    ['phase=Succeded', 'waitFor: unknown phase "Succeded" (did you mean "Succeeded"?): must be one of'],
  ])('refuses the condition %o, which nothing fulfils', async (condition, message) => {
    await expect(scene().wait(condition as string)).rejects.toThrow(message);
  });

  test('refuses a test that is async: a promise is never false', async () => {
    const isMet = (async () => false) as unknown as () => boolean;
    await expect(scene().wait(isMet)).rejects.toThrow('the test of waitFor must not be async');
  });

  test.each(['', 'Pod', 'Pod//web', 'Pod/a/', 'Pod/a/b/c', '/default/web'])(
    'refuses the reference %o',
    (reference) => {
      expect(() => parseReference(reference)).toThrow(expect.objectContaining({ code: 'INVALID' }));
    },
  );
});
