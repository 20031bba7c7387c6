/** Whether a pod has a sandbox that its containers can run in. */

import type { Pod } from '../../api/pod.ts';
import type { SandboxID, SandboxInfo } from '../../contract/container-runtime.ts';

export interface SandboxDecision {
  /** The one in use, or to be replaced; empty when there is none. */
  readonly sandboxID: SandboxID;
  /** Of the sandbox in use, or of the one to be made. */
  readonly attempt: number;
  readonly isUsable: boolean;
}

/**
 * Exactly one sandbox must be ready, and it must be the newest (`sandboxes[0]`). `givesPodIP`: the runtime gives each
 * pod an address of its own, so that a sandbox without one is broken; on the host's network none is expected.
 */
export function sandboxDecision(
  pod: Pod,
  sandboxes: readonly SandboxInfo[],
  givesPodIP: boolean,
): SandboxDecision {
  const newest = sandboxes[0];
  if (newest === undefined) return { sandboxID: '', attempt: 0, isUsable: false };
  const needsIP = givesPodIP && pod.spec.hostNetwork !== true;
  const isUsable =
    newest.state === 'ready' &&
    (newest.ip !== '' || !needsIP) &&
    !sandboxes.some((sandbox) => sandbox !== newest && sandbox.state === 'ready');
  return { sandboxID: newest.id, attempt: isUsable ? newest.attempt : newest.attempt + 1, isUsable };
}
