/** The other objects that a node agent reads and writes. */

import type { ApiObject, ConditionStatus, Labels } from './meta.ts';
import type { ResourceList } from './pod.ts';

/** `v1` ConfigMap: settings for pods, in the open. */
export interface ConfigMap extends ApiObject {
  readonly kind: 'ConfigMap';
  readonly data?: Readonly<Record<string, string>>;
  /** Base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

/** `v1` Secret: settings for pods that are never shown. Values of `data` are base64. */
export interface Secret extends ApiObject {
  readonly kind: 'Secret';
  readonly type?: string;
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
  /** Plain text, folded into `data` when the object is admitted. */
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

/** An object that another one speaks of, such as that of an Event. */
export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  /** `spec.containers{web}` */
  readonly fieldPath?: string;
}

/** Whether an Event tells of the usual course or of something that somebody should look at. */
export type EventType = 'Normal' | 'Warning';

/** A core/v1 Event. Called `KubeEvent` because `Event` is a DOM global. */
export interface KubeEvent extends ApiObject {
  readonly kind: 'Event';
  readonly involvedObject: ObjectReference;
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly source: { readonly component: string; readonly host?: string };
  readonly reportingComponent: string;
  readonly reportingInstance?: string;
}

/** One condition of a node: `Ready`, `MemoryPressure` and so on. */
export interface NodeCondition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason?: string;
  readonly message?: string;
  readonly lastHeartbeatTime?: string;
  readonly lastTransitionTime?: string;
}

/** What keeps pods off a node that do not tolerate it. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  readonly timeAdded?: string;
}

/** A v1 Node. Called `NodeObject` because `Node` is a DOM global. */
export interface NodeObject extends ApiObject {
  readonly kind: 'Node';
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly Taint[];
    readonly podCIDR?: string;
    readonly providerID?: string;
  };
  readonly status?: {
    readonly capacity?: ResourceList;
    readonly allocatable?: ResourceList;
    readonly conditions?: readonly NodeCondition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: Labels;
  };
}

/** A coordination.k8s.io/v1 Lease: who holds something, and when that was last confirmed. */
export interface Lease extends ApiObject {
  readonly kind: 'Lease';
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    /** RFC 3339 with microseconds. */
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** Why a namespace that is being deleted is still there. */
export interface NamespaceCondition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** `v1` Namespace: names are unique in each, and everything in it goes with it. */
export interface Namespace extends ApiObject {
  readonly kind: 'Namespace';
  readonly spec?: { readonly finalizers?: readonly string[] };
  readonly status?: {
    readonly phase?: 'Active' | 'Terminating';
    readonly conditions?: readonly NamespaceCondition[];
  };
}
