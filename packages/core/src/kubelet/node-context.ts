/** What all actors of one node share: the ports to the outside, and what is known of each pod beside its actor. */

import type { EventType } from '../api/objects.ts';
import type { ContainerStatus, PodStatus, ResourceList, StoredPod, TerminationRecord } from '../api/pod.ts';
import { allContainers } from '../api/pod-containers.ts';
import type { Clock, Random } from '../contract/clock.ts';
import type {
  ContainerInfo,
  ContainerRuntime,
  ImageRef,
  SandboxConfig,
  SandboxInfo,
} from '../contract/container-runtime.ts';
import type { Logger } from '../contract/logger.ts';
import type { BackOffEntry, BackOffSettings } from '../engine/back-off.ts';
import type { ObjectLookup, ServiceAddress, Surroundings } from './environment/surroundings.ts';
import { statusesByName } from './pod/phase.ts';
import type { PodOutcome } from './pod/pod-context.ts';
import type { Vantages } from './probe/ask-vantages.ts';
import type { BoundProbe } from './probe/probe-runs.ts';
import type { Standing } from './probe/vantage-news.ts';
import type { PodTraffic } from './proxy/pod-traffic.ts';
import type { VolumeHost } from './volume/volume-host.ts';

export interface KubeletSettings {
  readonly crashLoop: BackOffSettings;
  readonly imagePull: BackOffSettings;
  /** Between attempts at anything that failed, times a random 1.0 to 1.5. */
  readonly retryMs: number;
  /** How long a postStart hook may take before it counts as failed. */
  readonly postStartMsMax: number;
  /** Deadline of a runtime call that should be quick: inspect, list, remove. */
  readonly callMsMax: number;
  /** Deadline of create and start. */
  readonly startMsMax: number;
  /** Deadline of an image pull. */
  readonly pullMsMax: number;
  /** How long a deleted pod is kept from its stop signal for EndpointSlices to let it go. */
  readonly withdrawMsMax: number;
  /** How long after that for connections that are still open to it. */
  readonly drainMsMax: number;
}

export interface PodEventRecord {
  /** For an event about one container. */
  readonly container?: string;
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
}

/** What is known of a pod beside the state of its actor. */
export interface PodRecord {
  /** The newest version of the object. */
  pod: StoredPod;
  sandbox: SandboxInfo | undefined;
  /** A sandbox that was asked for and of which nothing has been heard yet. */
  sandboxAsked: SandboxConfig | undefined;
  /** The probes of its containers, bound once; the key is `<container>/<type>`. */
  readonly probes: ReadonlyMap<string, BoundProbe>;
  /** Where the probes of other nodes stand; the same keys. */
  readonly standings: Map<string, Standing>;
  /** What each of its probes said last that was not a success; the same keys. */
  readonly probeAnswers: Map<string, string>;
  terminations: readonly TerminationRecord[];
  /** The status as last generated; the store may be behind. */
  status: PodStatus | undefined;
  /** What the runtime calls the images that are there. */
  readonly imageRefs: Map<string, ImageRef>;
  /** Whom they run as when nobody says otherwise, where the runtime knows. */
  readonly imageUsers: Map<string, string>;
  /** By image: the pulls that failed and have not succeeded since. */
  readonly pulls: Map<
    string,
    { readonly backOff: BackOffEntry; readonly failedAtMs: number; readonly words: string }
  >;
  /** Why the pod has ended as a whole, or may not begin. Kept here, because an actor that breaks forgets it. */
  outcome: PodOutcome | undefined;
  /** The object is gone from the store. */
  isRemoved: boolean;
  /** Containers of which something may run. */
  readonly alive: Set<string>;
  /** Containers all of whose instances are being removed; `RestartAllContainers` keeps an order among them. */
  readonly discarding: Set<string>;
  /** Instances that are being removed, by id. */
  readonly removing: Map<string, Promise<void>>;
  /** Called when one of them has ended or is gone: others wait for it. */
  readonly exitListeners: Set<() => void>;
  /** The volumes are there, and are kept up to date. */
  hasVolumes: boolean;
  /** The last work on the volumes, which must not overlap with the next. */
  volumeWork: Promise<unknown>;
  /** When this agent began to wait for traffic to leave the pod, on the monotonic clock. */
  withdrawalSinceMs: number | undefined;
}

/** What the actors of a node work with. For machines of users; its members may change in any version. */
export interface NodeContext {
  readonly nodeName: string;
  readonly hostIP: string;
  readonly allocatable: ResourceList;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly runtime: ContainerRuntime;
  readonly volumes: VolumeHost;
  readonly objects: ObjectLookup;
  readonly traffic: PodTraffic;
  readonly vantages: Pick<Vantages, 'ask'>;
  /** The Services that the environment of a pod of this namespace tells of. */
  servicesSeenFrom(namespace: string): readonly ServiceAddress[];
  readonly settings: KubeletSettings;
  readonly records: Map<string, PodRecord>;
  /** Records an event of the pod. Never throws. */
  recordEvent(pod: StoredPod, event: PodEventRecord): void;
  /** An instance was made or started here; the next look at the runtime has to find it. */
  noteInstance(info: ContainerInfo): void;
  /** An instance was removed here: it is not to be missed. */
  noteRemoved(id: string): void;
  /** All sandboxes of a pod were removed here. */
  noteNoSandboxes(podUID: string): void;
  /** The status of the pod may be another one now. */
  publishStatus(podUID: string): void;
  /** Publishes the final status, then lets the object go. */
  confirmGone(podUID: string, signal: AbortSignal): Promise<void>;
  /** Publishes a fact of an actor. Never throws. */
  publishFact(address: string, fact: string, data: object): void;
}

/** The record of a pod that has an actor. */
export function recordOf(node: NodeContext, podUID: string): PodRecord {
  const record = node.records.get(podUID);
  if (record === undefined) throw new Error(`no pod with UID ${podUID} on node ${node.nodeName}`);
  return record;
}

export function containerOf(pod: StoredPod, name: string) {
  const container = allContainers(pod).find((one) => one.name === name);
  if (container === undefined) throw new Error(`pod ${pod.metadata.name} has no container ${name}`);
  return container;
}

export function surroundingsOf(node: NodeContext, podIP: string): Surroundings {
  const { nodeName, hostIP, allocatable, objects } = node;
  return { nodeName, hostIP, podIP, podIPs: podIP === '' ? [] : [podIP], allocatable, objects };
}

/** Where probes and hooks reach the pod: its own address, or that of the host. */
export function podIPOf(node: NodeContext, record: PodRecord): string {
  return record.sandbox?.ip || node.hostIP;
}

export function previousStatusOf(record: PodRecord, name: string): ContainerStatus | undefined {
  const status = record.status ?? record.pod.status;
  return status && statusesByName(status).get(name);
}

/** The retry period with its spread, so that pods which failed together do not try together for ever. */
export function spread(node: NodeContext, ms: number): number {
  return Math.round(ms * (1 + node.random.next() / 2));
}
