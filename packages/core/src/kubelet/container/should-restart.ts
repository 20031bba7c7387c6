/** Whether a container that does not run has to be started. */

import { type Container, isSidecar, type Pod, type PodSpec, type RestartPolicy } from '../../api/pod.ts';
import { isEphemeral } from '../../api/pod-containers.ts';
import type { ContainerInfo } from '../../contract/container-runtime.ts';
import { exitCodeOf } from './exit-reason.ts';
import { ruleAction } from './restart-rules.ts';

/** The container's own policy, or the pod's; that of an ephemeral one is to run once. */
export function effectiveRestartPolicy(spec: PodSpec, container: Container): RestartPolicy {
  if (isEphemeral(spec, container)) return 'Never';
  return container.restartPolicy ?? spec.restartPolicy ?? 'Always';
}

/** After an end with this exit code: the first rule that matches, then the policy of the container, then the pod's. */
export function restartsAfterExit(spec: PodSpec, container: Container, exitCode: number): boolean {
  if (ruleAction(container, exitCode) !== undefined) return true;
  const policy = effectiveRestartPolicy(spec, container);
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/**
 * After the agent has killed it for a failed probe: its exit code does not count, and neither do rules, which are
 * about how a container ends by itself.
 */
export function restartsAfterKill(spec: PodSpec, container: Container): boolean {
  return effectiveRestartPolicy(spec, container) !== 'Never';
}

/**
 * `newest`: the latest instance, `undefined` when there never was one. A created or unknown instance counts as not
 * running; the unknown one must be killed first.
 */
export function shouldRestart(pod: Pod, container: Container, newest: ContainerInfo | undefined): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (newest === undefined) return true;
  if (newest.state === 'running') return false;
  if (newest.state !== 'exited') return true;
  return restartsAfterExit(pod.spec, container, exitCodeOf(newest));
}

/** A plain init container that failed is tried again, or the pod has failed. */
export function retriesInit(spec: PodSpec, container: Container, failed: ContainerInfo): boolean {
  if (isSidecar(container)) return true;
  // Lost, or killed for want of memory while the leader reported success: there is no code to judge by.
  if (failed.state !== 'exited' || exitCodeOf(failed) === 0) return restartsAfterKill(spec, container);
  return restartsAfterExit(spec, container, exitCodeOf(failed));
}
