/**
 * What a runtime plugin implements. Verbs are idempotent and keyed by name and labels, so recovery is "ask
 * again": nothing about containers is persisted by the agent that the runtime could not tell it.
 *
 * Laws that hold for every verb: it rejects with `signal.reason` soon after an abort; an abort leaves the outcome
 * unknown and a later call of the same verb finds out; errors are `MooringError`s with the runtime's own words.
 */

import type { Labels } from '../api/meta.ts';
import type { ContainerPort, Pod, PullPolicy, ResourceRequirements, SecurityContext } from '../api/pod.ts';
import type { AttachOptions, ExecStreamOptions, ProcessStreams } from './process-streams.ts';

/** A container as its runtime knows it, without the name of the runtime before it. */
export type ContainerID = string;

/** A sandbox as its runtime knows it. */
export type SandboxID = string;

/** The identity of an image as the runtime knows it; appears as `imageID`. */
export type ImageRef = string;

/** Who asks a registry for an image. */
export interface ImageCredentials {
  readonly username: string;
  readonly password: string;
  /** Of the registry, in the words of who gave them: `https://index.docker.io/v1/`, `registry.example.com:5000`. */
  readonly serverAddress: string;
}

/** What `ensureImage` may need. */
export interface PullOptions {
  /** Of the pod, for the registry of this image, in the order in which they are tried; without any the runtime's own count. */
  readonly credentials?: readonly ImageCredentials[];
}

/** What a runtime can do. What it cannot is refused or reported by name, and the conformance kit leaves it out. */
export interface RuntimeCapabilities {
  /** Volumes can be mounted at any path inside the container. */
  readonly mounts: boolean;
  /** Each pod has an address of its own. */
  readonly podIP: boolean;
  /** Programs of this host can connect to the addresses of pods, so that a proxy for Services makes sense. */
  readonly reachable: boolean;
  readonly exec: boolean;
  /** Memory limits are enforced and their breach is reported as OOMKilled. */
  readonly memoryLimit: boolean;
  /** A file at `terminationMessagePath` can be written by the container. */
  readonly terminationMessage: boolean;
}

/** Whether a runtime works: the condition `Ready` of its node follows it. */
export interface RuntimeStatus {
  readonly ready: boolean;
  /** CamelCase word for a condition; absent when ready. */
  readonly reason?: string;
  readonly message?: string;
  readonly version?: string;
}

/** Something a pod asks for and the runtime cannot do. */
export interface RuntimeFinding {
  readonly field: string;
  /** `refuse`: the pod must not start. `warn`: it starts, and the difference is reported by name. */
  readonly severity: 'refuse' | 'warn';
  readonly message: string;
}

/** Name resolution as a pod wants it. */
export interface DnsSettings {
  /** Nothing else counts; otherwise these come after the settings of the node, and options take their place. */
  readonly isComplete: boolean;
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** `ndots:2` */
  readonly options: readonly string[];
}

/** `pod`: one with all containers of the pod; `host`: that of the node. */
export type ProcessSpace = 'pod' | 'host';

/** What the network of a pod is made from: `PodSandboxConfig` of the CRI. */
export interface SandboxConfig {
  readonly podUID: string;
  readonly podName: string;
  readonly namespace: string;
  /** 0 for the first sandbox of a pod, then counted up. */
  readonly attempt: number;
  readonly hostname: string;
  /** What makes a full name of the host name: `web.default.svc.cluster.local`. */
  readonly domain?: string;
  readonly hostNetwork: boolean;
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
  /** Absent: as the node resolves names. */
  readonly dns?: DnsSettings;
  readonly hostAliases?: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  /** Absent: each container sees its own processes only. */
  readonly processes?: ProcessSpace;
  readonly hostIPC?: boolean;
  /** Settings of the kernel for the pod: `net.core.somaxconn`. */
  readonly sysctls?: readonly { readonly name: string; readonly value: string }[];
}

/** A sandbox as its runtime lists it. */
export interface SandboxInfo {
  readonly id: SandboxID;
  readonly podUID: string;
  readonly attempt: number;
  readonly state: 'ready' | 'notready';
  /** Empty when the pod has no address of its own. */
  readonly ip: string;
  readonly createdAtMs: number;
}

