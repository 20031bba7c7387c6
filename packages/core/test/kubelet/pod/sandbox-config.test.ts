import { describe, expect, it } from 'vitest';
import type { PodSpec, StoredPod } from '../../../src/api/pod.ts';
import { namespacesOf, sandboxConfig } from '../../../src/kubelet/pod/sandbox-config.ts';

function configOf(spec: Partial<PodSpec>) {
  const containers = [{ name: 'main', image: 'x', ports: [{ containerPort: 80 }] }];
  const pod = {
    metadata: { uid: 'u', name: 'web-0', namespace: 'shop' },
    spec: { containers, ...spec },
  } as unknown as StoredPod;
  return sandboxConfig('node-a', pod, 2);
}

describe('what a sandbox is made from', () => {
  it('has nothing that the pod does not ask for', () => {
    const config = configOf({ dnsPolicy: 'ClusterFirst' });
    expect(config).toEqual({
      ...{ podUID: 'u', podName: 'web-0', namespace: 'shop', attempt: 2, hostname: 'web-0' },
      ...{ hostNetwork: false, labels: expect.any(Object), ports: [{ containerPort: 80 }] },
    });
  });

  it('has a domain with a subdomain', () => {
    expect(configOf({ subdomain: 'web' }).domain).toBe('web.shop.svc.cluster.local');
  });

  it('has the settings for names, which are complete with the policy None', () => {
    const dnsConfig = {
      nameservers: ['10.0.0.1'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    };
    const dns = { nameservers: ['10.0.0.1'], searches: [], options: ['ndots:2', 'edns0'] };
    expect(configOf({ dnsPolicy: 'None', dnsConfig }).dns).toEqual({ ...dns, isComplete: true });
    expect(configOf({ dnsPolicy: 'Default', dnsConfig }).dns).toEqual({ ...dns, isComplete: false });
  });

  it('has the ports of sidecars; an init container that is to end has no clients', () => {
    const ports = [{ containerPort: 90, hostPort: 9090 }];
    const sidecar = { name: 'proxy', image: 'x', restartPolicy: 'Always' as const, ports };
    const initContainers = [{ name: 'init', image: 'x', ports: [{ containerPort: 91 }] }, sidecar];
    expect(configOf({ initContainers }).ports).toEqual([...ports, { containerPort: 80 }]);
  });

  it('has the settings of the kernel, in one way of writing', () => {
    const sysctls = [{ name: 'net/core/somaxconn', value: '5' }, { name: 'kernel.sem' }];
    expect(configOf({ securityContext: { sysctls } }).sysctls).toEqual([
      { name: 'net.core.somaxconn', value: '5' },
      { name: 'kernel.sem', value: '' },
    ]);
  });

  it('has the aliases of hosts', () => {
    const hostAliases = [{ ip: '10.0.0.1', hostnames: ['db'] }, { ip: '10.0.0.2' }];
    expect(configOf({ hostAliases }).hostAliases).toEqual([
      hostAliases[0],
      { ip: '10.0.0.2', hostnames: [] },
    ]);
  });

  it.each([
    [{}, {}],
    [{ shareProcessNamespace: true }, { processes: 'pod' }],
    [
      { hostPID: true, hostIPC: true },
      { processes: 'host', hostIPC: true },
    ],
    [{ hostPID: false, shareProcessNamespace: false }, {}],
  ] as const)('shares with %j what it says', (spec, want) => {
    expect(namespacesOf({ containers: [], ...spec })).toEqual(want);
  });
});
