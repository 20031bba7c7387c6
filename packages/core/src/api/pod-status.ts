/** What has become of a pod: the status of Kubernetes v1 (reference 1.3). */

import type { ConditionStatus } from './meta.ts';

/** Where a pod is in its life. `Succeeded` and `Failed` are final. */
export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** A container that does not run yet, or not again; `reason` is a word such as `CrashLoopBackOff`. */
export interface ContainerStateWaiting {
  readonly reason?: string;
  readonly message?: string;
}

/** A container that runs. */
export interface ContainerStateRunning {
  readonly startedAt?: string;
}

/** How a container ended. */
export interface ContainerStateTerminated {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly containerID?: string;
}

/** Exactly one of the three; none counts as waiting. */
export interface ContainerState {
  readonly waiting?: ContainerStateWaiting;
  readonly running?: ContainerStateRunning;
  readonly terminated?: ContainerStateTerminated;
}

/** What is known of one container. */
export interface ContainerStatus {
  readonly name: string;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly image?: string;
  readonly imageID?: string;
  /** `<runtime>://<id>` */
  readonly containerID?: string;
}

/** One condition of a pod: `PodScheduled`, `Initialized`, `ContainersReady`, `Ready` and so on. */
export interface PodCondition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly lastProbeTime?: string | null;
  readonly observedGeneration?: number;
}

/** One death of one container: kept with the pod, beyond `lastState`. */
export interface TerminationRecord {
  readonly container: string;
  readonly restartCount: number;
  readonly exitCode: number;
  readonly signal?: string;
  readonly reason: string;
  readonly message?: string;
  /** What made it end: the container itself, or who stopped it and why. */
  readonly cause: string;
  /** The probe that it was killed for, and the last thing that it said. */
  readonly probe?: { readonly type: 'liveness' | 'startup'; readonly message: string };
  readonly startedAt?: string;
  readonly finishedAt: string;
}

/** What has become of a pod, as its agent last said. */
export interface PodStatus {
  readonly phase?: PodPhase;
  readonly conditions?: readonly PodCondition[];
  readonly message?: string;
  readonly reason?: string;
  readonly hostIP?: string;
  readonly hostIPs?: readonly { readonly ip: string }[];
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly startTime?: string;
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  readonly qosClass?: string;
  readonly observedGeneration?: number;
  /** Mooring's own: the last terminations of each container, newest first. */
  readonly terminations?: readonly TerminationRecord[];
}
