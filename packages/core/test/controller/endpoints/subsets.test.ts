import { describe, expect, it } from 'vitest';
import { canonicalSubsets, subsetsOf } from '../../../src/controller/endpoints/subsets.ts';
import { pod, pods, service } from './scene.ts';

const named = (containerPort: number) => ({ containers: [{ ports: [{ name: 'http', containerPort }] }] });

const inShort = (...args: Parameters<typeof subsetsOf>) =>
  subsetsOf(...args).map(({ addresses = [], notReadyAddresses = [], ports = [] }) => ({
    ready: addresses.map(({ ip }) => ip).join(' '),
    notReady: notReadyAddresses.map(({ ip }) => ip).join(' '),
    ports: ports.map(({ port }) => port).join(' '),
  }));

describe('subsets', () => {
  it('hold ready addresses apart from others, both sorted', () => {
    const some = [pod(2), pod(1, { isReady: false }), pod(0), pod(3, { isReady: false })];
    expect(inShort(service(), some)).toEqual([
      { ready: '10.0.0.0 10.0.0.2', notReady: '10.0.0.1 10.0.0.3', ports: '8080' },
    ]);
  });

  it('list all as ready for publishNotReadyAddresses', () => {
    const some = [pod(0), pod(1, { isReady: false })];
    expect(inShort(service({ publishNotReadyAddresses: true }), some)[0]?.ready).toBe('10.0.0.0 10.0.0.1');
  });

  it('put ports that the same pods offer together', () => {
    const ports = [
      { name: 'b', port: 81 },
      { name: 'a', port: 80 },
    ];
    expect(inShort(service({ ports }), pods(2))).toEqual([
      { ready: '10.0.0.0 10.0.0.1', notReady: '', ports: '80 81' },
    ]);
  });

  it('list a pod once for each set of pods that offers ports with it', () => {
    const ports = [
      { name: 'http', port: 80, targetPort: 'http' },
      { name: 'admin', port: 81 },
    ];
    const some = [pod(0, named(8080)), pod(1, named(9090)), pod(2)];
    expect(inShort(service({ ports }), some)).toEqual([
      { ready: '10.0.0.0 10.0.0.1 10.0.0.2', notReady: '', ports: '81' },
      { ready: '10.0.0.0', notReady: '', ports: '8080' },
      { ready: '10.0.0.1', notReady: '', ports: '9090' },
    ]);
  });

  it('leave out pods that offer no port, and are none without ports unless the Service is headless', () => {
    expect(inShort(service({ ports: [{ port: 80, targetPort: 'http' }] }), pods(2))).toEqual([]);
    expect(inShort(service({ ports: [] }), pods(2))).toEqual([]);
    expect(inShort(service({ ports: [], clusterIP: 'None' }), pods(2))).toEqual([
      { ready: '10.0.0.0 10.0.0.1', notReady: '', ports: '' },
    ]);
    expect(inShort(service({ ports: [], clusterIP: 'None' }), [])).toEqual([]);
  });

  it('are of the first family of the Service', () => {
    const one = pod(0, { status: { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] } });
    expect(inShort(service({ ipFamilies: ['IPv6', 'IPv4'] }), [one, pod(1)])).toEqual([
      { ready: 'fd00::1', notReady: '', ports: '8080' },
    ]);
  });

  it('have one form, in whatever order they were written', () => {
    const a = { ip: '10.0.0.1' };
    const b = { ip: '10.0.0.2' };
    const [p, q] = [{ port: 1 }, { port: 2 }];
    const one = canonicalSubsets([
      { addresses: [b, a], notReadyAddresses: [], ports: [q, p] },
      { addresses: [], ports: [p] },
      { notReadyAddresses: [a], ports: [p] },
    ]);
    const other = canonicalSubsets([
      { notReadyAddresses: [a], ports: [p] },
      { addresses: [a, b], ports: [p, q] },
    ]);
    expect(one).toEqual(other);
    expect(canonicalSubsets(undefined)).toEqual([]);
  });
});
