import { describe, expect, it } from 'vitest';
import type { Endpoint, EndpointSlice } from '../../../src/api/network.ts';
import { listedPodIndex, listedPodIndices } from '../../../src/kubelet/proxy/endpoint-indices.ts';
import { usableBackends } from '../../../src/kubelet/proxy/usable-endpoints.ts';
import { endpoint, slice } from './proxy-objects.ts';

const ready = endpoint('10.0.0.1');
const unready = endpoint('10.0.0.2', { conditions: { ready: false, serving: false, terminating: false } });
const leaving = endpoint('10.0.0.3', { conditions: { ready: false, serving: true, terminating: true } });
const failing = endpoint('10.0.0.4', { conditions: { ready: false, serving: false, terminating: true } });
const unsaid = endpoint('10.0.0.5', { conditions: {} });
const publishedAnyway = endpoint('10.0.0.6', {
  conditions: { ready: true, serving: false, terminating: false },
});
const elsewhere = endpoint('10.0.0.7', { nodeName: 'node-b' });
const leavingElsewhere = endpoint('10.0.0.8', { ...leaving, addresses: ['10.0.0.8'], nodeName: 'node-b' });

const table: readonly {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  readonly nodes?: readonly string[];
  readonly want: readonly string[];
}[] = [
  { name: 'those that are ready', endpoints: [ready, unready, leaving, failing], want: ['10.0.0.1'] },
  { name: 'what is not said counts as ready', endpoints: [unsaid], want: ['10.0.0.5'] },
  { name: 'published although it is not ready', endpoints: [publishedAnyway], want: ['10.0.0.6'] },
  {
    name: 'none ready: those that leave and still serve',
    endpoints: [unready, leaving, failing],
    want: ['10.0.0.3'],
  },
  { name: 'none at all', endpoints: [unready, failing], want: [] },
  { name: 'only local ones', endpoints: [ready, elsewhere], nodes: ['node-a'], want: ['10.0.0.1'] },
  { name: 'no local one', endpoints: [elsewhere], nodes: ['node-a'], want: [] },
  {
    name: 'no local one ready, and a local one that leaves',
    endpoints: [leaving, leavingElsewhere, elsewhere],
    nodes: ['node-a'],
    want: ['10.0.0.3'],
  },
  { name: 'an endpoint without an address', endpoints: [{ ...ready, addresses: [] }], want: [] },
];

describe('usable endpoints', () => {
  it.each(table)('$name', ({ endpoints, nodes, want }) => {
    const choice = { portName: 'http', ...(nodes && { nodes: new Set(nodes) }) };
    expect(usableBackends([slice('web', endpoints)], choice).map(({ host }) => host)).toEqual(want);
  });

  it('are on this machine where they have loopback addresses', () => {
    const addresses = ['127.0.0.9', '10.0.0.9', '::1'];
    const endpoints = ['node-a', 'node-b', undefined].flatMap((nodeName, i) =>
      addresses.map((address) => {
        const { nodeName: _, ...rest } = endpoint(address);
        return { ...rest, addresses: [address.replace(/\.9$/, `.${i}`)], ...(nodeName && { nodeName }) };
      }),
    );
    const choice = { portName: 'http', isElsewhere: (node: string) => node === 'node-b' };
    expect(usableBackends([slice('web', endpoints)], choice).map(({ host }) => host)).toEqual([
      ...['127.0.0.0', '10.0.0.0', '::1'],
      ...['10.0.0.1'],
      ...['127.0.0.2', '10.0.0.2'],
    ]);
  });

  it('are those of all slices, each once', () => {
    const slices = [slice('web', [ready]), slice('web', [ready, unsaid], { name: 'web-2' })];
    expect(usableBackends(slices, { portName: 'http' })).toEqual([
      { host: '10.0.0.1', port: 8080, podUID: 'uid-10.0.0.1' },
      { host: '10.0.0.5', port: 8080, podUID: 'uid-10.0.0.5' },
    ]);
  });

  it('have the port that each slice gives to the name', () => {
    const other: EndpointSlice = {
      ...slice('web', [unsaid], { name: 'web-2' }),
      ports: [{ name: 'http', port: 9090 }],
    };
    const udp: EndpointSlice = {
      ...slice('web', [ready]),
      ports: [{ name: 'http', port: 53, protocol: 'UDP' }],
    };
    const names: EndpointSlice = { ...slice('web', [ready]), addressType: 'FQDN' };
    const portless: EndpointSlice = { ...slice('web', [ready]), ports: [{ name: 'http' }] };
    const backends = usableBackends([slice('web', [ready]), other, udp, names, portless], {
      portName: 'http',
    });
    expect(backends.map(({ host, port }) => `${host}:${port}`)).toEqual(['10.0.0.1:8080', '10.0.0.5:9090']);
    expect(usableBackends([slice('web', [ready])], { portName: '' })).toEqual([]);
  });
});

describe('slices', () => {
  it('are found by the pods that they list', () => {
    const found = slice('web', [
      ready,
      unready,
      leaving,
      { ...ready, targetRef: { kind: 'Pod', name: 'x' } },
    ]);
    expect(listedPodIndices[listedPodIndex]?.(found)).toEqual([
      'uid-10.0.0.1',
      'uid-10.0.0.2',
      'uid-10.0.0.3',
    ]);
  });
});
