import { describe, expect, it } from 'vitest';
import type { ServiceSpec } from '../../../src/api/network.ts';
import { servicePorts } from '../../../src/kubelet/proxy/service-ports.ts';
import { service } from './proxy-objects.ts';

const addressesOf = (spec: ServiceSpec) =>
  servicePorts(service('web', spec), '127.0.0.1').addresses.map(
    ({ path, host, port, target }) =>
      `${path} ${host}:${port} -> ${target.portName}${target.isLocal ? ' local' : ''}`,
  );
const clusterIP = '127.96.0.7';
const ports = [
  { name: 'http', port: 80, nodePort: 30080 },
  { name: 'dns', port: 53, protocol: 'UDP' as const },
  { port: 443 },
];

describe('the addresses of a Service', () => {
  it.each<[string, ServiceSpec, readonly string[]]>([
    ['each TCP port at its cluster IP', { clusterIP, ports: ports.slice(1) }, ['443 127.96.0.7:443 -> ']],
    [
      'each node port at the address of the node',
      { clusterIP, ports, type: 'NodePort' },
      ['80 127.96.0.7:80 -> http', 'node-port/30080 127.0.0.1:30080 -> http', '443 127.96.0.7:443 -> '],
    ],
    ['none for a headless one', { clusterIP: 'None' }, []],
    ['none before it has one', {}, []],
    ['none for a name', { type: 'ExternalName', clusterIP, externalName: 'example.org' }, []],
    ['none without ports', { clusterIP, ports: [] }, []],
    [
      'local ones, inside and outside each by its own policy',
      { clusterIP, ports: ports.slice(0, 1), externalTrafficPolicy: 'Local' },
      ['80 127.96.0.7:80 -> http', 'node-port/30080 127.0.0.1:30080 -> http local'],
    ],
    [
      'local ones inside',
      { clusterIP, ports: ports.slice(2), internalTrafficPolicy: 'Local' },
      ['443 127.96.0.7:443 ->  local'],
    ],
  ])('%s', (_, spec, want) => expect(addressesOf(spec)).toEqual(want));

  it('leave out by name what is no TCP', () => {
    const sctp = { name: 's', port: 132, protocol: 'SCTP' as const };
    expect(servicePorts(service('web', { clusterIP, ports: [...ports, sctp] }), '').unsupported).toEqual([
      { port: 53, protocol: 'UDP' },
      { port: 132, protocol: 'SCTP' },
    ]);
  });

  it.each([
    [{}, undefined],
    [{ sessionAffinity: 'None' }, undefined],
    [{ sessionAffinity: 'ClientIP' }, 10_800_000],
    [{ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } }, 5000],
  ] as const)('bring clients back as %j says', (spec, want) => {
    const [first] = servicePorts(service('web', { clusterIP, ...spec }), '').addresses;
    expect(first?.target.affinityMs).toBe(want);
  });
});
