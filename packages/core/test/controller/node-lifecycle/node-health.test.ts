import { describe, expect, it } from 'vitest';
import type { Lease, NodeObject } from '../../../src/api/objects.ts';
import {
  isLost,
  isSuspect,
  type NodeHealth,
  observe,
  readSigns,
  signsAnnotation,
  signsOf,
  silenceMs,
  storedSigns,
  unknownConditions,
} from '../../../src/controller/node-lifecycle/node-health.ts';
import { defaultNodeLifecycle } from '../../../src/controller/node-lifecycle/settings.ts';

const noon = Date.UTC(2026, 0, 1, 12);
/** The monotonic clock has nothing to do with the time of day. */
const at = (seconds: number) => ({ wallMs: noon + seconds * 1000, monotonicMs: 5_000_000 + seconds * 1000 });

function nodeOf(
  heartbeat: string | undefined,
  annotations: Readonly<Record<string, string>> = {},
): NodeObject {
  const condition = { type: 'Ready', status: 'True', lastHeartbeatTime: heartbeat ?? '' } as const;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', creationTimestamp: '2026-01-01T11:59:50Z', annotations },
    status: { conditions: heartbeat === undefined ? [] : [condition] },
  };
}

function leaseOf(renewTime: string, resourceVersion = '2'): Lease {
  const metadata = { name: 'n1', namespace: 'kube-node-lease', resourceVersion };
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: { renewTime } };
}

const node = nodeOf('2026-01-01T11:59:00Z');
const lease = leaseOf('2026-01-01T11:59:30Z', '1');

describe('a sign of life', () => {
  const first = observe(undefined, { node, lease }, at(0));

  it.each<[string, NodeObject, Lease | undefined, boolean]>([
    ['nothing new', node, lease, false],
    ['a later renewal', node, leaseOf('2026-01-01T11:59:40Z'), true],
    ['an earlier renewal, by a clock that was set back', node, leaseOf('2026-01-01T11:59:20Z'), true],
    ['a renewal of before, by a cache that is behind', node, leaseOf('2026-01-01T11:59:20Z', '0'), false],
    ['a lease that is gone', node, undefined, false],
    ['another heartbeat, be it earlier', nodeOf('2026-01-01T11:58:00Z'), lease, true],
    [
      'the same lease, written anew by somebody',
      node,
      { ...lease, metadata: { ...lease.metadata, labels: {}, resourceVersion: '2' } },
      false,
    ],
  ])('is %s or is none', (_, seenNode, seenLease, isSign) => {
    const health = observe(first, { node: seenNode, lease: seenLease }, at(20));
    expect(silenceMs(health, at(20))).toBe(isSign ? 0 : 20_000);
  });

  it('counts once, also when a cache that is behind shows it after the store did', () => {
    const renewed = leaseOf('2026-01-01T11:59:40Z');
    const seen = [lease, renewed].reduce(
      (health, now, i) => observe(health, { node, lease: now }, at(20 + i * 10)),
      observe(first, { node, lease: renewed }, at(10)),
    );
    expect(silenceMs(seen, at(30))).toBe(20_000);
  });

  it('is not what this controller wrote itself', () => {
    const silent = nodeOf(undefined);
    const before = observe(undefined, { node: silent, lease: undefined }, at(0));
    expect(silenceMs(before, at(0))).toBe(10_000);
    const conditions = unknownConditions(silent, noon) ?? [];
    const after = observe(before, { node: { ...silent, status: { conditions } }, lease: undefined }, at(5));
    expect(silenceMs(after, at(5))).toBe(15_000);
  });
});

describe('a node', () => {
  const health: NodeHealth = { signs: {}, leaseVersion: 0, seenAtMs: at(0).monotonicMs };

  it.each([
    [20, false, false],
    [20.1, true, false],
    [50, true, false],
    [50.1, true, true],
  ])('after %d s of silence is suspect: %s, lost: %s', (seconds, suspect, lost) => {
    expect(isSuspect(health, at(seconds), defaultNodeLifecycle)).toBe(suspect);
    expect(isLost(node, health, at(seconds), defaultNodeLifecycle)).toBe(lost);
  });

  it('that never said how it is has 60 s from its creation', () => {
    const silent = nodeOf(undefined);
    const seen = observe(undefined, { node: silent, lease: undefined }, at(0));
    expect(isLost(silent, seen, at(50), defaultNodeLifecycle)).toBe(false);
    expect(isLost(silent, seen, at(50.1), defaultNodeLifecycle)).toBe(true);
  });
});

describe('the note of the last sign of life', () => {
  const health = observe(undefined, { node, lease }, at(0));
  const note = JSON.stringify(storedSigns(health, at(30)));
  const noted = nodeOf('2026-01-01T11:59:00Z', { [signsAnnotation]: note });

  it('lets another controller go on counting, on a clock of its own', () => {
    const later = { wallMs: noon + 40_000, monotonicMs: 7 };
    expect(silenceMs(observe(undefined, { node: noted, lease }, later), later)).toBe(40_000);
  });

  it.each<[string, NodeObject, Lease]>([
    ['the lease was renewed since', noted, leaseOf('2026-01-01T12:00:35Z')],
    [
      'the status was written since',
      { ...noted, ...nodeOf('2026-01-01T12:00:35Z', noted.metadata.annotations) },
      lease,
    ],
    [
      'somebody else has written there',
      nodeOf('2026-01-01T11:59:00Z', { [signsAnnotation]: '{"seen":5}' }),
      lease,
    ],
    ['it is no JSON', nodeOf('2026-01-01T11:59:00Z', { [signsAnnotation]: 'yesterday' }), lease],
    ['it is null', nodeOf('2026-01-01T11:59:00Z', { [signsAnnotation]: 'null' }), lease],
  ])('does not count when %s', (_, seenNode, seenLease) => {
    expect(silenceMs(observe(undefined, { node: seenNode, lease: seenLease }, at(40)), at(40))).toBe(0);
  });

  it('from the future, by a clock that was ahead, is of now', () => {
    expect(silenceMs(observe(undefined, { node: noted, lease }, at(-10)), at(-10))).toBe(0);
  });

  it('is read as it was written', () => {
    expect(readSigns(note)).toEqual({ seen: '2026-01-01T12:00:00.000Z', ...signsOf(node, lease) });
  });
});
