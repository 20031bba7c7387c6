/** What of a new status may be shown to the world, given what it has seen. */

import type { Pod, PodStatus } from '../../api/pod.ts';
import { allContainers } from '../../api/pod-containers.ts';
import { isTerminalPhase } from '../../api/pod-phase.ts';
import { restartsAfterExit } from '../container/should-restart.ts';
import { isConditionTrue } from './conditions.ts';
import { statusesByName } from './phase.ts';

/**
 * A final phase is a promise that nothing of the pod runs any more: as long as something may, the phase of before is
 * shown, with its reason and message. `shown`: what was published last.
 */
export function publishableStatus(
  status: PodStatus,
  shown: PodStatus | undefined,
  mayHaveRunning: boolean,
): PodStatus {
  if (!mayHaveRunning || !isTerminalPhase(status.phase) || isTerminalPhase(shown?.phase)) return status;
  const { reason: _reason, message: _message, ...rest } = status;
  return {
    ...rest,
    phase: shown?.phase ?? 'Pending',
    ...(shown?.reason !== undefined && { reason: shown.reason }),
    ...(shown?.message !== undefined && { message: shown.message }),
  };
}

/**
 * The mistake in going from one status to the next, `undefined` when there is none: a container that has ended, and that
 * no policy or rule restarts, must not look alive again. Such a status must not be published. The kubelet asks for no
 * more; here a newer instance is no mistake: it runs for a reason that an exit code does not show (a failed probe, a new
 * image), and hiding it would be a lie.
 */
export function illegalTransition(pod: Pod, from: PodStatus, to: PodStatus): string | undefined {
  // Everything starts over on purpose, even what is never restarted by itself.
  if ([from, to].some(({ conditions }) => isConditionTrue(conditions, 'AllContainersRestarting')))
    return undefined;
  const before = statusesByName(from);
  const after = statusesByName(to);
  for (const container of allContainers(pod)) {
    const old = before.get(container.name);
    const now = after.get(container.name);
    const ended = old?.state?.terminated;
    if (ended === undefined || now?.state?.terminated !== undefined) continue;
    const isNewer = (now?.restartCount ?? 0) > (old?.restartCount ?? 0);
    if (isNewer || restartsAfterExit(pod.spec, container, ended.exitCode)) continue;
    return `terminated container ${container.name} attempted illegal transition to non-terminated state`;
  }
  return undefined;
}
