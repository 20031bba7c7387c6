import { describe, expect, it } from 'vitest';
import type { Container, EnvVarSource } from '../../../src/api/pod.ts';
import { buildEnvironment } from '../../../src/kubelet/environment/build-environment.ts';
import { expandCommand } from '../../../src/kubelet/environment/expand-command.ts';
import type { Surroundings } from '../../../src/kubelet/environment/surroundings.ts';
import { configMap, podWith, secret, surroundings } from './surroundings.ts';

const objects = {
  configMaps: [
    configMap('app', { COLOR: 'blue', SIZE: '1', 'dotted.key': 'x' }),
    configMap('more', { SIZE: '2' }),
  ],
  secrets: [secret('login', { USER: 'ada', PASSWORD: 'pä$(USER)ss' })],
};

function build(container: Partial<Container>, more: Partial<Surroundings> = {}, links = true) {
  const pod = podWith(container, { enableServiceLinks: links });
  const [main] = pod.spec.containers;
  if (main === undefined) throw new Error('the pod has no container');
  return buildEnvironment({ ...surroundings(objects, more), pod, container: main });
}

function variables(container: Partial<Container>, more: Partial<Surroundings> = {}, links = true) {
  const result = build(container, more, links);
  if (!result.ok) throw new Error(result.message);
  return Object.fromEntries(result.env.map(({ name, value }) => [name, value]));
}

function refusal(container: Partial<Container>): string {
  const result = build(container);
  if (result.ok) throw new Error(`built ${JSON.stringify(result.env)}`);
  expect(result.reason).toBe('CreateContainerConfigError');
  return result.message;
}

describe('the environment of a container', () => {
  const cases: { name: string; container: Partial<Container>; want: Record<string, string> }[] = [
    { name: 'is empty when nothing is declared', container: {}, want: {} },
    {
      name: 'holds plain values, empty ones too',
      container: { env: [{ name: 'A', value: '1' }, { name: 'B', value: '' }, { name: 'C' }] },
      want: { A: '1', B: '', C: '' },
    },
    {
      name: 'lets a later variable use an earlier one, and not the other way round',
      container: {
        env: [
          { name: 'EARLY', value: '<$(LATE)>' },
          { name: 'LATE', value: 'x' },
          { name: 'BOTH', value: '$(EARLY)$(LATE)' },
        ],
      },
      want: { EARLY: '<$(LATE)>', LATE: 'x', BOTH: '<$(LATE)>x' },
    },
    {
      name: 'keeps unknown references and unescapes doubled dollars',
      container: { env: [{ name: 'A', value: '$(NOBODY) $$(A) $5' }] },
      want: { A: '$(NOBODY) $(A) $5' },
    },
    {
      name: 'takes the later of two variables of one name',
      container: {
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '$(A)2' },
        ],
      },
      want: { A: '12' },
    },
    {
      name: 'imports whole objects, later ones over earlier, with their prefixes',
      container: {
        envFrom: [
          { configMapRef: { name: 'app' } },
          { configMapRef: { name: 'more' } },
          { prefix: 'DB_', secretRef: { name: 'login' } },
        ],
      },
      want: { COLOR: 'blue', SIZE: '2', 'dotted.key': 'x', DB_USER: 'ada', DB_PASSWORD: 'pä$(USER)ss' },
    },
    {
      name: 'applies env after envFrom',
      container: {
        env: [{ name: 'SIZE', value: '$(SIZE)0' }],
        envFrom: [{ configMapRef: { name: 'more' } }],
      },
      want: { SIZE: '20' },
    },
    {
      name: 'skips optional objects that are missing',
      container: {
        envFrom: [
          { configMapRef: { name: 'none', optional: true } },
          { secretRef: { name: 'none', optional: true } },
        ],
      },
      want: {},
    },
    {
      name: 'does not expand what objects hold',
      container: {
        env: [
          { name: 'USER', value: 'eve' },
          { name: 'P', valueFrom: { secretKeyRef: { name: 'login', key: 'PASSWORD' } } },
        ],
      },
      want: { USER: 'eve', P: 'pä$(USER)ss' },
    },
    {
      name: 'leaves a variable out whose optional key or object is missing',
      container: {
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'app', key: 'NONE', optional: true } } },
          { name: 'B', valueFrom: { secretKeyRef: { name: 'none', key: 'X', optional: true } } },
          { name: 'C', value: 'kept' },
          { name: 'C', valueFrom: { secretKeyRef: { name: 'none', key: 'X', optional: true } } },
        ],
      },
      want: { C: 'kept' },
    },
    {
      name: 'does not take object prototypes for keys',
      container: {
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'app', key: 'toString', optional: true } } },
          { name: 'B', valueFrom: { fieldRef: { fieldPath: "metadata.labels['constructor']" } } },
        ],
      },
      want: { B: '' },
    },
  ];
  it.each(cases)('$name', ({ container, want }) => {
    expect(variables(container)).toEqual(want);
  });

  const errors: { name: string; container: Partial<Container>; want: string }[] = [
    {
      name: 'a missing ConfigMap of envFrom',
      container: { envFrom: [{ configMapRef: { name: 'none' } }] },
      want: 'configmap "none" not found',
    },
    {
      name: 'a missing Secret of envFrom',
      container: { envFrom: [{ secretRef: { name: 'none' } }] },
      want: 'secret "none" not found',
    },
    {
      name: 'a missing ConfigMap of a variable',
      container: { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'none', key: 'k' } } }] },
      want: 'configmap "none" not found',
    },
    {
      name: 'a missing key of a ConfigMap',
      container: { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'app', key: 'k' } } }] },
      want: "couldn't find key k in ConfigMap shop/app",
    },
    {
      name: 'a missing key of a Secret',
      container: { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'login', key: 'k' } } }] },
      want: "couldn't find key k in Secret shop/login",
    },
    {
      name: 'a field that cannot be shown',
      container: { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.phase' } } }] },
      want: 'unsupported fieldPath: status.phase',
    },
    {
      name: 'a subscript where there is none',
      container: { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.name['x']" } } }] },
      want: "field label does not support subscript: metadata.name['x']",
    },
    {
      name: 'a container that does not exist',
      container: {
        env: [
          { name: 'A', valueFrom: { resourceFieldRef: { containerName: 'none', resource: 'limits.cpu' } } },
        ],
      },
      want: 'container none not found',
    },
    {
      name: 'a NUL byte',
      container: { env: [{ name: 'A', value: 'a\0b' }] },
      want: 'environment variable "A" holds a NUL byte',
    },
  ];
  it.each(errors)('cannot be built with $name', ({ container, want }) => {
    expect(refusal(container)).toBe(want);
  });

  it('names a source of a value that it does not know', () => {
    const valueFrom: EnvVarSource & { fileKeyRef: object } = { fileKeyRef: {} };
    expect(refusal({ env: [{ name: 'A', valueFrom }] })).toBe(
      'valueFrom: fileKeyRef is not supported by this node',
    );
  });
});

