/** The Pod object: the fields of Kubernetes v1 that a node agent acts on. */

import type { Affinity } from './affinity.ts';
import type { ApiObject, StoredMeta } from './meta.ts';
import type { PodStatus } from './pod-status.ts';

export type * from './pod-status.ts';

/**
 * Whether containers that have ended are started again: whatever their exit code, after a failure only, or not at
 * all.
 */
export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

/** Whether an image is fetched each time, when it is not there, or never. */
export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/** The protocol of a port. */
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** A port number, or the name of one of the container's ports. */
export type IntOrString = number | string;

/** A port on which a container listens. Its name can be used by probes and Services. */
export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly hostIP?: string;
  readonly protocol?: Protocol;
}

/** One key of a ConfigMap or a Secret. */
export interface KeySelector {
  readonly name?: string;
  readonly key: string;
  readonly optional?: boolean;
}

/** A field of the pod itself, such as `metadata.name` or `status.podIP`. */
export interface ObjectFieldSelector {
  readonly apiVersion?: string;
  readonly fieldPath: string;
}

/** A limit or request of a container; `divisor` says in which unit. */
export interface ResourceFieldSelector {
  readonly containerName?: string;
  readonly resource: string;
  readonly divisor?: string | number;
}

/** Where the value of a variable comes from: exactly one of these. */
export interface EnvVarSource {
  readonly fieldRef?: ObjectFieldSelector;
  readonly resourceFieldRef?: ResourceFieldSelector;
  readonly configMapKeyRef?: KeySelector;
  readonly secretKeyRef?: KeySelector;
}

/** A variable of the environment of a container. `$(NAME)` in `value` stands for an earlier one. */
export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: EnvVarSource;
}

/** All keys of a ConfigMap or a Secret as variables. */
export interface EnvFromSource {
  readonly prefix?: string;
  readonly configMapRef?: { readonly name?: string; readonly optional?: boolean };
  readonly secretRef?: { readonly name?: string; readonly optional?: boolean };
}

/** A header of a request that a probe or a hook makes. */
export interface HttpHeader {
  readonly name: string;
  readonly value: string;
}

/** An HTTP GET, of a probe or a hook. The host is the IP of the pod when not given. */
export interface HttpGetAction {
  readonly path?: string;
  readonly port: IntOrString;
  readonly host?: string;
  readonly scheme?: 'HTTP' | 'HTTPS';
  readonly httpHeaders?: readonly HttpHeader[];
}

/** A TCP connection that is opened and closed again. */
export interface TcpSocketAction {
  readonly port: IntOrString;
  readonly host?: string;
}

/** A command in the container, word for word and without a shell; 0 is success. */
export interface ExecAction {
  readonly command?: readonly string[];
}

/** A call of `grpc.health.v1.Health/Check`. */
export interface GrpcAction {
  readonly port: number;
  readonly service?: string | null;
}

/** Nothing but time, in seconds. */
export interface SleepAction {
  readonly seconds: number;
}

/**
 * A probe. Exactly one handler: one of the four of Kubernetes, or the key of a registered prober plugin
 * (`redisPing: { port: 6379 }`), which is why any further key may be present.
 */
export interface Probe {
  readonly exec?: ExecAction;
  readonly httpGet?: HttpGetAction;
  readonly tcpSocket?: TcpSocketAction;
  readonly grpc?: GrpcAction;
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
  readonly terminationGracePeriodSeconds?: number;
  readonly [handler: string]: unknown;
}

/** The keys of a probe that are not a handler. */
export const probeSettingKeys = [
  'initialDelaySeconds',
  'periodSeconds',
  'timeoutSeconds',
  'successThreshold',
  'failureThreshold',
  'terminationGracePeriodSeconds',
] as const;

/** What a hook does: exactly one of these. */
export interface LifecycleHandler {
  readonly exec?: ExecAction;
  readonly httpGet?: HttpGetAction;
  readonly tcpSocket?: TcpSocketAction;
  readonly sleep?: SleepAction;
}

/** What is done after a container was started and before it is stopped. */
export interface Lifecycle {
  readonly postStart?: LifecycleHandler;
  readonly preStop?: LifecycleHandler;
  readonly stopSignal?: string;
}

/** Where a container sees a volume of its pod. */
export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
  readonly subPathExpr?: string;
}

/** Quantities keyed by resource name: `{ cpu: '500m', memory: '64Mi' }`. */
export type ResourceList = Readonly<Record<string, string | number>>;

/** What a container is sure to get (`requests`) and gets at most (`limits`). */
export interface ResourceRequirements {
  readonly limits?: ResourceList;
  readonly requests?: ResourceList;
}

/** Which calls of the kernel a container may make. */
export interface SeccompProfile {
  readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  /** With `Localhost`: a file of the node. */
  readonly localhostProfile?: string;
}

/** With which rights one container runs: each that is set here counts before that of its pod. */
export interface SecurityContext {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
  readonly privileged?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly seccompProfile?: SeccompProfile;
}

/** A setting of the kernel for the namespaces of one pod; `/` may stand for the dots of its name. */
export interface Sysctl {
  readonly name: string;
  /** Empty by default. */
  readonly value?: string;
}

/** The rights of a pod: users and groups that its containers have unless they say otherwise, and what the pod shares. */
export interface PodSecurityContext {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly runAsNonRoot?: boolean;
  /** The group of its volumes. */
  readonly fsGroup?: number;
  readonly fsGroupChangePolicy?: 'Always' | 'OnRootMismatch';
  readonly supplementalGroups?: readonly number[];
  readonly sysctls?: readonly Sysctl[];
  readonly seccompProfile?: SeccompProfile;
}

