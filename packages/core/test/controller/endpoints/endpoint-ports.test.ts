import { describe, expect, it } from 'vitest';
import type { ServicePort } from '../../../src/api/network.ts';
import type { Container } from '../../../src/api/pod.ts';
import {
  endpointPorts,
  findPort,
  groupByPorts,
  portsKey,
  slicePorts,
} from '../../../src/controller/endpoints/endpoint-ports.ts';
import { pod, service } from './scene.ts';

const http = (containerPort: number): Partial<Container> => ({ ports: [{ name: 'http', containerPort }] });
const dns: Partial<Container> = {
  ports: [
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
    { name: 'dns', containerPort: 54, protocol: 'TCP' },
  ],
};

describe('the number of a port', () => {
  const cases: readonly {
    name: string;
    port: ServicePort;
    containers?: readonly Partial<Container>[];
    init?: readonly Container[];
    want: number | undefined;
  }[] = [
    { name: 'is the port of the Service where there is no target', port: { port: 80 }, want: 80 },
    { name: 'is the target, declared or not', port: { port: 80, targetPort: 8080 }, want: 8080 },
    {
      name: 'is found by name',
      port: { port: 80, targetPort: 'http' },
      containers: [{}, http(8080)],
      want: 8080,
    },
    {
      name: 'is not found by a name that nobody has',
      port: { port: 80, targetPort: 'nope' },
      want: undefined,
    },
    {
      name: 'is looked for with its protocol',
      port: { port: 53, protocol: 'UDP', targetPort: 'dns' },
      containers: [dns],
      want: 53,
    },
    {
      name: 'is TCP when nothing is said',
      port: { port: 53, targetPort: 'dns' },
      containers: [dns],
      want: 54,
    },
    {
      name: 'is taken from a sidecar last',
      port: { port: 80, targetPort: 'http' },
      containers: [http(8080)],
      init: [{ name: 's', image: 's', restartPolicy: 'Always', ...http(9090) }],
      want: 8080,
    },
    {
      name: 'is taken from a sidecar',
      port: { port: 80, targetPort: 'http' },
      init: [{ name: 's', image: 's', restartPolicy: 'Always', ...http(9090) }],
      want: 9090,
    },
    {
      name: 'is not taken from an init container that ends',
      port: { port: 80, targetPort: 'http' },
      init: [{ name: 's', image: 's', ...http(9090) }],
      want: undefined,
    },
  ];
  it.each(cases)('$name', ({ port, containers = [{}], init = [], want }) => {
    expect(findPort(pod(0, { containers, spec: { initContainers: init } }), port)).toBe(want);
  });
});

describe('ports as they are published', () => {
  const ports: readonly ServicePort[] = [
    { port: 80, targetPort: 'http', appProtocol: 'kubernetes.io/h2c' },
    { name: 'metrics', port: 9100 },
  ];

  it('group the pods that offer the same numbers, in the order of the pods', () => {
    const pods = [
      pod(0, { containers: [http(8080)] }),
      pod(1, { containers: [http(9090)] }),
      pod(2, { containers: [http(8080)] }),
      pod(3),
    ];
    const groups = groupByPorts(service({ ports }), pods);
    expect(
      groups.map(({ numbers, pods: inGroup }) => [numbers, inGroup.map(({ metadata }) => metadata.name)]),
    ).toEqual([
      [
        [8080, 9100],
        ['web-0', 'web-2'],
      ],
      [[9090, 9100], ['web-1']],
      [[undefined, 9100], ['web-3']],
    ]);
  });

  it('leave out what a pod does not offer', () => {
    const numbers = [undefined, 9100];
    expect(slicePorts(service({ ports }), { numbers })).toEqual([
      { name: 'metrics', port: 9100, protocol: 'TCP' },
    ]);
  });

  it('of a slice have a name, be it empty; those of Endpoints have one when the Service gives it', () => {
    const numbers = [8080, 9100];
    const rest = { port: 8080, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' };
    expect(slicePorts(service({ ports }), { numbers })[0]).toEqual({ name: '', ...rest });
    expect(endpointPorts(service({ ports }), { numbers })[0]).toEqual(rest);
  });

  it('are the same in whatever order, and with defaults written out or not', () => {
    const a = { name: 'a', port: 1 };
    const b = { name: 'b', port: 2, protocol: 'UDP' as const };
    expect(portsKey([a, b])).toBe(portsKey([b, { ...a, protocol: 'TCP' }]));
    expect(portsKey([{ port: 1 }])).toBe(portsKey([{ name: '', port: 1 }]));
    expect(portsKey(null)).toBe(portsKey([]));
  });

  it.each([
    [[{ port: 1 }], [{ port: 2 }]],
    [[{ port: 1 }], [{ port: 1, protocol: 'UDP' as const }]],
    [[{ port: 1 }], [{ port: 1, appProtocol: 'x' }]],
    [[{ port: 1 }], [{ port: 1, name: 'x' }]],
    [[{ port: 1 }], []],
  ])('differ: %j and %j', (a, b) => {
    expect(portsKey(a)).not.toBe(portsKey(b));
  });
});
