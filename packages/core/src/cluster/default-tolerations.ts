/**
 * Every pod stays for a while on a node that is not ready or cannot be reached: the node may come back, and its pods with
 * it. A pod that says itself what it tolerates is left as it is. As Kubernetes' admission plugin
 * `DefaultTolerationSeconds`, which looks at updates too.
 */

import type { Pod, Toleration } from '../api/pod.ts';

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
  // One object of each kind for all pods.
  const defaults: readonly Toleration[] = [
    toleration('node.kubernetes.io/not-ready', notReady),
    toleration('node.kubernetes.io/unreachable', unreachable),
  ];
  return (pod) => {
    const given: unknown = pod.spec?.tolerations ?? [];
    if (!Array.isArray(given)) return pod;
    const missing = defaults.filter(({ key }) => !given.some((one) => tolerates(one, key ?? '')));
    if (missing.length === 0) return pod;
    const tolerations =
      given.length === 0 && missing.length === defaults.length ? defaults : [...given, ...missing];
    return { ...pod, spec: { ...pod.spec, tolerations } };
  };
}

function toleration(key: string, tolerationSeconds: number): Toleration {
  return { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds };
}

function tolerates(toleration: Partial<Toleration> | null | undefined, key: string): boolean {
  const { key: own = '', effect = '' } = toleration ?? {};
  return (own === key || own === '') && (effect === 'NoExecute' || effect === '');
}
