import type { Container, Pod } from '@mooring/core';
import { describe, expect, it } from 'vitest';
import type { HostFeatures } from '../src/host-features.ts';
import { reviewPod } from '../src/review-pod.ts';

const able: HostFeatures = {
  ...{ isRoot: true, mounts: true, privileges: true, terminals: true },
  cgroups: { version: 1, memoryDir: '/m', cpuDir: '/c', hasSwapLimit: true },
};
const unable: HostFeatures = { isRoot: false, mounts: false, privileges: false, terminals: false };

function pod(container: Partial<Container>, spec: Partial<Pod['spec']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { ...spec, containers: [{ name: 'main', image: 'web', ...container }] },
  };
}

const podFields: readonly { name: string; spec: Partial<Pod['spec']>; want: string }[] = [
  { name: 'a host name', spec: { hostname: 'web-0' }, want: 'warn spec.hostname' },
  { name: 'host aliases', spec: { hostAliases: [{ ip: '10.0.0.1' }] }, want: 'warn spec.hostAliases' },
  { name: 'DNS settings', spec: { dnsPolicy: 'None' }, want: 'warn spec.dnsConfig' },
  { name: 'Windows', spec: { os: { name: 'windows' } }, want: 'refuse spec.os.name' },
  {
    name: 'a group for volumes',
    spec: { securityContext: { fsGroup: 2000 } },
    want: 'warn spec.securityContext.fsGroup',
  },
];

const fields: readonly {
  name: string;
  container: Partial<Container>;
  able: readonly string[];
  unable: readonly string[];
}[] = [
  { name: 'a plain container', container: {}, able: [], unable: [] },
  {
    name: 'a volume',
    container: { volumeMounts: [{ name: 'v', mountPath: '/data' }] },
    able: [],
    unable: ['refuse volumeMounts[0]'],
  },
  {
    name: 'a volume over everything',
    container: { volumeMounts: [{ name: 'v', mountPath: '/' }] },
    able: ['refuse volumeMounts[0].mountPath'],
    unable: ['refuse volumeMounts[0]'],
  },
  {
    name: 'limits',
    container: { resources: { limits: { memory: '64Mi', cpu: 1, 'example.com/gpu': 1 } } },
    able: ['warn resources.limits[example.com/gpu]'],
    unable: [
      'warn resources.limits[memory]',
      'warn resources.limits[cpu]',
      'warn resources.limits[example.com/gpu]',
    ],
  },
  {
    name: 'a terminal',
    container: { tty: true, stdin: true },
    able: [],
    unable: ['warn tty'],
  },
  {
    name: 'last words elsewhere',
    container: { terminationMessagePath: '/tmp/words' },
    able: [],
    unable: ['warn terminationMessagePath'],
  },
  {
    name: 'last words at the default place',
    container: { terminationMessagePath: '/dev/termination-log' },
    able: [],
    unable: [],
  },
  {
    name: 'a port of the host',
    container: { ports: [{ containerPort: 80 }, { containerPort: 81, hostPort: 8081 }] },
    able: ['warn ports[1].hostPort'],
    unable: ['warn ports[1].hostPort'],
  },
  {
    name: 'another user',
    container: { securityContext: { runAsUser: 12345, runAsGroup: 12345 } },
    able: [],
    unable: ['refuse securityContext.runAsUser', 'refuse securityContext.runAsGroup'],
  },
  {
    name: 'a root that is not root',
    container: { securityContext: { runAsNonRoot: true, runAsUser: 0 } },
    able: ['refuse securityContext.runAsNonRoot'],
    unable: [
      ...(process.getuid?.() === 0 ? [] : ['refuse securityContext.runAsUser']),
      'refuse securityContext.runAsNonRoot',
    ],
  },
  {
    name: 'all rights',
    container: { securityContext: { privileged: true } },
    able: ['warn securityContext.privileged'],
    unable: ['warn securityContext.privileged'],
  },
  {
    name: 'fewer rights',
    container: {
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['CHOWN'] } },
    },
    able: [],
    unable: ['warn securityContext.allowPrivilegeEscalation', 'warn securityContext.capabilities.drop'],
  },
  {
    name: 'more rights',
    container: { securityContext: { capabilities: { add: ['NET_ADMIN'] } } },
    able: ['warn securityContext.capabilities.add'],
    unable: ['warn securityContext.capabilities.add'],
  },
  {
    name: 'a root that cannot be written',
    container: { securityContext: { readOnlyRootFilesystem: true } },
    able: [],
    unable: ['warn securityContext.readOnlyRootFilesystem'],
  },
];

const brief = (findings: ReturnType<typeof reviewPod>) =>
  findings.map(({ severity, field }) => `${severity} ${field}`);
const inMain = (wants: readonly string[]) => wants.map((want) => want.replace(' ', ' spec.containers[0].'));

describe('what a process cannot have is said by name', () => {
  it.each(podFields)('$name of a pod', ({ spec, want }) => {
    expect(brief(reviewPod(pod({}, spec), able))).toEqual([want]);
  });

  it.each(fields)('$name, on a host that allows all', ({ container, able: want }) => {
    expect(brief(reviewPod(pod(container), able))).toEqual(inMain(want));
  });

  it.each(fields)('$name, on a host that allows nothing', ({ container, unable: want }) => {
    expect(brief(reviewPod(pod(container), unable))).toEqual(inMain(want));
  });

  it('looks at init containers too', () => {
    const spec = { initContainers: [{ name: 'i', image: 'web', tty: true }] };
    expect(brief(reviewPod(pod({}, spec), unable))).toEqual(['warn spec.initContainers[0].tty']);
  });

  it('has nothing to say about ports on the network of the host', () => {
    const ports = [{ containerPort: 80, hostPort: 80 }];
    expect(reviewPod(pod({ ports }, { hostNetwork: true }), able)).toEqual([]);
  });
});
