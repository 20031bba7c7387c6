/** What a pod asks for and a Docker engine, or this package, cannot do. Nothing is ignored in silence. */

import type { Container, Pod, RuntimeFinding, SeccompProfile } from '@mooring/core';
import { sysctlProblem } from './sysctls.ts';

type Severity = RuntimeFinding['severity'];
type Add = (severity: Severity, field: string, message: string) => void;

/** `isLocal`: files of this host are also the engine's. */
export function reviewPod({ spec }: Pod, isLocal: boolean): readonly RuntimeFinding[] {
  const findings: RuntimeFinding[] = [];
  const add: Add = (severity, field, message) => {
    findings.push({ severity, field, message });
  };
  reviewPodFields(spec, add);
  const { initContainers = [], containers: apps, ephemeralContainers = [] } = spec;
  const lists = { initContainers, containers: apps, ephemeralContainers };
  for (const [list, containers] of Object.entries(lists))
    for (const [i, container] of containers.entries())
      reviewContainer(container, isLocal, (severity, field, message) =>
        add(severity, `spec.${list}[${i}].${field}`, message),
      );
  return findings;
}

/** Settings of a pod's security context that are looked at elsewhere, or done: the group of volumes is the agent's. */
const appliedPodSecurity: ReadonlySet<string> = new Set([
  ...['runAsUser', 'runAsGroup', 'runAsNonRoot', 'supplementalGroups', 'fsGroup', 'fsGroupChangePolicy'],
  ...['sysctls', 'seccompProfile'],
]);

function reviewPodFields(spec: Pod['spec'], add: Add): void {
  if (spec.os?.name === 'windows') add('refuse', 'spec.os.name', 'this node runs Linux');
  if (spec.hostNetwork === true && spec.subdomain !== undefined)
    add('warn', 'spec.subdomain', 'the host name is that of the node');
  const { securityContext = {} } = spec;
  for (const [name, value] of Object.entries(securityContext))
    if (value !== undefined && value !== null && !appliedPodSecurity.has(name))
      add('warn', `spec.securityContext.${name}`, 'is not applied');
  reviewSeccomp(securityContext.seccompProfile, 'spec.securityContext', add);
  for (const [i, { name }] of (securityContext.sysctls ?? []).entries()) {
    const problem = sysctlProblem(name.replaceAll('/', '.'), spec);
    if (problem !== undefined) add('warn', `spec.securityContext.sysctls[${i}].name`, `${name} ${problem}`);
  }
}

const enforcedLimits: ReadonlySet<string> = new Set(['cpu', 'memory']);
const appliedSecurity: ReadonlySet<string> = new Set([
  ...['runAsUser', 'runAsGroup', 'runAsNonRoot', 'privileged'],
  ...['readOnlyRootFilesystem', 'allowPrivilegeEscalation', 'capabilities', 'seccompProfile'],
]);

/** Every pod has it by default. */
const defaultTerminationLog = '/dev/termination-log';

function reviewContainer(container: Container, isLocal: boolean, add: Add): void {
  const { volumeMounts = [], resources, ports = [], securityContext = {} } = container;
  const { terminationMessagePath = defaultTerminationLog } = container;
  if (!isLocal) {
    for (const i of volumeMounts.keys())
      add('refuse', `volumeMounts[${i}]`, 'volumes can be mounted only by an engine of this host');
    if (terminationMessagePath !== defaultTerminationLog)
      add('warn', 'terminationMessagePath', 'is read only where the engine is on this host');
  }
  for (const name of Object.keys(resources?.limits ?? {}))
    if (!enforcedLimits.has(name)) add('warn', `resources.limits[${name}]`, 'is not enforced');
  for (const [i, { protocol }] of ports.entries())
    if (protocol === 'SCTP' && ports[i]?.hostPort)
      add('warn', `ports[${i}].hostPort`, 'SCTP may not be forwarded');
  for (const [name, value] of Object.entries(securityContext))
    if (value !== undefined && !appliedSecurity.has(name))
      add('warn', `securityContext.${name}`, 'is not applied');
  reviewSeccomp(securityContext.seccompProfile, 'securityContext', add);
}

function reviewSeccomp(profile: SeccompProfile | undefined, field: string, add: Add): void {
  if (profile?.type === 'Localhost')
    add('warn', `${field}.seccompProfile.localhostProfile`, 'is not applied: the profile of the engine is');
}
