import { describe, expect, it } from 'vitest';
import { admitObject, admitUpdate } from '../../src/api/admit.ts';
import type { ApiObject } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/network.ts';
import type { Json } from './pod-examples.ts';
import { admitted } from './workload-examples.ts';

function service(spec: Json = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { ports: [{ port: 80 }], ...spec },
  };
}

function specOf(object: ApiObject | undefined): Service['spec'] | undefined {
  return (object as Service | undefined)?.spec;
}

describe('the defaults of a Service', () => {
  it.each<[string, Json, Json]>([
    [
      'are an address inside, without affinity, and ports as they are',
      {},
      {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
    ],
    [
      'leave out a selector that is empty',
      { selector: {} },
      {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
    ],
    [
      'keep what a port names',
      { ports: [{ port: 80, protocol: 'UDP', targetPort: 'web', name: 'a' }] },
      {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'UDP', targetPort: 'web', name: 'a' }],
      },
    ],
    [
      'are three hours of affinity',
      { sessionAffinity: 'ClientIP', type: 'NodePort' },
      {
        type: 'NodePort',
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
        internalTrafficPolicy: 'Cluster',
        externalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
    ],
    [
      'take a time-out without an affinity away, and say an address twice',
      { sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } }, clusterIP: 'None', ports: undefined },
      {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        clusterIP: 'None',
        clusterIPs: ['None'],
      },
    ],
    [
      'say nothing about traffic that does not come',
      { type: 'ExternalName', externalName: 'example.com', ports: undefined },
      { type: 'ExternalName', externalName: 'example.com', sessionAffinity: 'None' },
    ],
  ])('%s', (_, given, want) => {
    const object = admitted(service(given));
    expect(specOf(object)).toEqual(want);
    expect(admitObject(object)).toEqual({ object, errors: [], warnings: [] });
  });
});

const dual = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'] };
const ports = [
  { name: 'a', port: 80, nodePort: 30_080 },
  { name: 'b', port: 81, nodePort: 30_081 },
];

describe('an update of a Service', () => {
  it.each<[string, Json, Json, Json]>([
    ['that says nothing of addresses keeps both', { type: 'ClusterIP' }, dual, dual],
    ['that names the first only keeps both', { clusterIP: '10.0.0.1' }, dual, dual],
    [
      'that has an empty address keeps it',
      { clusterIP: '' },
      { clusterIP: '10.0.0.1' },
      { clusterIP: '10.0.0.1' },
    ],
    [
      'keeps node ports by port, whatever the name and the order',
      {
        type: 'NodePort',
        ports: [
          { name: 'x', port: 81 },
          { name: 'y', port: 82 },
        ],
      },
      { type: 'NodePort', ports },
      {
        ports: [
          { name: 'x', port: 81, nodePort: 30_081, protocol: 'TCP', targetPort: 81 },
          { name: 'y', port: 82, protocol: 'TCP', targetPort: 82 },
        ],
      },
    ],
    [
      'does not give a node port away that another port asks for',
      {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 81, nodePort: 30_080 },
        ],
      },
      { type: 'NodePort', ports },
      {
        ports: [
          { name: 'a', port: 80, protocol: 'TCP', targetPort: 80 },
          { name: 'b', port: 81, nodePort: 30_080, protocol: 'TCP', targetPort: 81 },
        ],
      },
    ],
  ])('%s', (_, changed, stored, want) => {
    const { object, errors } = admitUpdate(service(changed), admitted(service(stored)));
    expect(errors).toEqual([]);
    expect(specOf(object)).toMatchObject(want);
  });

  it('to a type with less gives back what belonged to the type, when it was only repeated', () => {
    const stored = admitted(service({ type: 'NodePort', ports, clusterIP: '10.0.0.1' }));
    const inside = admitUpdate({ ...stored, spec: { ...specOf(stored), type: 'ClusterIP' } }, stored);
    expect(inside.errors).toEqual([]);
    expect(specOf(inside.object)).not.toHaveProperty('externalTrafficPolicy');
    expect(specOf(inside.object)?.ports?.map(({ nodePort }) => nodePort)).toEqual([undefined, undefined]);
    const elsewhere = { ...specOf(stored), type: 'ExternalName', externalName: 'example.com' };
    const outside = admitUpdate({ ...stored, spec: elsewhere }, stored);
    expect(outside.errors).toEqual([]);
    expect(specOf(outside.object)).not.toHaveProperty('clusterIP');
    expect(specOf(outside.object)).not.toHaveProperty('clusterIPs');
    const asked = { ...specOf(stored), type: 'ClusterIP', ports: [{ port: 80, nodePort: 30_099 }] };
    expect(admitUpdate({ ...stored, spec: asked }, stored).errors).toMatchObject([
      { field: 'spec.ports[0].nodePort', type: 'FieldValueForbidden' },
    ]);
  });

  it('that changes nothing changes nothing', () => {
    const stored = admitted(service({ type: 'LoadBalancer', ports, ...dual }));
    expect(admitUpdate(stored, stored).object).toEqual(stored);
  });
});

describe('the defaults of endpoints', () => {
  it('are TCP, and a port without a name is called nothing in a slice', () => {
    const endpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'web' },
      subsets: [
        { addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] },
        { addresses: [{ ip: '10.0.0.2' }] },
      ],
    };
    expect(admitted(endpoints)).toMatchObject({
      subsets: [{ ports: [{ port: 80, protocol: 'TCP' }] }, { addresses: [{ ip: '10.0.0.2' }] }],
    });
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-1' },
      addressType: 'IPv4',
      endpoints: [],
      ports: [{ port: 80 }],
    };
    expect(admitted(slice)).toMatchObject({ ports: [{ name: '', port: 80, protocol: 'TCP' }] });
    expect(admitted({ ...slice, ports: undefined })).not.toHaveProperty('ports');
    expect(admitted({ ...slice, endpoints: undefined })).toMatchObject({ endpoints: [] });
  });
});