/** What to do on particular exit codes of a container (KEP-5307, KEP-5532). */
export interface ContainerRestartRule {
  readonly action: 'Restart' | 'RestartAllContainers';
  readonly exitCodes?: { readonly operator: 'In' | 'NotIn'; readonly values?: readonly number[] };
}

/** One container of a pod. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: PullPolicy;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly ports?: readonly ContainerPort[];
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly EnvFromSource[];
  readonly resources?: ResourceRequirements;
  readonly volumeMounts?: readonly VolumeMount[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly lifecycle?: Lifecycle;
  readonly restartPolicy?: RestartPolicy;
  readonly restartPolicyRules?: readonly ContainerRestartRule[];
  readonly securityContext?: SecurityContext;
  readonly stdin?: boolean;
  readonly stdinOnce?: boolean;
  readonly tty?: boolean;
  readonly terminationMessagePath?: string;
  readonly terminationMessagePolicy?: 'File' | 'FallbackToLogsOnError';
}

/**
 * A container that is added to a pod that is there already, to look into it. It runs once and has no say in what becomes of the
 * pod; ports, resources, probes, hooks and a restart policy of its own it cannot have.
 */
export interface EphemeralContainer extends Container {
  /** The container whose processes it sees; only its own when not given. */
  readonly targetContainerName?: string;
}

/** Which key becomes which file. */
export interface KeyToPath {
  readonly key: string;
  readonly path: string;
  readonly mode?: number;
}

/** A field of the pod as a file. */
export interface DownwardApiItem {
  readonly path: string;
  readonly mode?: number;
  readonly fieldRef?: ObjectFieldSelector;
  readonly resourceFieldRef?: ResourceFieldSelector;
}

/** The keys of a ConfigMap as files. */
export interface ConfigMapVolume {
  readonly name?: string;
  readonly items?: readonly KeyToPath[];
  readonly defaultMode?: number;
  readonly optional?: boolean;
}

/** The keys of a Secret as files. */
export interface SecretVolume {
  readonly secretName?: string;
  readonly items?: readonly KeyToPath[];
  readonly defaultMode?: number;
  readonly optional?: boolean;
}

/** One source of a projected volume; others than these are known by name only. */
export interface ProjectedSource {
  readonly configMap?: Omit<ConfigMapVolume, 'defaultMode'>;
  readonly secret?: {
    readonly name?: string;
    readonly items?: readonly KeyToPath[];
    readonly optional?: boolean;
  };
  readonly downwardAPI?: { readonly items?: readonly DownwardApiItem[] };
  readonly [source: string]: unknown;
}

/** Several sources in one folder. */
export interface ProjectedVolume {
  readonly sources?: readonly ProjectedSource[];
  readonly defaultMode?: number;
}

/** What has to be at the path of the host, or is made there. */
export type HostPathType =
  | ''
  | 'DirectoryOrCreate'
  | 'Directory'
  | 'FileOrCreate'
  | 'File'
  | 'Socket'
  | 'CharDevice'
  | 'BlockDevice';

/** A volume of a pod: its name and exactly one source. */
export interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly medium?: '' | 'Memory'; readonly sizeLimit?: string | number };
  readonly hostPath?: { readonly path: string; readonly type?: HostPathType };
  readonly configMap?: ConfigMapVolume;
  readonly secret?: SecretVolume;
  readonly downwardAPI?: { readonly items?: readonly DownwardApiItem[]; readonly defaultMode?: number };
  readonly projected?: ProjectedVolume;
  /** Volume sources that Mooring knows by name only; they are refused or warned about, never ignored. */
  readonly [source: string]: unknown;
}

/** A taint that a pod puts up with; `tolerationSeconds` says for how long. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal' | 'Lt' | 'Gt';
  readonly value?: string;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  readonly tolerationSeconds?: number;
}

/** What a pod is to be. */
export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly ephemeralContainers?: readonly EphemeralContainer[];
  readonly volumes?: readonly Volume[];
  readonly restartPolicy?: RestartPolicy;
  readonly terminationGracePeriodSeconds?: number;
  readonly activeDeadlineSeconds?: number;
  readonly dnsPolicy?: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';
  readonly dnsConfig?: {
    readonly nameservers?: readonly string[];
    readonly searches?: readonly string[];
    readonly options?: readonly { readonly name?: string; readonly value?: string }[];
  };
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: Affinity;
  readonly serviceAccountName?: string;
  readonly nodeName?: string;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly shareProcessNamespace?: boolean;
  readonly securityContext?: PodSecurityContext;
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
  readonly hostname?: string;
  readonly subdomain?: string;
  readonly schedulerName?: string;
  readonly tolerations?: readonly Toleration[];
  readonly hostAliases?: readonly { readonly ip: string; readonly hostnames?: readonly string[] }[];
  readonly priority?: number;
  readonly priorityClassName?: string;
  readonly readinessGates?: readonly { readonly conditionType: string }[];
  readonly enableServiceLinks?: boolean;
  readonly os?: { readonly name: 'linux' | 'windows' };
}

/** `v1` Pod: containers that live together on one node. As a user writes it; `StoredPod` is one with all defaults. */
export interface Pod extends ApiObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly spec: PodSpec;
  readonly status?: PodStatus;
}

/** A pod that has been admitted: named, in a namespace, with a UID; its spec carries all defaults. */
export interface StoredPod extends Pod {
  readonly metadata: StoredMeta & { readonly namespace: string };
}

/** An init container that keeps running beside the app containers. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}
