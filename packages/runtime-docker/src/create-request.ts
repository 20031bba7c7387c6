/** What the engine is asked to create. */

import type { ContainerConfig, ContainerPort, SandboxConfig, SecurityContext } from '@mooring/core';
import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import { engineLimits } from './engine-limits.ts';
import { engineDns, hostDnsSettings } from './name-resolution.ts';
import type { ResolvedOptions } from './options.ts';
import { containerRecord, engineNameOf, labelsOf, type Owner, sandboxRecord } from './records.ts';
import { sysctlProblem } from './sysctls.ts';

export interface RequestSurroundings extends Owner {
  readonly options: ResolvedOptions;
}

export interface ContainerBasis {
  /** The host's file for the last words of the container, when it may leave some. */
  readonly messageFile?: string;
  /** Whom the image runs as; empty for root. */
  readonly imageUser?: string;
}

export function containerRequest(
  config: ContainerConfig,
  { messageFile, imageUser }: ContainerBasis,
  surroundings: RequestSurroundings,
): ContainerCreateOptions {
  const { agentKey, options } = surroundings;
  const { command = [], args = [], workingDir, stopSignal, securityContext = {} } = config;
  return {
    name: engineNameOf(agentKey, config.name),
    Image: config.imageRef,
    Labels: labelsOf(surroundings, 'container', config.labels, containerRecord(config)),
    // With an entrypoint and no command of its own, a container does not get the command of the image.
    ...(command.length > 0 && { Entrypoint: [...command] }),
    ...(args.length > 0 && { Cmd: [...args] }),
    Env: config.env.map(({ name, value }) => `${name}=${value}`),
    ...(workingDir !== undefined && { WorkingDir: workingDir }),
    ...userOf(securityContext, imageUser),
    Tty: config.tty,
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce ?? false,
    ...(stopSignal !== undefined && { StopSignal: stopSignal }),
    // Probes are the agent's; the image's own check would only cost.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: `container:${config.sandboxID}`,
      IpcMode: config.hostIPC === true ? 'host' : `container:${config.sandboxID}`,
      ...processesOf(config),
      RestartPolicy: { Name: 'no' },
      LogConfig: {
        Type: 'json-file',
        Config: { 'max-size': String(options.logMaxBytes), 'max-file': String(options.logMaxFiles) },
      },
      Mounts: mountsOf(config, messageFile),
      ...engineLimits(config.resources),
      ...groupsOf(config),
      ...rightsOf(securityContext),
    },
  };
}

export function sandboxRequest(
  config: SandboxConfig,
  pauseImage: string,
  nowMs: number,
  surroundings: RequestSurroundings,
): ContainerCreateOptions {
  const { agentKey, options } = surroundings;
  const { podUID, attempt, hostname, domain, hostNetwork, ports, hostAliases = [] } = config;
  const published = hostNetwork
    ? []
    : ports.filter(({ hostPort }) => hostPort !== undefined && hostPort !== 0);
  return {
    name: engineNameOf(agentKey, `sandbox_${podUID}_${attempt}`),
    Image: pauseImage,
    Labels: labelsOf(surroundings, 'sandbox', config.labels, sandboxRecord(config, nowMs)),
    ...(!hostNetwork && { Hostname: hostname, ...(domain !== undefined && { Domainname: domain }) }),
    // It does nothing, so nothing is lost, and whoever stops it need not wait.
    StopSignal: 'SIGKILL',
    ExposedPorts: Object.fromEntries(published.map((port) => [keyOf(port), {}])),
    HostConfig: {
      NetworkMode: hostNetwork ? 'host' : options.network,
      ...(hostNetwork && { UTSMode: 'host' }),
      IpcMode: config.hostIPC === true ? 'host' : 'shareable',
      // The first process of a space buries those that nobody waits for.
      ...(config.processes === 'pod' && { Init: true }),
      ...engineDns(config.dns, hostDnsSettings),
      ...sysctlsOf(config),
      ExtraHosts: hostAliases.flatMap(({ ip, hostnames }) => hostnames.map((name) => `${name}:${ip}`)),
      RestartPolicy: { Name: 'no' },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      LogConfig: { Type: 'none', Config: {} },
      PortBindings: bindingsOf(published),
    },
  };
}

function sysctlsOf(config: SandboxConfig): HostConfig {
  const own = (config.sysctls ?? []).filter(({ name }) => sysctlProblem(name, config) === undefined);
  return own.length === 0 ? {} : { Sysctls: Object.fromEntries(own.map(({ name, value }) => [name, value])) };
}

function groupsOf({ supplementalGroups = [] }: ContainerConfig): HostConfig {
  return supplementalGroups.length === 0 ? {} : { GroupAdd: supplementalGroups.map(String) };
}

/** One port of a pod may be reached at several of its host. */
function bindingsOf(published: readonly ContainerPort[]): NonNullable<HostConfig['PortBindings']> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of published) {
    const binding = { HostIp: port.hostIP ?? '', HostPort: String(port.hostPort) };
    bindings[keyOf(port)] = [...(bindings[keyOf(port)] ?? []), binding];
  }
  return bindings;
}

function keyOf({ containerPort, protocol = 'TCP' }: ContainerPort): string {
  return `${containerPort}/${protocol.toLowerCase()}`;
}

function processesOf({ processes, sandboxID, targetID }: ContainerConfig): HostConfig {
  if (processes === undefined) return targetID === undefined ? {} : { PidMode: `container:${targetID}` };
  return { PidMode: processes === 'host' ? 'host' : `container:${sandboxID}` };
}

/** A group without a user goes with that of the image, as in Kubernetes. */
function userOf(
  { runAsUser, runAsGroup }: SecurityContext,
  imageUser: string | undefined,
): ContainerCreateOptions {
  if (runAsGroup === undefined) return runAsUser === undefined ? {} : { User: String(runAsUser) };
  return { User: `${runAsUser ?? (imageUser?.split(':')[0] || '0')}:${runAsGroup}` };
}

function mountsOf(
  config: ContainerConfig,
  messageFile: string | undefined,
): NonNullable<HostConfig['Mounts']> {
  const volumes = config.mounts.map(({ hostPath, containerPath, readOnly }) => ({
    ...{ Type: 'bind' as const, Source: hostPath, Target: containerPath, ReadOnly: readOnly },
    BindOptions: { Propagation: 'rprivate' as const },
  }));
  const { terminationMessagePath } = config;
  if (messageFile === undefined || terminationMessagePath === undefined) return volumes;
  const message = { Type: 'bind' as const, Source: messageFile, Target: terminationMessagePath };
  return [...volumes, message];
}

function rightsOf(context: SecurityContext): HostConfig {
  const { privileged, readOnlyRootFilesystem, allowPrivilegeEscalation, capabilities } = context;
  const options = [
    ...(allowPrivilegeEscalation === false ? ['no-new-privileges'] : []),
    // Without a word the engine's own profile counts, which is that of `RuntimeDefault`.
    ...(context.seccompProfile?.type === 'Unconfined' ? ['seccomp=unconfined'] : []),
  ];
  return {
    ...(privileged === true && { Privileged: true }),
    ...(readOnlyRootFilesystem === true && { ReadonlyRootfs: true }),
    ...(options.length > 0 && { SecurityOpt: options }),
    ...(capabilities?.add !== undefined && { CapAdd: [...capabilities.add] }),
    ...(capabilities?.drop !== undefined && { CapDrop: [...capabilities.drop] }),
  };
}
