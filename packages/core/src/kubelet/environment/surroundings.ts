/** What a pod's environment and volumes are made from, besides the pod itself. */

import type { ConfigMap, Secret } from '../../api/objects.ts';
import type { ResourceList } from '../../api/pod.ts';

/** A value, or the words that say why there is none. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

export function found<T>(value: T): Answer<T> {
  return { ok: true, value };
}

export function missing(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}

/** Looks into caches: synchronous, and `undefined` for an object that does not exist. */
export interface ObjectLookup {
  configMap(namespace: string, name: string): ConfigMap | undefined;
  secret(namespace: string, name: string): Secret | undefined;
}

/** A service as the environment of a container shows it. */
export interface ServiceAddress {
  readonly namespace: string;
  readonly name: string;
  /** Services without one (headless: empty or `None`) give no variables. */
  readonly clusterIP?: string;
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
}

export interface Surroundings {
  readonly nodeName: string;
  readonly hostIP: string;
  /** All addresses of the host; `hostIP` alone when absent. */
  readonly hostIPs?: readonly string[];
  readonly podIP: string;
  readonly podIPs: readonly string[];
  /** Stands in for limits that a container does not set. */
  readonly allocatable: ResourceList;
  readonly objects: ObjectLookup;
  /** Absent: no service variables at all. */
  readonly services?: readonly ServiceAddress[];
}
