import { describe, expect, it } from 'vitest';
import { fc } from '../../../../test/support/fast-check.ts';
import { formatTime, type ObjectMeta } from '../../src/api/meta.ts';
import type { Pod, PodPhase } from '../../src/api/pod.ts';
import { decideDeletion, decidePodDeletion, isDeletionComplete } from '../../src/store/pod-deletion.ts';

const nowMs = Date.UTC(2026, 0, 1);
const at = (seconds: number) => formatTime(nowMs + seconds * 1000);

function pod(options: { meta?: ObjectMeta; tgps?: number; nodeName?: string; phase?: PodPhase } = {}): Pod {
  const { meta = {}, tgps, nodeName = 'node-a', phase } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', generation: 1, ...meta },
    spec: {
      containers: [],
      nodeName,
      ...(tgps === undefined ? {} : { terminationGracePeriodSeconds: tgps }),
    },
    ...(phase === undefined ? {} : { status: { phase } }),
  };
}

const deleting = (inSeconds: number, grace: number): ObjectMeta => ({
  deletionTimestamp: at(inSeconds),
  deletionGracePeriodSeconds: grace,
});
const marked = (seconds: number, grace: number, generation?: number) => ({
  kind: 'mark',
  metadata: {
    deletionTimestamp: at(seconds),
    deletionGracePeriodSeconds: grace,
    ...(generation === undefined ? {} : { generation }),
  },
});

describe('deleting a pod', () => {
  it.each([
    ["takes the pod's own grace period", pod({ tgps: 30 }), undefined, marked(30, 30, 2)],
    ['takes the grace period of the request', pod({ tgps: 30 }), 5, marked(5, 5, 2)],
    ['may take longer than the pod says', pod({ tgps: 30 }), 90, marked(90, 90, 2)],
    ['treats a negative grace period as 1 s', pod({ tgps: 30 }), -1, marked(1, 1, 2)],
    ["treats a negative grace period of the pod's own as 1 s", pod({ tgps: -5 }), undefined, marked(1, 1, 2)],
    ['removes at once with grace 0', pod({ tgps: 30 }), 0, { kind: 'remove' }],
    ['removes a pod that is bound to no node', pod({ tgps: 30, nodeName: '' }), 30, { kind: 'remove' }],
    ['removes a pod that succeeded', pod({ tgps: 30, phase: 'Succeeded' }), undefined, { kind: 'remove' }],
    ['removes a pod that failed', pod({ tgps: 30, phase: 'Failed' }), 30, { kind: 'remove' }],
    [
      'is pending when asked again without a grace period',
      pod({ meta: deleting(30, 30) }),
      undefined,
      { kind: 'pending' },
    ],
    ['is pending when asked for the same again', pod({ meta: deleting(30, 30) }), 30, { kind: 'pending' }],
    ['cannot be put off', pod({ meta: deleting(10, 30) }), 60, { kind: 'pending' }],
    [
      'can be brought forward, counted from the first request',
      pod({ meta: deleting(20, 30) }),
      15,
      marked(5, 15),
    ],
    ['leaves 1 s when the earlier moment is past', pod({ meta: deleting(5, 30) }), 10, marked(1, 1)],
    ['is confirmed by grace 0', pod({ meta: deleting(30, 30) }), 0, { kind: 'remove' }],
    ['is finished when it was left half done', pod({ meta: deleting(0, 0) }), 30, { kind: 'remove' }],
  ])('%s', (_, object, gracePeriodSeconds, wanted) => {
    expect(decidePodDeletion(object, gracePeriodSeconds, nowMs)).toEqual(wanted);
  });

  it('never lets the end move later, whatever is asked for how often', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.array(fc.record({ grace: fc.option(fc.integer({ min: -5, max: 200 })), waitS: fc.nat(20) })),
        (tgps, requests) => {
          let current = pod({ tgps });
          let clockMs = nowMs;
          for (const { grace, waitS } of [{ grace: null, waitS: 0 }, ...requests]) {
            clockMs += waitS * 1000;
            const deletion = decidePodDeletion(current, grace ?? undefined, clockMs);
            if (deletion.kind === 'remove') return;
            if (deletion.kind === 'pending') continue;
            const before = current.metadata.deletionTimestamp;
            const after = deletion.metadata.deletionTimestamp ?? '';
            // One exception is wanted: an end that has passed without the agent's word becomes one second from now.
            if (before !== undefined && after > before) expect(after).toBe(formatTime(clockMs + 1000));
            current = { ...current, metadata: { ...current.metadata, ...deletion.metadata } };
          }
        },
      ),
    );
  });
});

describe('finalizers', () => {
  const finalizers = ['example.com/wait'];

  it('keep an object that would be removed, marked', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', finalizers } };
    expect(decideDeletion(object, {}, nowMs)).toEqual(marked(0, 0));
    const again = { ...object, metadata: { ...object.metadata, ...deleting(0, 0) } };
    expect(decideDeletion(again, {}, nowMs)).toEqual({ kind: 'pending' });
  });

  it('keep a pod whose agent has confirmed', () => {
    const object = pod({ meta: { ...deleting(30, 30), finalizers } });
    expect(decideDeletion(object, { gracePeriodSeconds: 0 }, nowMs)).toEqual({
      kind: 'mark',
      metadata: { deletionGracePeriodSeconds: 0 },
    });
  });

  it.each([
    ['not marked', {}, false],
    ['marked, with time to go', deleting(30, 30), false],
    ['marked and confirmed', deleting(0, 0), true],
    ['marked and confirmed, with a finalizer', { ...deleting(0, 0), finalizers }, false],
  ])('an object that is %s', (_, meta, complete) => {
    expect(isDeletionComplete(pod({ meta }))).toBe(complete);
  });
});
