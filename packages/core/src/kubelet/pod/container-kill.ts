/** Which running containers have to be killed, and the words for it. */

import type { Container } from '../../api/pod.ts';
import type { ContainerID, ContainerInfo } from '../../contract/container-runtime.ts';
import type { KillCause } from '../container/grace-period.ts';
import { definitionChanged } from '../container/spec-hash.ts';
import type { ProbeResults } from './observation.ts';

export interface ContainerToKill {
  readonly id: ContainerID;
  readonly name: string;
  readonly cause: KillCause;
  /** Text of the `Killing` event. */
  readonly message: string;
  /** Another instance follows. */
  readonly restart: boolean;
}

type RunningKillCause = Exclude<KillCause, 'unknown-state'>;

/** Why a running container must not go on; the first that applies. */
export function killCause(
  container: Container,
  running: ContainerInfo,
  probes: ProbeResults,
): RunningKillCause | undefined {
  if (definitionChanged(container, running)) return 'definition-changed';
  if (probes.liveness.get(running.id) === 'failure') return 'liveness';
  if (probes.startup.get(running.id) === 'failure') return 'startup';
  return undefined;
}

const words = {
  'definition-changed': 'definition changed',
  liveness: 'failed liveness probe',
  startup: 'failed startup probe',
} as const;

export function killApp(info: ContainerInfo, cause: RunningKillCause, restart: boolean): ContainerToKill {
  const name = info.containerName;
  const suffix = restart ? ', will be restarted' : '';
  return { id: info.id, name, cause, message: `Container ${name} ${words[cause]}${suffix}`, restart };
}

/** A sidecar is always restarted, so its message does not say it. */
export function killSidecar(info: ContainerInfo, cause: RunningKillCause): ContainerToKill {
  const name = info.containerName;
  return { id: info.id, name, cause, message: `Init container ${name} ${words[cause]}`, restart: true };
}

/** Nobody knows whether it runs: killed first, so that there are never two. */
export function killUnknown(info: ContainerInfo, kind: 'Container' | 'Init container'): ContainerToKill {
  return {
    id: info.id,
    name: info.containerName,
    cause: 'unknown-state',
    message: `${kind} is in "${info.state}" state, try killing it before restart`,
    restart: true,
  };
}
