/** What has happened to each pod so far, from its versions, its events and the facts of its containers. */

import type { Fact, KubeEvent, StoredPod } from '@mooring/core';

/** A container was started, or has ended. */
export interface Moment {
  readonly atMs: number;
  readonly restartCount: number;
}

export interface Exit extends Moment {
  readonly exitCode: number;
  readonly signal?: string;
  /** What made it end. */
  readonly cause: string;
}

export interface PodHistory {
  /** As it is now. */
  pod: StoredPod | undefined;
  readonly events: readonly KubeEvent[];
  readonly starts: readonly Moment[];
  readonly exits: readonly Exit[];
  /** Each change of the condition `Ready`, and when it was seen. */
  readonly readiness: readonly { readonly atMs: number; readonly isReady: boolean }[];
  /** The different messages of CrashLoopBackOff, in order. */
  readonly backOffs: readonly string[];
}

type Draft = {
  -readonly [K in keyof PodHistory]: PodHistory[K] extends readonly (infer T)[] ? T[] : PodHistory[K];
};

export class History {
  private readonly pods = new Map<string, Draft>();

  of(pod: string): PodHistory {
    return this.draft(pod);
  }

  notePod(pod: StoredPod, atMs: number): void {
    const draft = this.draft(pod.metadata.name);
    draft.pod = pod;
    const isReady = isPodReady(pod);
    if ((draft.readiness.at(-1)?.isReady ?? false) !== isReady) draft.readiness.push({ atMs, isReady });
    for (const { state } of pod.status?.containerStatuses ?? []) {
      const { reason, message = '' } = state?.waiting ?? {};
      if (reason === 'CrashLoopBackOff' && !draft.backOffs.includes(message)) draft.backOffs.push(message);
    }
  }

  noteEvent(event: KubeEvent): void {
    this.draft(event.involvedObject.name).events.push(event);
  }

  /** `container.started` and `container.exited`; others are passed over. */
  noteFact({ type, at: atMs, data }: Fact): void {
    if (!isContainerFact(data)) return;
    const draft = this.draft(data.pod);
    if (type === 'container.started') draft.starts.push({ ...data, atMs });
    // A busy agent tells of an end later than it was; whoever waits counts from the end itself.
    if (type === 'container.exited' && isExit(data)) draft.exits.push({ ...data, atMs: data.finishedAtMs });
  }

  private draft(pod: string): Draft {
    let draft = this.pods.get(pod);
    if (draft === undefined) {
      draft = { pod: undefined, events: [], starts: [], exits: [], readiness: [], backOffs: [] };
      this.pods.set(pod, draft);
    }
    return draft;
  }
}

export function isPodReady({ status }: StoredPod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

interface ContainerFact {
  readonly pod: string;
  readonly restartCount: number;
}

function isContainerFact(data: unknown): data is ContainerFact {
  return typeof data === 'object' && data !== null && 'pod' in data && 'restartCount' in data;
}

function isExit(data: ContainerFact): data is ContainerFact & Omit<Exit, 'atMs'> & { finishedAtMs: number } {
  return 'exitCode' in data && 'cause' in data && 'finishedAtMs' in data;
}