describe('fieldRef', () => {
  const cases: [string, string][] = [
    ['metadata.name', 'web'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'uid-1'],
    ["metadata.labels['app']", 'web'],
    ["metadata.labels['none']", ''],
    ["metadata.annotations['example.com/note']", 'two\nlines "quoted"'],
    ['spec.nodeName', 'node-a'],
    ['spec.serviceAccountName', 'robot'],
    ['status.hostIP', '192.168.0.7'],
    ['status.hostIPs', '192.168.0.7,fd00::7'],
    ['status.podIP', '10.0.0.1'],
    ['status.podIPs', '10.0.0.1,fd00::1'],
  ];
  it.each(cases)('%s is %j', (fieldPath, want) => {
    const addresses = { hostIPs: ['192.168.0.7', 'fd00::7'], podIPs: ['10.0.0.1', 'fd00::1'] };
    const env = [{ name: 'A', valueFrom: { fieldRef: { fieldPath } } }];
    expect(variables({ env }, addresses)).toEqual({ A: want });
  });
});

describe('resourceFieldRef', () => {
  const resources = {
    limits: { cpu: '1500m', memory: '64Mi', 'hugepages-2Mi': '4Mi' },
    requests: { cpu: '250m', memory: '32Mi' },
  };
  const cases: { resource: string; divisor?: string; none?: boolean; want: string }[] = [
    { resource: 'limits.cpu', want: '2' },
    { resource: 'limits.cpu', divisor: '1m', want: '1500' },
    { resource: 'limits.cpu', divisor: '0', want: '2' },
    { resource: 'requests.cpu', want: '1' },
    { resource: 'requests.cpu', divisor: '1m', want: '250' },
    { resource: 'limits.memory', want: '67108864' },
    { resource: 'limits.memory', divisor: '1Mi', want: '64' },
    { resource: 'requests.memory', divisor: '3Mi', want: '11' },
    { resource: 'limits.hugepages-2Mi', divisor: '1Mi', want: '4' },
    { resource: 'requests.ephemeral-storage', want: '0' },
    { resource: 'limits.ephemeral-storage', divisor: '1Gi', want: '100' },
    { resource: 'limits.cpu', none: true, want: '4' },
    { resource: 'limits.memory', divisor: '1Gi', none: true, want: '8' },
    { resource: 'requests.memory', none: true, want: '0' },
  ];
  it.each(cases)('$resource by $divisor is $want', ({ resource, divisor, none, want }) => {
    const resourceFieldRef = divisor === undefined ? { resource } : { resource, divisor };
    const env = [{ name: 'A', valueFrom: { resourceFieldRef } }];
    expect(variables(none ? { env } : { env, resources })).toEqual({ A: want });
  });

  it('refuses a resource that containers do not have', () => {
    const env = [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.pods' } } }];
    expect(refusal({ env })).toBe('unsupported container resource: limits.pods');
  });
});

describe('service variables', () => {
  const services: Surroundings['services'] = [
    {
      namespace: 'default',
      name: 'kubernetes',
      clusterIP: '10.9.0.1',
      ports: [{ name: 'https', port: 443 }],
    },
    {
      namespace: 'shop',
      name: 'red-is',
      clusterIP: '10.9.0.2',
      ports: [
        { name: 'main', port: 6379 },
        { name: 'bus-in', port: 16379, protocol: 'UDP' },
      ],
    },
    { namespace: 'shop', name: 'headless', clusterIP: 'None', ports: [{ port: 80 }] },
    { namespace: 'other', name: 'far', clusterIP: '10.9.0.3', ports: [{ port: 80 }] },
    { namespace: 'shop', name: 'six', clusterIP: 'fd00::9', ports: [{ port: 80 }] },
  ];
  const ofKubernetes = {
    KUBERNETES_SERVICE_HOST: '10.9.0.1',
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
    KUBERNETES_PORT: 'tcp://10.9.0.1:443',
    KUBERNETES_PORT_443_TCP: 'tcp://10.9.0.1:443',
    KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
    KUBERNETES_PORT_443_TCP_PORT: '443',
    KUBERNETES_PORT_443_TCP_ADDR: '10.9.0.1',
  };

  it('show the services of the namespace and the API server, headless ones excepted', () => {
    expect(variables({}, { services })).toEqual({
      ...ofKubernetes,
      RED_IS_SERVICE_HOST: '10.9.0.2',
      RED_IS_SERVICE_PORT: '6379',
      RED_IS_SERVICE_PORT_MAIN: '6379',
      RED_IS_SERVICE_PORT_BUS_IN: '16379',
      RED_IS_PORT: 'tcp://10.9.0.2:6379',
      RED_IS_PORT_6379_TCP: 'tcp://10.9.0.2:6379',
      RED_IS_PORT_6379_TCP_PROTO: 'tcp',
      RED_IS_PORT_6379_TCP_PORT: '6379',
      RED_IS_PORT_6379_TCP_ADDR: '10.9.0.2',
      RED_IS_PORT_16379_UDP: 'udp://10.9.0.2:16379',
      RED_IS_PORT_16379_UDP_PROTO: 'udp',
      RED_IS_PORT_16379_UDP_PORT: '16379',
      RED_IS_PORT_16379_UDP_ADDR: '10.9.0.2',
      SIX_SERVICE_HOST: 'fd00::9',
      SIX_SERVICE_PORT: '80',
      SIX_PORT: 'tcp://[fd00::9]:80',
      SIX_PORT_80_TCP: 'tcp://[fd00::9]:80',
      SIX_PORT_80_TCP_PROTO: 'tcp',
      SIX_PORT_80_TCP_PORT: '80',
      SIX_PORT_80_TCP_ADDR: 'fd00::9',
    });
  });

  it('show the API server only when links are switched off', () => {
    expect(variables({}, { services }, false)).toEqual(ofKubernetes);
  });

  it('can be used in values and never override a declared variable', () => {
    const env = [
      { name: 'URL', value: 'redis://$(RED_IS_SERVICE_HOST)' },
      { name: 'RED_IS_SERVICE_PORT', value: 'mine' },
    ];
    expect(variables({ env }, { services })).toMatchObject({
      URL: 'redis://10.9.0.2',
      RED_IS_SERVICE_PORT: 'mine',
    });
  });
});

describe('command and arguments', () => {
  const env = [
    { name: 'A', value: '1' },
    { name: 'B', value: '$(A)' },
  ];
  const cases = [
    { name: 'stay absent when absent', container: {}, want: {} },
    {
      name: 'are expanded once, word by word, without a shell',
      container: { command: ['run', '$(A) $(B)', '$$(A)', '$A'], args: ['$(NONE)'] },
      want: { command: ['run', '1 $(A)', '$(A)', '$A'], args: ['$(NONE)'] },
    },
    { name: 'may be given one without the other', container: { args: [] }, want: { args: [] } },
  ];
  it.each(cases)('$name', ({ container, want }) => {
    expect(expandCommand(container, env)).toEqual(want);
  });
});