/** A file or folder of the host that a container sees. */
export interface Mount {
  readonly volumeName: string;
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/** What one instance of a container is made from: `ContainerConfig` of the CRI, with everything resolved. */
export interface ContainerConfig {
  /** Unique on the node; creating it twice gives the same container. */
  readonly name: string;
  readonly sandboxID: SandboxID;
  readonly podUID: string;
  readonly podName: string;
  readonly namespace: string;
  readonly containerName: string;
  /** The restart count of this instance. */
  readonly attempt: number;
  /** The recovery record: everything the agent needs to adopt the container later. */
  readonly labels: Labels;
  readonly image: string;
  readonly imageRef: ImageRef;
  /** Absent: the image's own. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly workingDir?: string;
  readonly mounts: readonly Mount[];
  readonly ports: readonly ContainerPort[];
  readonly resources: ResourceRequirements;
  readonly securityContext?: SecurityContext;
  /** Groups of its processes besides those of the user. */
  readonly supplementalGroups?: readonly number[];
  /** As in the config of the sandbox. */
  readonly processes?: ProcessSpace;
  readonly hostIPC?: boolean;
  /** It sees the processes of this container too, unless `processes` says more. */
  readonly targetID?: ContainerID;
  readonly stdin: boolean;
  /** The input of the container ends with the first who was attached to it. */
  readonly stdinOnce?: boolean;
  readonly tty: boolean;
  /**
   * Where the container may leave its last words; what it wrote comes back as `ContainerInfo.message`. Absent when the
   * runtime cannot offer such a file.
   */
  readonly terminationMessagePath?: string;
  /** `SIGTERM` when absent and the image names none. */
  readonly stopSignal?: string;
}

/** Where an instance is in its life. `unknown`: the runtime has lost sight of it. */
export type RuntimeContainerState = 'created' | 'running' | 'exited' | 'unknown';

/** An instance as its runtime sees it: `ContainerStatus` of the CRI. */
export interface ContainerInfo {
  readonly id: ContainerID;
  readonly name: string;
  readonly podUID: string;
  readonly containerName: string;
  readonly attempt: number;
  readonly labels: Labels;
  readonly image: string;
  readonly imageRef: ImageRef;
  readonly sandboxID: SandboxID;
  readonly state: RuntimeContainerState;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  /** 128 + n for a death by signal n. Present once exited, unless the runtime lost it. */
  readonly exitCode?: number;
  /** `SIGKILL`; present for a death by signal. */
  readonly signal?: string;
  /** `OOMKilled`, `StartError`, `ContainerStatusUnknown`...; absent: derived from the exit code. */
  readonly reason?: string;
  /** The termination message file, its last 4096 bytes at most; for a `StartError` the runtime's own words. */
  readonly message?: string;
  readonly pid?: number;
}

/** A hint that something happened; what is true is what `inspect` and `list` say. */
export interface RuntimeEvent {
  readonly type: 'created' | 'started' | 'exited' | 'removed' | 'oom' | 'sandbox-lost' | 'lost-events';
  readonly podUID: string;
  readonly containerID?: ContainerID;
  readonly atMs: number;
}

/** How a command is run whose output is wanted as a whole. */
export interface ExecOptions {
  /** Output beyond this is thrown away; the command goes on. */
  readonly outputBytesMax: number;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

/** How a command ended. An exit code other than 0 is a result, not an error. */
export interface ExecResult {
  readonly exitCode: number;
  /** Standard output followed by standard error, each in order, cut to `outputBytesMax` together. */
  readonly output: string;
}

/** What a container uses at one moment. */
export interface ContainerStats {
  readonly atMs: number;
  /** Of all processors, since the container was started. */
  readonly cpuNanoseconds: number;
  /** The working set: what cannot be taken from it without harm. */
  readonly memoryBytes: number;
}

/** Which lines are wanted. */
export interface LogOptions {
  /** Go on with what is still to be printed; ends once the container has exited and all of it was read. */
  readonly follow?: boolean;
  /** Only the last lines. */
  readonly tailLines?: number;
  readonly sinceMs?: number;
  /** Lines longer than this are split. */
  readonly lineBytesMax?: number;
}

/** One line that a container has printed, without its line break. */
export interface LogLine {
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/**
 * What runs containers: the runtime service and the image service of the CRI in one, as far as an agent needs them.
 */
export interface ContainerRuntime extends AsyncDisposable {
  readonly apiVersion: 'runtime/v1';
  /** Prefix of container IDs in the API: `<name>://<id>`. */
  readonly name: string;
  readonly capabilities: RuntimeCapabilities;
  status(signal: AbortSignal): Promise<RuntimeStatus>;
  /** What of this pod the runtime cannot honour; pure and quick. */
  review(pod: Pod): readonly RuntimeFinding[];
  /**
   * Makes the image usable. Rejects with `IMAGE_NOT_FOUND`, `IMAGE_NAME_INVALID` or `RUNTIME_UNAVAILABLE`.
   * `pulled` is false when it was there already. With policy `Never` an absent image gives `undefined`. `user`: whom it runs
   * as when nobody says otherwise, empty for root; absent where that is not known.
   */
  ensureImage(
    image: string,
    policy: PullPolicy,
    signal: AbortSignal,
    options?: PullOptions,
  ): Promise<
    | {
        readonly ref: ImageRef;
        readonly pulled: boolean;
        readonly sizeBytes?: number;
        readonly user?: string;
      }
    | undefined
  >;
  /** The pod's shared network. The same `podUID` and `attempt` give the same sandbox. */
  createSandbox(config: SandboxConfig, signal: AbortSignal): Promise<SandboxInfo>;
  /** Gone already => ok. */
  removeSandbox(id: SandboxID, signal: AbortSignal): Promise<void>;
  listSandboxes(signal: AbortSignal): Promise<readonly SandboxInfo[]>;
  /** Same `config.name` => same id. Rejects with `CREATE_FAILED`. */
  createContainer(config: ContainerConfig, signal: AbortSignal): Promise<ContainerID>;
  /**
   * Optional. A hint: this container is the one to be created when the present one of its pod and name ends. Whatever is
   * made ahead is in no list and no event before `createContainer` asks for it, is used only for a config that is the
   * same, and is gone at the latest with its sandbox.
   */
  prepareContainer?(config: ContainerConfig, signal: AbortSignal): Promise<void>;
  /** Running or exited already => ok. Rejects with `START_FAILED`; the container is then exited with 128 `StartError`. */
  startContainer(id: ContainerID, signal: AbortSignal): Promise<void>;
  /**
   * Stop signal to the leader, after `gracePeriodMs` KILL to everything in the container; resolves when nothing of it
   * runs any more. Not running or gone already => ok. A second call with a shorter grace period shortens the first.
   */
  stopContainer(id: ContainerID, gracePeriodMs: number, signal: AbortSignal): Promise<void>;
  /** Gone already => ok; a running one is refused with `CONTAINER_RUNNING`. Logs of the container go with it. */
  removeContainer(id: ContainerID, signal: AbortSignal): Promise<void>;
  inspectContainer(id: ContainerID, signal: AbortSignal): Promise<ContainerInfo | undefined>;
  /**
   * All containers that carry all these labels. An incomplete list must reject, never resolve. What was told is never
   * changed afterwards; the same object as in the last list says that nothing of it has changed, and costs least.
   */
  listContainers(labels: Labels, signal: AbortSignal): Promise<readonly ContainerInfo[]>;
  /** Ends when `signal` aborts. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  /** Rejects with `EXEC_FAILED` when the command could not be run; kills it when `signal` aborts. */
  exec(
    id: ContainerID,
    command: readonly string[],
    options: ExecOptions,
    signal: AbortSignal,
  ): Promise<ExecResult>;
  logs(id: ContainerID, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine>;
  /** Absent where commands have neither input nor a terminal. As `exec`, while it runs; an abort kills the command. */
  execStream?(
    id: ContainerID,
    command: readonly string[],
    options: ExecStreamOptions,
    signal: AbortSignal,
  ): Promise<ProcessStreams>;
  /**
   * Absent where nobody can attach. The output of the container from now on, and its input; an abort lets go of both and
   * the container runs on. Rejects with `NOT_FOUND` when it is not running, with `RUNTIME_UNSUPPORTED` for what it was not
   * created with.
   */
  attach?(id: ContainerID, options: AttachOptions, signal: AbortSignal): Promise<ProcessStreams>;
  /** Absent where nothing is measured. `undefined` for a container that does not run. */
  stats?(id: ContainerID, signal: AbortSignal): Promise<ContainerStats | undefined>;
}
