/**
 * Every pod stays for a while on a node that is not ready or cannot be reached: the node may come back, and its pods with
 * it. A pod that says itself what it tolerates is left as it is. As Kubernetes' admission plugin
 * `DefaultTolerationSeconds`, which looks at updates too.
 */

import type { Pod, Toleration } from '../api/pod.ts';
import { isPlainObject } from '../api/screen.ts';
import { nodeTaintKeys } from '../api/taint.ts';

/** What pods tolerate that say nothing themselves: the admission plugin DefaultTolerationSeconds, in seconds. */
export interface TolerationSeconds {
  /** 300 when not given. */
  readonly notReady?: number;
  /** 300 when not given. */
  readonly unreachable?: number;
}

const secondsDefault = 300;

/** The pod is not validated yet, so any field may be missing or wrong. */
export function createTolerationDefaults({
  notReady = secondsDefault,
  unreachable = secondsDefault,
}: TolerationSeconds = {}): (pod: Pod) => Pod {
  const defaults = [
    { key: nodeTaintKeys.notReady, tolerationSeconds: notReady },
    { key: nodeTaintKeys.unreachable, tolerationSeconds: unreachable },
  ];
  return (pod) => {
    const { spec } = pod as { readonly spec?: unknown };
    const given: unknown = isPlainObject(spec) ? (spec['tolerations'] ?? []) : undefined;
    if (!Array.isArray(given)) return pod;
    const missing = defaults
      .filter(({ key }) => !given.some((toleration) => tolerates(toleration, key)))
      .map((own): Toleration => ({ ...own, operator: 'Exists', effect: 'NoExecute' }));
    return missing.length === 0
      ? pod
      : { ...pod, spec: { ...pod.spec, tolerations: [...given, ...missing] } };
  };
}

function tolerates(toleration: Partial<Toleration> | null | undefined, key: string): boolean {
  const { key: own = '', effect = '' } = toleration ?? {};
  return (own === key || own === '') && (effect === 'NoExecute' || effect === '');
}
