/** What a cluster is composed of. Everything has a default but the plugins. */

import type { Labels } from '../api/meta.ts';
import type { Taint } from '../api/objects.ts';
import type { ResourceList } from '../api/pod.ts';
import type { Bus } from '../contract/bus.ts';
import type { Clock, Random } from '../contract/clock.ts';
import type { Logger } from '../contract/logger.ts';
import type { Plugin } from '../contract/plugin.ts';
import type { Store } from '../contract/store.ts';
import type { Transport } from '../contract/transport.ts';
import type { NodeLifecycleSettings } from '../controller/node-lifecycle/settings.ts';
import type { PodGCSettings } from '../controller/pod-gc/settings.ts';
import type { CrashLoopOptions } from '../kubelet/container/crash-loop.ts';
import type { KubeletLogic } from '../kubelet/kubelet.ts';
import type { VolumeHost } from '../kubelet/volume/volume-host.ts';
import type { TolerationSeconds } from './default-tolerations.ts';
import type { PartContainer } from './registered-parts.ts';

/** A node's signs of life; the numbers of the preset where not given, which are 40 s, 10 s, 10 s and 5 minutes. */
export interface HeartbeatOptions {
  /** How long the lease of the node lasts. */
  readonly leaseMs?: number;
  /** How often the lease is renewed. A quarter of `leaseMs` when only that is given. */
  readonly renewMs?: number;
  /** How often the status of the node is compared with the stored one, and written if it differs. */
  readonly statusMs?: number;
  /** How often the status is written although nothing has changed. */
  readonly reportMs?: number;
}

/** When an agent that cannot renew its lease stops its pods. */
export interface FencingOptions {
  /** The grace period of the control plane (`nodeLifecycle.graceMs`), or less. That of the preset when not given. */
  readonly afterMs?: number;
}

/** One node, as the flags and the configuration of a kubelet would describe it. */
export interface NodeOptions {
  readonly name: string;
  /** What addresses of the host show; `127.0.0.1` when not given. */
  readonly hostIP?: string;
  /**
   * What pods may ask for together, and what stands in for limits that containers do not set. The machine's cpus,
   * memory and disk, and 110 pods, where not given.
   */
  readonly allocatable?: ResourceList;
  /** Labels of the Node object beside those that every node has. Set at each start; those of others are kept. */
  readonly labels?: Labels;
  /** Taints that the Node object is made with. An object that exists keeps the taints that it has. */
  readonly taints?: readonly Taint[];
  readonly heartbeat?: HeartbeatOptions;
  /**
   * Whether the agent stops its pods when it cannot renew the lease of the node, each before it may be replaced; they run
   * again when it can, but for those that were replaced. It guards against a node that is cut off, not against an agent that
   * dies alone. By default no, with the preset `small` yes.
   */
  readonly fencing?: boolean | FencingOptions;
  /** A folder of manifests, or one file, whose pods this node runs and keeps (static pods). */
  readonly manifests?: string;
  /** CrashLoopBackOff of this node: 10 s, doubling to 300 s, forgiven after 10 minutes, unless told otherwise. */
  readonly crashLoop?: CrashLoopOptions;
  /** How often everything in the runtime is listed, beside its events. 10 s when not given. */
  readonly relistMs?: number;
  /** How long a postStart hook may take. 2 minutes when not given. */
  readonly postStartMsMax?: number;
  /** How long an image pull may take. 10 minutes when not given. */
  readonly pullMsMax?: number;
  /**
   * How long a deleted pod is kept from its stop signal until no EndpointSlice lists it as ready. 2 s when not given. Like
   * the next one it is part of the grace period, and both together are at most half of it.
   */
  readonly withdrawMsMax?: number;
  /** How long after that for the connections of Services that are still open to it. 5 s when not given. */
  readonly drainMsMax?: number;
}

/**
 * Numbers that belong together. `kubernetes`: those of Kubernetes; a node is given up after 50 s of silence, and its pods
 * are replaced after 5 minutes more. `small`: for a few nodes that see each other well; the pods of a lost node are replaced
 * in under 30 s, and its agent, if it lives, stops them before.
 */
export type Preset = 'kubernetes' | 'small';

/** What can be set about the built-in controllers. */
export interface ControllersOptions {
  /** Where not given, the numbers of the preset. */
  readonly nodeLifecycle?: Partial<NodeLifecycleSettings>;
  /** Where not given, the numbers of the preset. */
  readonly podGC?: Partial<Omit<PodGCSettings, 'nodeGraceMs'>>;
  /**
   * Names of built-in controllers that are not to run, of `replicaset`, `replicationcontroller`, `deployment`, `endpoints`,
   * `endpointslice`, `garbage`, `namespace`, `node-lifecycle`, `taint-eviction` and `pod-gc`.
   */
  readonly without?: readonly string[];
  /** Endpoints in one EndpointSlice, 1 to 1000. 100 when not given. */
  readonly endpointsPerSliceMax?: number;
}

