import type { ContainerRole } from '../../api/pod-containers.ts';
import type { ProbeType, ProbeVerdict } from './settings.ts';

export interface ReadinessFacts {
  /** `init`: an init container that runs to its end; `sidecar`: one that stays; `ephemeral`: never ready. */
  readonly role: ContainerRole;
  readonly state: 'waiting' | 'running' | 'terminated';
  readonly exitCode?: number;
  /** The probes that the container has. */
  readonly probes: readonly ProbeType[];
  /** What is recorded for the running container ID. */
  readonly verdicts: { readonly startup?: ProbeVerdict; readonly readiness?: ProbeVerdict };
}

export interface Readiness {
  readonly started: boolean;
  readonly ready: boolean;
}

/** `started` and `ready` of a container's status. A probe that has decided nothing yet counts as not passed. */
export function containerReadiness(facts: ReadinessFacts): Readiness {
  const { role, state, exitCode, probes, verdicts } = facts;
  const passed = (type: 'startup' | 'readiness') => !probes.includes(type) || verdicts[type] === 'success';
  const started = state === 'running' && passed('startup');
  if (role === 'ephemeral') return { started, ready: false };
  if (role === 'init') return { started, ready: state === 'terminated' && exitCode === 0 };
  return { started, ready: started && passed('readiness') };
}
