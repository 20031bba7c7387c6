import { describe, expect, it } from 'vitest';
import type { Json } from './pod-examples.ts';
import { objectComplaints, updateComplaints } from './workload-examples.ts';

const ipWords = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

function endpoints(subsets: readonly Json[]): Json {
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web' }, subsets };
}

function slice(fields: Json): Json {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1' },
    addressType: 'IPv4',
    endpoints: [],
    ...fields,
  };
}

describe('Endpoints', () => {
  it.each<[string, readonly Json[], readonly unknown[]]>([
    ['nobody', [], []],
    ['a process of this host', [{ addresses: [{ ip: '127.0.0.2', nodeName: 'node-a' }] }], []],
    [
      'an empty subset',
      [{}],
      ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
    ],
    [
      'mistakes in every part',
      [
        {
          addresses: [{ ip: '10.0.0', hostname: 'Web', nodeName: 'a_b' }],
          notReadyAddresses: [{}],
          ports: [
            { port: 0, protocol: 'HTTP' },
            { name: 'a.b', appProtocol: '-' },
          ],
        },
      ],
      [
        `subsets[0].addresses[0].ip: Invalid value: "10.0.0": ${ipWords}`,
        expect.stringMatching(/^subsets\[0\]\.addresses\[0\]\.hostname: Invalid value: "Web"/),
        expect.stringMatching(/^subsets\[0\]\.addresses\[0\]\.nodeName: Invalid value: "a_b"/),
        `subsets[0].notReadyAddresses[0].ip: Invalid value: "": ${ipWords}`,
        'subsets[0].ports[0].name: Required value',
        'subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'subsets[0].ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
        'subsets[0].ports[1].port: Required value',
        'subsets[0].ports[1].name: Invalid value: "a.b": must not contain dots',
        expect.stringMatching(/^subsets\[0\]\.ports\[1\]\.appProtocol: Invalid value: "-"/),
      ],
    ],
  ])('of %s', (_, subsets, want) => {
    expect(objectComplaints(endpoints(subsets))).toEqual(want);
  });
});

describe('an EndpointSlice', () => {
  it.each<[string, Json, readonly unknown[]]>([
    ['nothing', {}, []],
    ['no type', { addressType: undefined }, ['addressType: Required value']],
    [
      'a type that there is not',
      { addressType: 'MAC' },
      ['addressType: Unsupported value: "MAC": supported values: "FQDN", "IPv4", "IPv6"'],
    ],
    [
      'endpoints without an address, or of another family',
      {
        endpoints: [
          {},
          { addresses: ['fd00::1', '10.0.0.1'], hostname: 'A', nodeName: '-' },
          { addresses: Array(101).fill('10.0.0.1') },
        ],
      },
      [
        'endpoints[0].addresses: Required value: must contain at least 1 address',
        'endpoints[1].addresses[0]: Invalid value: "fd00::1": must be a valid IPv4 address',
        expect.stringMatching(/^endpoints\[1\]\.nodeName: Invalid value: "-"/),
        expect.stringMatching(/^endpoints\[1\]\.hostname: Invalid value: "A"/),
        'endpoints[2].addresses: Too many: 101: must have at most 100 items',
      ],
    ],
    [
      'names instead of addresses',
      { addressType: 'FQDN', endpoints: [{ addresses: ['example.com.', 'host', 'A.b'] }] },
      [
        'endpoints[0].addresses[1]: Invalid value: "host": should be a domain with at least two segments separated by dots',
        expect.stringMatching(
          /^endpoints\[0\]\.addresses\[2\]: Invalid value: "A\.b": a lowercase RFC 1123 subdomain/,
        ),
      ],
    ],
    [
      'addresses of the other family',
      { addressType: 'IPv6', endpoints: [{ addresses: ['::1', '10.0.0.1'] }] },
      ['endpoints[0].addresses[1]: Invalid value: "10.0.0.1": must be a valid IPv6 address'],
    ],
    [
      'ports of one name, and wrong ones',
      { ports: [{ port: 80 }, { port: 81 }, { name: 'A', port: -1, protocol: 'X' }] },
      [
        'ports[1].name: Duplicate value: ""',
        expect.stringMatching(/^ports\[2\]\.name: Invalid value: "A"/),
        'ports[2].port: Invalid value: -1: must be between 1 and 65535, inclusive',
        'ports[2].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      ],
    ],
    [
      'more than fit into it',
      { endpoints: Array(1001).fill({}), ports: Array(20_001).fill({}) },
      [
        'endpoints: Too many: 1001: must have at most 1000 items',
        'ports: Too many: 20001: must have at most 20000 items',
      ],
    ],
  ])('with %s', (_, fields, want) => {
    expect(objectComplaints(slice(fields))).toEqual(want);
  });

  it('keeps the type of its addresses', () => {
    expect(updateComplaints(slice({ addressType: 'IPv6' }), slice({}))).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
  });
});
