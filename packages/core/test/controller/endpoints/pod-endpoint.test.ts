import { describe, expect, it } from 'vitest';
import {
  type AddressFamily,
  countsAsEndpoint,
  familiesOf,
  podEndpoint,
  podIPOf,
  podIPs,
} from '../../../src/controller/endpoints/pod-endpoint.ts';
import { node, type PodOptions, pod, service } from './scene.ts';

const deleted = { deletionTimestamp: '2024-01-01T00:01:00Z' };

describe('whether a pod counts', () => {
  const cases: readonly { name: string; options: PodOptions; want: 'yes' | 'terminating' | 'no' }[] = [
    { name: 'a running pod', options: {}, want: 'yes' },
    { name: 'one that is not ready', options: { isReady: false }, want: 'yes' },
    { name: 'one without a phase', options: { status: { phase: 'Unknown' } }, want: 'yes' },
    { name: 'one that succeeded', options: { status: { phase: 'Succeeded' } }, want: 'no' },
    { name: 'one that failed', options: { status: { phase: 'Failed' } }, want: 'no' },
    { name: 'one without an address', options: { status: { podIPs: [] } }, want: 'no' },
    {
      name: 'one with the old field alone',
      options: { status: { podIPs: [], podIP: '1.1.1.1' } },
      want: 'yes',
    },
    { name: 'one that is being deleted', options: { metadata: deleted }, want: 'terminating' },
    {
      name: 'one that failed while it was being deleted',
      options: { metadata: deleted, status: { phase: 'Failed' } },
      want: 'no',
    },
  ];
  it.each(cases)('$name: $want', ({ options, want }) => {
    const one = pod(0, options);
    expect(countsAsEndpoint(one, { includesTerminating: true })).toBe(want !== 'no');
    expect(countsAsEndpoint(one, { includesTerminating: false })).toBe(want === 'yes');
  });
});

describe('addresses', () => {
  const both = pod(0, { status: { podIPs: [{ ip: 'fd00::1' }, { ip: '10.0.0.1' }] } });

  it('are taken from the list, and from the single field where there is no list', () => {
    expect(podIPs(both)).toEqual(['fd00::1', '10.0.0.1']);
    expect(podIPs({ status: { podIP: '10.0.0.9' } })).toEqual(['10.0.0.9']);
    expect(podIPs({ status: { podIP: '' } })).toEqual([]);
    expect(podIPs({})).toEqual([]);
  });

  it('that are none are passed over: one pod must not keep all others from being published', () => {
    const nameless = [{}] as { readonly ip: string }[];
    expect(podIPs({ status: { podIPs: nameless, podIP: '10.0.0.9' } })).toEqual(['10.0.0.9']);
    expect(podIPs({ status: { podIPs: [{ ip: 'web' }, { ip: '10.0.0.1' }] } })).toEqual(['10.0.0.1']);
    expect(podIPs({ status: { podIP: '10.0.0' } })).toEqual([]);
  });

  it('have a family', () => {
    expect(podIPOf(both, 'IPv4')).toBe('10.0.0.1');
    expect(podIPOf(both, 'IPv6')).toBe('fd00::1');
    expect(podIPOf(pod(0), 'IPv6')).toBeUndefined();
  });

  const families: readonly { spec: object; want: readonly AddressFamily[] }[] = [
    { spec: {}, want: ['IPv4'] },
    { spec: { clusterIP: 'None' }, want: ['IPv4'] },
    { spec: { clusterIP: '10.96.0.1' }, want: ['IPv4'] },
    { spec: { clusterIP: 'fd00::1' }, want: ['IPv6'] },
    { spec: { clusterIP: '10.96.0.1', ipFamilies: ['IPv6', 'IPv4'] }, want: ['IPv6', 'IPv4'] },
    { spec: { ipFamilies: [] }, want: ['IPv4'] },
  ];
  it.each(families)('of the Service $spec are of $want', ({ spec, want }) => {
    expect(familiesOf(service(spec))).toEqual(want);
  });
});

describe('the endpoint of a pod', () => {
  const conditions = [
    {
      isReady: true,
      isDeleted: false,
      publishes: false,
      want: { ready: true, serving: true, terminating: false },
    },
    {
      isReady: false,
      isDeleted: false,
      publishes: false,
      want: { ready: false, serving: false, terminating: false },
    },
    {
      isReady: true,
      isDeleted: true,
      publishes: false,
      want: { ready: false, serving: true, terminating: true },
    },
    {
      isReady: false,
      isDeleted: true,
      publishes: false,
      want: { ready: false, serving: false, terminating: true },
    },
    {
      isReady: false,
      isDeleted: false,
      publishes: true,
      want: { ready: true, serving: false, terminating: false },
    },
    {
      isReady: true,
      isDeleted: true,
      publishes: true,
      want: { ready: true, serving: true, terminating: true },
    },
    {
      isReady: false,
      isDeleted: true,
      publishes: true,
      want: { ready: true, serving: false, terminating: true },
    },
  ];
  it.each(conditions)(
    'Ready $isReady, deleted $isDeleted, publishNotReadyAddresses $publishes: $want',
    ({ isReady, isDeleted, publishes, want }) => {
      const one = pod(0, { isReady, ...(isDeleted && { metadata: { namespace: 'default', ...deleted } }) });
      const endpoint = podEndpoint(one, service({ publishNotReadyAddresses: publishes }), undefined, 'IPv4');
      expect(endpoint?.conditions).toEqual(want);
    },
  );

  it('says whose it is and where', () => {
    const one = pod(3, { spec: { hostname: 'host-3', subdomain: 'web' } });
    expect(podEndpoint(one, service(), node('node-a', 'zone-1'), 'IPv4')).toEqual({
      addresses: ['10.0.0.3'],
      conditions: { ready: true, serving: true, terminating: false },
      hostname: 'host-3',
      nodeName: 'node-a',
      zone: 'zone-1',
      targetRef: { kind: 'Pod', namespace: 'default', name: 'web-3', uid: 'uid-web-3' },
    });
  });

  it('has no zone where the node has none, and no host name for another subdomain', () => {
    const one = pod(3, { spec: { hostname: 'host-3', subdomain: 'db' } });
    const endpoint = podEndpoint(one, service(), node('node-a'), 'IPv4');
    expect(endpoint).not.toHaveProperty('zone');
    expect(endpoint).not.toHaveProperty('hostname');
  });

  it('is none in a family of which the pod has no address', () => {
    expect(podEndpoint(pod(0), service(), undefined, 'IPv6')).toBeUndefined();
  });
});
