/** What a pod asks for and a plain process of this host cannot have. Nothing is ignored in silence. */

import type { Container, Pod, RuntimeFinding, SecurityContext } from '@mooring/core';
import type { HostFeatures } from './host-features.ts';

type Severity = RuntimeFinding['severity'];

export function reviewPod({ spec }: Pod, features: HostFeatures): readonly RuntimeFinding[] {
  const findings: RuntimeFinding[] = [];
  const add = (severity: Severity, field: string, message: string) => {
    findings.push({ severity, field, message });
  };
  reviewPodFields(spec, add);
  const { initContainers = [], containers: apps, ephemeralContainers = [] } = spec;
  const lists = { initContainers, containers: apps, ephemeralContainers };
  for (const [list, containers] of Object.entries(lists)) {
    for (const [i, container] of containers.entries()) {
      const at = `spec.${list}[${i}]`;
      const addAt = (severity: Severity, field: string, message: string) =>
        add(severity, `${at}.${field}`, message);
      reviewMounts(container, features, addAt);
      reviewLimits(container, features, addAt);
      reviewTerminal(container, features, addAt);
      reviewSecurity({ ...spec.securityContext, ...container.securityContext }, features, addAt);
      if (spec.hostNetwork !== true) reviewPorts(container, addAt);
    }
  }
  return findings;
}

type Add = (severity: Severity, field: string, message: string) => void;

/** Settings of a pod's security context that containers inherit are looked at with each container. */
const inheritedSecurity: ReadonlySet<string> = new Set(['runAsUser', 'runAsGroup', 'runAsNonRoot']);

function reviewPodFields(spec: Pod['spec'], add: Add): void {
  if (spec.os?.name === 'windows') add('refuse', 'spec.os.name', 'this node runs Linux');
  if (spec.hostname !== undefined || spec.subdomain !== undefined)
    add('warn', 'spec.hostname', 'processes share the host name of the node; only HOSTNAME is set');
  if ((spec.hostAliases ?? []).length > 0)
    add('warn', 'spec.hostAliases', 'processes use the /etc/hosts of the node');
  if (spec.dnsConfig !== undefined || spec.dnsPolicy === 'None')
    add('warn', 'spec.dnsConfig', 'processes use the name resolution of the node');
  for (const [i, { targetContainerName }] of (spec.ephemeralContainers ?? []).entries())
    if (targetContainerName)
      add(
        'warn',
        `spec.ephemeralContainers[${i}].targetContainerName`,
        'processes see those of the whole node, not of one container only',
      );
  for (const [name, value] of Object.entries(spec.securityContext ?? {}))
    if (value !== undefined && value !== null && !inheritedSecurity.has(name))
      add('warn', `spec.securityContext.${name}`, 'is not applied to processes');
}

function reviewMounts({ volumeMounts = [] }: Container, { mounts }: HostFeatures, add: Add): void {
  for (const [i, { mountPath }] of volumeMounts.entries()) {
    if (!mounts)
      add(
        'refuse',
        `volumeMounts[${i}]`,
        'volumes can be mounted only where the agent is root and may make mount namespaces',
      );
    else if (mountPath.replace(/[/.]+$/, '') === '')
      add('refuse', `volumeMounts[${i}].mountPath`, 'the root of the node cannot be covered by a volume');
  }
}

function reviewLimits({ resources }: Container, { cgroups }: HostFeatures, add: Add): void {
  const canEnforce: Readonly<Record<string, boolean>> = {
    memory: cgroups?.memoryDir !== undefined,
    cpu: cgroups?.cpuDir !== undefined,
  };
  for (const name of Object.keys(resources?.limits ?? {}))
    if (canEnforce[name] !== true)
      add(
        'warn',
        `resources.limits[${name}]`,
        name in canEnforce
          ? 'is not enforced: the control groups of this host cannot be written by the agent'
          : 'is not enforced for processes',
      );
}

function reviewTerminal(container: Container, { mounts, terminals }: HostFeatures, add: Add): void {
  if (container.tty === true && !terminals)
    add('warn', 'tty', 'this host has not the programs that make terminals, `script` and `stty`');
  const { terminationMessagePath = defaultTerminationLog } = container;
  // The default is in every pod; the documentation says where it has no effect.
  if (!mounts && terminationMessagePath !== defaultTerminationLog)
    add(
      'warn',
      'terminationMessagePath',
      'is read only where the agent is root and may make mount namespaces',
    );
}

/** Every pod has it by default. */
export const defaultTerminationLog = '/dev/termination-log';

function reviewPorts({ ports = [] }: Container, add: Add): void {
  for (const [i, { hostPort }] of ports.entries())
    if (hostPort !== undefined && hostPort !== 0)
      add(
        'warn',
        `ports[${i}].hostPort`,
        'is not forwarded: the process is reached at the address that it binds',
      );
}

function reviewSecurity(context: SecurityContext, features: HostFeatures, add: Add): void {
  const { runAsUser, runAsGroup, capabilities } = context;
  const own = { runAsUser: process.getuid?.(), runAsGroup: process.getgid?.() };
  for (const [name, wanted] of Object.entries({ runAsUser, runAsGroup }))
    if (
      wanted !== undefined &&
      !features.privileges &&
      wanted !== own[name === 'runAsUser' ? 'runAsUser' : 'runAsGroup']
    )
      add(
        'refuse',
        `securityContext.${name}`,
        'only an agent that is root, with setpriv installed, can change it',
      );
  if (context.runAsNonRoot === true && (runAsUser ?? own.runAsUser) === 0)
    add('refuse', 'securityContext.runAsNonRoot', 'container has runAsNonRoot and image will run as root');
  if (context.privileged === true)
    add('warn', 'securityContext.privileged', 'processes have the rights of the agent anyway');
  if (context.readOnlyRootFilesystem === true && !features.mounts)
    add('warn', 'securityContext.readOnlyRootFilesystem', 'is not enforced: mount namespaces cannot be made');
  if (context.allowPrivilegeEscalation === false && !features.privileges)
    add('warn', 'securityContext.allowPrivilegeEscalation', 'is not enforced: setpriv cannot be used');
  if ((capabilities?.drop ?? []).length > 0 && !features.privileges)
    add('warn', 'securityContext.capabilities.drop', 'is not enforced: setpriv cannot be used');
  // Nothing is taken away unless it is dropped, so an addition matters only beside `drop`.
  if ((capabilities?.add ?? []).length > 0 && (capabilities?.drop ?? []).length === 0)
    add('warn', 'securityContext.capabilities.add', 'processes have the capabilities of the agent, no more');
  for (const name of ['seccompProfile', 'seLinuxOptions', 'appArmorProfile', 'procMount', 'windowsOptions'])
    if (name in context) add('warn', `securityContext.${name}`, 'is not applied to processes');
}
