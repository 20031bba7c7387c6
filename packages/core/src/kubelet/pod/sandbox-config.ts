/** What the sandbox of a pod is made from. Pure. */

import { type Container, isSidecar, type PodSpec, type StoredPod } from '../../api/pod.ts';
import type { ProcessSpace, SandboxConfig } from '../../contract/container-runtime.ts';
import { podLabels } from '../container/labels.ts';
import { hostnameOf } from './hostname.ts';

/** The suffix that Kubernetes gives to names of pods unless told otherwise. */
const clusterDomain = 'cluster.local';

export function sandboxConfig(nodeName: string, pod: StoredPod, attempt: number): SandboxConfig {
  const { spec } = pod;
  const { uid, name, namespace } = pod.metadata;
  const { subdomain, dnsConfig, hostAliases = [] } = spec;
  return {
    podUID: uid,
    podName: name,
    namespace,
    attempt,
    hostname: hostnameOf(pod),
    hostNetwork: spec.hostNetwork ?? false,
    labels: podLabels(nodeName, pod),
    ports: servers(spec).flatMap(({ ports = [] }) => ports),
    ...(subdomain && { domain: `${subdomain}.${namespace}.svc.${clusterDomain}` }),
    ...(dnsConfig !== undefined && {
      dns: {
        isComplete: spec.dnsPolicy === 'None',
        nameservers: dnsConfig.nameservers ?? [],
        searches: dnsConfig.searches ?? [],
        options: (dnsConfig.options ?? []).map(({ name: option = '', value }) =>
          value === undefined ? option : `${option}:${value}`,
        ),
      },
    }),
    ...(hostAliases.length > 0 && {
      hostAliases: hostAliases.map(({ ip, hostnames = [] }) => ({ ip, hostnames })),
    }),
    ...namespacesOf(spec),
    ...sysctlsOf(spec),
  };
}

function sysctlsOf({ securityContext = {} }: PodSpec): Pick<SandboxConfig, 'sysctls'> {
  const { sysctls = [] } = securityContext;
  if (sysctls.length === 0) return {};
  // Kubernetes takes both ways of writing.
  return { sysctls: sysctls.map(({ name, value = '' }) => ({ name: name.replaceAll('/', '.'), value })) };
}

/** Containers whose ports lead somewhere: an init container that is to end has no clients. */
function servers({ containers, initContainers = [] }: PodSpec): readonly Container[] {
  return [...initContainers.filter(isSidecar), ...containers];
}

/** What containers share with their pod or with the host, beside the network. */
export function namespacesOf(spec: PodSpec): { readonly processes?: ProcessSpace; readonly hostIPC?: true } {
  const processes = spec.hostPID === true ? 'host' : spec.shareProcessNamespace === true ? 'pod' : undefined;
  return {
    ...(processes !== undefined && { processes }),
    ...(spec.hostIPC === true && { hostIPC: true as const }),
  };
}
