import { describe, expect, it } from 'vitest';
import { podChange, servicesToUpdate } from '../../../src/controller/endpoints/pod-change.ts';
import { type PodOptions, pod } from './scene.ts';

describe('a change of a pod', () => {
  const cases: readonly { name: string; to: PodOptions; want: 'pod' | 'labels' | 'nothing' }[] = [
    { name: 'readiness', to: { isReady: false }, want: 'pod' },
    {
      name: 'the start of a deletion',
      to: { metadata: { name: 'web-0', labels: { app: 'web' }, deletionTimestamp: '2024-01-01T00:00:00Z' } },
      want: 'pod',
    },
    {
      name: 'the end, without having been ready before',
      to: { isReady: false, status: { phase: 'Failed' } },
      want: 'pod',
    },
    { name: 'another address', to: { status: { podIPs: [{ ip: '10.9.9.9' }] } }, want: 'pod' },
    {
      name: 'a second address',
      to: { status: { podIPs: [{ ip: '10.0.0.0' }, { ip: 'fd00::1' }] } },
      want: 'pod',
    },
    { name: 'a label', to: { metadata: { labels: { app: 'web', tier: 'front' } } }, want: 'labels' },
    { name: 'the host name', to: { spec: { hostname: 'a' } }, want: 'labels' },
    { name: 'the subdomain', to: { spec: { subdomain: 'a' } }, want: 'labels' },
    {
      name: 'an annotation',
      to: { metadata: { labels: { app: 'web' }, annotations: { a: 'b' } } },
      want: 'nothing',
    },
    { name: 'the phase, from Pending to Running', to: { status: { phase: 'Pending' } }, want: 'nothing' },
    {
      name: 'restarts',
      to: { status: { containerStatuses: [{ name: 'main', restartCount: 3 }] } },
      want: 'nothing',
    },
  ];
  it.each(cases)('of $name concerns: $want', ({ to, want }) => {
    const change = podChange(pod(0), pod(0, to));
    expect(change.isPodChanged).toBe(want === 'pod');
    expect(change.areLabelsChanged).toBe(want === 'labels');
  });
});

describe('the Services that have to be looked at', () => {
  it('are those that the pod joined or left, when only its labels changed', () => {
    expect(servicesToUpdate(['a', 'b'], ['b', 'c'], false)).toEqual(['a', 'c']);
  });
  it('are all of them, each once, when the pod changed', () => {
    expect(servicesToUpdate(['a', 'b'], ['b', 'c'], true)).toEqual(['a', 'b', 'c']);
  });
});
