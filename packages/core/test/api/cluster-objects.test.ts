import { describe, expect, it } from 'vitest';
import type { Json } from './pod-examples.ts';
import { admitted, objectComplaints, objectWarnings, updateComplaints } from './workload-examples.ts';

function node(spec: Json): Json {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' }, spec };
}

function namespace(name: string, more: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, ...more };
}

function lease(spec: Json): Json {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'lock' }, spec };
}

describe('a Node', () => {
  it('has taints that are well formed, each once', () => {
    const taints = [
      { key: 'a', effect: 'NoSchedule' },
      { key: 'a', value: 'x', effect: 'NoSchedule' },
      { key: 'a', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' },
      { key: 'b', effect: 'NoSchedule', timeAdded: 'yesterday' },
      {},
    ];
    expect(objectComplaints(node({ taints }))).toEqual([
      'spec.taints[3].timeAdded: Invalid value: "yesterday": must be a time such as 2026-01-31T12:00:00Z',
      'spec.taints[1]: Duplicate value: {"key":"a","value":"x","effect":"NoSchedule"}: taints must be unique by key and effect pair',
      expect.stringMatching(/^spec\.taints\[4\]\.key: Invalid value: "": name part must be non-empty/),
      expect.stringMatching(/^spec\.taints\[4\]\.key: Invalid value: "": name part must consist/),
      'spec.taints[4].effect: Required value',
    ]);
  });

  it('tells what is wrong with a taint', () => {
    expect(objectComplaints(node({ taints: [{ key: 'b c', value: '-', effect: 'Never' }] }))).toEqual([
      expect.stringMatching(/^spec\.taints\[0\]\.key: Invalid value: "b c": name part must consist/),
      expect.stringMatching(/^spec\.taints\[0\]\.value: Invalid value: "-": a valid label must be/),
      'spec.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ]);
  });

  it('is given its place once', () => {
    const placed = node({ podCIDR: '10.0.0.0/24', providerID: 'x://1' });
    expect(updateComplaints(placed, node({}))).toEqual([]);
    expect(updateComplaints(node({ podCIDR: '10.0.1.0/24', unschedulable: true }), placed)).toEqual([
      'spec.podCIDR: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ]);
  });

  it('is told of fields that there are not', () => {
    expect(objectWarnings(node({ unschedulabel: true, externalID: 'x' }))).toEqual([
      'spec.unschedulabel: unknown field (did you mean "unschedulable"?)',
      'spec.externalID: this field is kept, but has no effect: Mooring does not act on it',
    ]);
  });
});

describe('a Namespace', () => {
  it('is found by its name', () => {
    expect(admitted(namespace('shop')).metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'shop' });
  });

  it('has the name of a DNS label and finalizers with a domain', () => {
    expect(objectComplaints(namespace('shop.de'))).toEqual([
      'metadata.name: Invalid value: "shop.de": must not contain dots',
    ]);
    expect(
      objectComplaints(namespace('shop', { spec: { finalizers: ['kubernetes', 'a/b', 'own'] } })),
    ).toEqual([
      'spec.finalizers[2]: Invalid value: "own": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });
});

describe('a Lease', () => {
  it('lasts, and is known to the microsecond', () => {
    expect(
      objectComplaints(
        lease({ leaseDurationSeconds: 15, leaseTransitions: 0, renewTime: '2026-01-01T00:00:00.123456Z' }),
      ),
    ).toEqual([]);
    expect(objectComplaints(lease({ leaseDurationSeconds: 0, leaseTransitions: -1 }))).toEqual([
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });

  it.each(['2026-01-01', 'now', '2026-13-01T00:00:00Z', '2026-01-01T00:00:00', 1])(
    'was not renewed at %s',
    (renewTime) => {
      expect(objectComplaints(lease({ renewTime }))).toEqual([
        `spec.renewTime: Invalid value: ${JSON.stringify(renewTime)}: must be a time such as 2026-01-31T12:00:00Z`,
      ]);
    },
  );

  it.each(['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.1+02:00', '2026-01-01t00:00:00z'])(
    'may have been renewed at %s',
    (renewTime) => {
      expect(objectComplaints(lease({ renewTime }))).toEqual([]);
    },
  );
});

describe('finalizers of any object', () => {
  it.each<[readonly string[], readonly unknown[]]>([
    [['a.b/c', 'orphan'], []],
    [
      ['hold'],
      [
        'metadata.finalizers[0]: Invalid value: "hold": name is neither a standard finalizer name nor is it fully qualified',
      ],
    ],
    [['a b'], [expect.stringMatching(/^metadata\.finalizers: Invalid value: "a b": name part must consist/)]],
  ])('%s', (finalizers, want) => {
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', finalizers } };
    expect(objectComplaints(config)).toEqual(want);
  });
});

describe('a name that is made', () => {
  it('may come from the longest name there is, and a hyphen', () => {
    const pod = (generateName: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { generateName },
    });
    expect(objectComplaints(pod(`${'a'.repeat(253)}-`))).toEqual([]);
    expect(objectComplaints(pod(`${'a'.repeat(254)}-`))).toEqual([
      expect.stringContaining('metadata.generateName: Invalid value'),
    ]);
    expect(objectComplaints(pod('-'))).toHaveLength(1);
  });
});
