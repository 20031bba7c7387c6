/** From what the kubelet asks for to what is started: program, environment, directory, mounts, limits, rights. */

import { type ContainerConfig, MooringError } from '@mooring/core';
import { planCgroups } from './cgroup-plan.ts';
import type { HostFeatures } from './host-features.ts';
import { argvOf, type Image } from './image-map.ts';
import type { LaunchSpec, Privileges } from './launch-script.ts';

/** What a container gets besides its own. */
export interface Surroundings {
  readonly image: Image;
  readonly features: HostFeatures;
  readonly podIP: string;
  readonly hostname: string;
  /** Variables of the agent that are passed on. */
  readonly inherited: Readonly<Record<string, string>>;
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Throws `CREATE_FAILED` for what no process could be given. */
export function buildLaunchSpec(config: ContainerConfig, surroundings: Surroundings): LaunchSpec {
  const { image, features } = surroundings;
  const argv = argvOf(image.definition, config);
  if (argv.length === 0) throw new MooringError('CREATE_FAILED', 'no command specified');
  const env = environment(config, surroundings);
  const given = [...argv, ...Object.entries(env).flat()];
  if (given.some((text) => text.includes('\0')))
    throw new MooringError('CREATE_FAILED', 'neither command nor environment may contain a NUL character');
  if (config.mounts.length > 0 && !features.mounts)
    throw new MooringError(
      'CREATE_FAILED',
      'volumes cannot be mounted: the agent may not make mount namespaces',
    );
  const { terminationMessagePath } = config;
  return {
    argv,
    env,
    workingDir: config.workingDir || image.workingDir,
    mounts: config.mounts,
    ...(features.mounts && terminationMessagePath && { terminationLogPath: terminationMessagePath }),
    readOnlyRoot: features.mounts && config.securityContext?.readOnlyRootFilesystem === true,
    cgroups: features.cgroups === undefined ? [] : planCgroups(features.cgroups, config.resources),
    privileges: privileges(config, features),
    ...(config.tty && features.terminals && { tty: true }),
    ...(config.stdin && { stdin: true }),
  };
}

/** Later ones win: the agent's, the image's, the pod's address and name, then what the pod itself says. */
function environment(config: ContainerConfig, surroundings: Surroundings): Readonly<Record<string, string>> {
  const { image, podIP, hostname, inherited } = surroundings;
  return {
    PATH: defaultPath,
    ...inherited,
    ...image.definition.env,
    HOSTNAME: hostname,
    POD_IP: podIP,
    ...Object.fromEntries(config.env.map(({ name, value }) => [name, value])),
  };
}

function privileges({ securityContext = {} }: ContainerConfig, features: HostFeatures): Privileges {
  const { runAsUser, runAsGroup, allowPrivilegeEscalation, capabilities } = securityContext;
  const none: Privileges = { noNewPrivileges: false, dropCapabilities: [], addCapabilities: [] };
  if (!features.privileges) return none;
  return {
    ...(runAsUser !== undefined && { uid: runAsUser }),
    ...(runAsGroup !== undefined && { gid: runAsGroup }),
    noNewPrivileges: allowPrivilegeEscalation === false,
    dropCapabilities: capabilities?.drop ?? [],
    addCapabilities: capabilities?.add ?? [],
  };
}
