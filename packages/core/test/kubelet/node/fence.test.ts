import { describe, expect, it } from 'vitest';
import { fencingAnnotation } from '../../../src/api/fencing.ts';
import type { StoredPod, Toleration } from '../../../src/api/pod.ts';
import { fenceTimes } from '../../../src/kubelet/node/fence-times.ts';
import { NodeRig } from './node-rig.ts';

const seconds = (tolerationSeconds: number | undefined): readonly Toleration[] => [
  {
    key: 'node.kubernetes.io/unreachable',
    operator: 'Exists',
    effect: 'NoExecute',
    ...(tolerationSeconds !== undefined && { tolerationSeconds }),
  },
];

function podOf(
  name: string,
  tolerations: readonly Toleration[],
  spec: Partial<StoredPod['spec']> = {},
): StoredPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { containers: [{ name: 'main', image: 'app' }], tolerations, ...spec },
  };
}

describe('the time at which a pod is stopped', () => {
  const sidecar = { name: 's', image: 'app', restartPolicy: 'Always' as const };

  it.each<[string, StoredPod, number, { readonly beginMs: number; readonly graceMs: number } | undefined]>([
    [
      'leaves all of its grace period where there is time',
      podOf('a', seconds(300)),
      50_000,
      { beginMs: 265_500, graceMs: 30_000 },
    ],
    [
      'leaves a quarter of the time where there is little',
      podOf('a', []),
      50_000,
      { beginMs: 29_875, graceMs: 10_625 },
    ],
    [
      'leaves each sidecar its seconds',
      podOf('a', [], { initContainers: [sidecar, sidecar] }),
      50_000,
      { beginMs: 25_875, graceMs: 10_625 },
    ],
    ['never comes for a pod that is never replaced', podOf('a', seconds(undefined)), 50_000, undefined],
    [
      'never comes for one that tolerates everything',
      podOf('a', [{ operator: 'Exists' }]),
      50_000,
      undefined,
    ],
    ['is at once where there is no time at all', podOf('a', []), 2000, { beginMs: 0, graceMs: 425 }],
  ])('%s', (_, pod, afterMs, times) => {
    expect(fenceTimes(pod, afterMs)).toEqual(times);
  });

  it('leaves the pod dead before 85 % of the time are over', () => {
    for (const grace of [0, 1, 5, 30, 600])
      for (const stay of [0, 1, 10, 300]) {
        const pod = podOf('a', seconds(stay), { terminationGracePeriodSeconds: grace });
        const { beginMs, graceMs } = fenceTimes(pod, 12_000) ?? { beginMs: 0, graceMs: 0 };
        expect(beginMs + graceMs + 2000).toBeLessThanOrEqual((12_000 + stay * 1000) * 0.85 + 1);
      }
  });
});

async function fencedRig() {
  const heartbeat = { leaseMs: 8000, renewMs: 2000, statusMs: 2000 };
  const rig = await new NodeRig({ heartbeat, fencedAfterMs: 12_000 }).start();
  rig.pods.push(podOf('hasty', []), podOf('patient', seconds(10)), podOf('stoic', seconds(undefined)));
  await rig.clock.advanceBy(20_000);
  return rig;
}

describe('a node that cannot renew its lease', () => {
  it('stops each pod in its own time, counted from the last renewal, and leaves those that are never replaced', async () => {
    await using rig = await fencedRig();
    const lastMs = rig.triesOf('Lease').at(-1) ?? 0;
    rig.broken.add('Lease');
    await rig.clock.advanceBy(60_000);
    const since = (name: string) => (rig.stopped.get(name)?.atMs ?? 0) - lastMs;
    expect(since('hasty')).toBeGreaterThanOrEqual(5650);
    expect(since('hasty')).toBeLessThanOrEqual(6650);
    expect(since('patient')).toBeGreaterThanOrEqual(12_025);
    expect(since('patient')).toBeLessThanOrEqual(13_025);
    expect(rig.stopped.has('stoic')).toBe(false);
    expect(rig.events.slice(1)).toEqual([
      'Warning NodeFenced: Node node-a cannot renew its lease: 1 pods are stopped before they are replaced',
      'Warning NodeFenced: Node node-a cannot renew its lease: 2 pods are stopped before they are replaced',
    ]);
    expect(rig.facts).toContain('node/node-a fenced {"node":"node-a","pods":2}');
    expect(rig.warnings).toContain('pods fenced: the lease cannot be renewed');
  });

  it('lets them run again with the first renewal after they have ended', async () => {
    await using rig = await fencedRig();
    rig.broken.add('Lease');
    await rig.clock.advanceBy(60_000);
    rig.isAtRest = false;
    rig.broken.delete('Lease');
    await rig.clock.advanceBy(10_000);
    expect(rig.stopped.size).toBe(2);
    rig.isAtRest = true;
    await rig.clock.advanceBy(2100);
    expect(rig.stopped.size).toBe(0);
    expect(rig.events.at(-1)).toBe(
      'Normal NodeReleased: Node node-a renews its lease again: 2 pods run again, but those that were replaced',
    );
  });

  it('stops nothing because of one renewal that was lost', async () => {
    await using rig = await fencedRig();
    for (let i = 0; i < 20; i += 1) {
      rig.broken.add('Lease');
      await rig.clock.advanceBy(3000);
      rig.broken.delete('Lease');
      await rig.clock.advanceBy(3000);
    }
    expect(rig.stopped.size).toBe(0);
  });

  it('stops nothing any more once its agent is gone', async () => {
    await using rig = await fencedRig();
    await rig.agent.detach();
    await rig.clock.advanceBy(60_000);
    expect(rig.stopped.size).toBe(0);
    expect(rig.clock.pending).toBe(0);
  });

  it('stops nothing where that was not asked for', async () => {
    await using rig = await new NodeRig().start();
    rig.pods.push(podOf('hasty', []));
    rig.broken.add('Lease');
    await rig.clock.advanceBy(600_000);
    expect(rig.stopped.size).toBe(0);
  });
});

describe('the promise of an agent', () => {
  it('is in the object of its node, and goes with an agent that does not give it', async () => {
    await using rig = await new NodeRig({ profile: { annotations: { [fencingAnnotation]: '12' } } }).start();
    expect((await rig.node())?.metadata.annotations).toEqual({ [fencingAnnotation]: '12' });
    rig.forgetPromise();
    await rig.startAnew();
    expect((await rig.node())?.metadata.annotations).toEqual({});
  });
});