/** What can be set about the scheduler; the numbers of Kubernetes where nothing is given. */
export interface SchedulerOptions {
  /** Back-off of a pod that no node took; doubles with each further try. 1 s when not given. */
  readonly backOffMs?: number;
  /** 10 s when not given. */
  readonly backOffMsMax?: number;
  /** How many of the nodes, in percent, are enough to choose from. Fewer the more there are, when not given. */
  readonly percentageOfNodes?: number;
}

/** What can be set about Services. */
export interface ServicesOptions {
  /** Where cluster IPs come from. `127.96.0.0/12` when not given: addresses of this host, where Linux is. */
  readonly clusterIPRange?: string;
}

/** What can be set about the proxy that carries the traffic of Services to pods of this host. */
export interface ServiceProxyOptions {
  /** Where node ports are opened. `127.0.0.1` when not given; `0.0.0.0` opens them to the network. */
  readonly nodePortAddress?: string;
  /** How long an endpoint may take to accept a connection before another one is tried. 2 s when not given. */
  readonly connectMsMax?: number;
  /**
   * Connections at a time, over all Services; further ones are reset. When not given 10,000, and no more than a quarter of
   * the files that this process may open: each has two sockets.
   */
  readonly connectionsMax?: number;
  /** A connection over which nothing went for so long is closed. 24 hours when not given, as in Linux' connection table. */
  readonly idleMsMax?: number;
}

/** Which of several processes runs the controllers: `--leader-elect-lease-duration` of Kubernetes. */
export interface ElectionOptions {
  /** A process that is gone is replaced after this time. 30 s when not given. */
  readonly durationMs?: number;
}

/** Each gets what was opened, and gives back one that keeps the same contract. */
export interface CarrierWraps {
  readonly store?: (store: Store) => Store;
  readonly bus?: (bus: Bus) => Bus;
}

/** Options of `createCluster`. */
export interface ClusterOptions {
  readonly plugins: readonly Plugin[];
  /** One node named `localhost` when not given. */
  readonly nodes?: readonly NodeOptions[];
  /** Part of every subject on the bus. `mooring` when not given. */
  readonly name?: string;
  /**
   * Where objects, logs and volumes are kept. With it the cluster survives its own process: started again over the same
   * directory it adopts what still runs. Without it everything lives in a temporary directory that goes with it.
   */
  readonly dataDir?: string;
  /** Instead of the embedded store: durable below `dataDir`, in memory without one. */
  readonly store?: Store;
  /** Instead of the in-process bus. */
  readonly bus?: Bus;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** Instead of directories on disk. */
  readonly volumes?: (node: NodeOptions) => VolumeHost;
  /** Instead of the kubelet's own machines: see `defaultLogic`. */
  readonly logic?: Partial<KubeletLogic>;
  /**
   * A DI container of one's own, such as one of tsyringe. What is registered in it under `partTokens` takes the place of clock,
   * random, logger, machines and, without `transport`, store and bus, unless an option does. Each is asked for once and not closed.
   */
  readonly container?: PartContainer;
  /** `false`: no controllers run in this process. The built-in ones and those of plugins do when not given. */
  readonly controllers?: false | ControllersOptions;
  /** `false`: none runs in this process, and pods wait until another one gives them a node. */
  readonly scheduler?: false | SchedulerOptions;
  readonly services?: ServicesOptions;
  /** `false`: this process carries no traffic. It does when not given, where the runtime's pods can be reached. */
  readonly serviceProxy?: false | ServiceProxyOptions;
  /** How long an event is kept. 1 hour when not given. */
  readonly eventTtlMs?: number;
  /**
   * What carries objects and messages between processes, instead of `store` and `bus`: `nats({ servers })` of
   * `@mooring/core/nats`. Controllers then run in one process at a time, whichever holds their lease.
   */
  readonly transport?: Transport;
  /** Puts something between the cluster and its carriers, however they were opened: what measures them. */
  readonly carriers?: CarrierWraps;
  /** About that lease. */
  readonly election?: ElectionOptions;
  /** `kubernetes` when not given. All parts of a cluster that run apart have to be given the same. */
  readonly preset?: Preset;
  /** How long pods stay on a node that is not ready or cannot be reached, where they do not say it themselves. */
  readonly tolerationSeconds?: TolerationSeconds;
}

/** The part of a cluster that runs on no node. */
export type ControlOptions = Omit<ClusterOptions, 'nodes' | 'volumes' | 'logic' | 'serviceProxy'>;

/** Options of `createAgent`: those of its node, and those that it shares with a cluster. */
export interface AgentOptions
  extends Omit<ClusterOptions, 'nodes' | 'name' | 'controllers' | 'scheduler'>,
    NodeOptions {
  /** Part of every subject on the bus. `mooring` when not given. */
  readonly cluster?: string;
}
