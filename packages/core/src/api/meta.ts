/** Object metadata and the shapes every API object shares. Field names are those of the Kubernetes API. */

export type Labels = Readonly<Record<string, string>>;

/** Who an object belongs to: it is deleted when its last owner is gone. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** `metadata` as a user writes it. */
export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  /** RFC 3339, whole seconds, UTC. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

/** Any API object: what the store keeps and a manifest holds. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object as its user writes it: what else may stand in it depends on its kind, and is checked when it comes in. */
export type Manifest = ApiObject | (ApiObject & { readonly [field: string]: unknown });

/** Metadata of an object that has been admitted: the fields that the store fills in are there. */
export interface StoredMeta extends ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly creationTimestamp: string;
}

/** Whether a condition holds; `Unknown` when nobody can tell. */
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** Seconds that were printed lately: a status has few and is made often, and equal times share one string this way. */
const printed: { readonly second: number; readonly text: string }[] = [];
const printedMax = 64;

/** RFC 3339 in whole seconds, as the API prints times. */
export function formatTime(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  const slot = Math.abs(second % printedMax);
  const known = printed[slot];
  if (known?.second === second) return known.text;
  const text = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  printed[slot] = { second, text };
  return text;
}

/** RFC 3339 with microseconds, as the API prints the times of leases. */
export function formatMicroTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, -1)}000Z`;
}

/** Milliseconds since the epoch; `undefined` for a time that is missing or cannot be read. */
export function parseTime(time: string | null | undefined): number | undefined {
  if (time === undefined || time === null) return undefined;
  const epochMs = Date.parse(time);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}
