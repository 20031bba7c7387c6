/** A limit on the number of pods, which makes a creation fail for a reason that can be taken away again. */

import type { Plugin } from '@mooring/core';

export interface PodQuota {
  readonly plugin: Plugin;
  limit(podsMax: string): void;
}

export interface SeenPods {
  /** UIDs of the pods there are. */
  now(): readonly string[];
  /** UIDs of all pods that there ever were. */
  ever(): readonly string[];
}

export function podQuota(seen: SeenPods): PodQuota {
  let podsMax = Number.POSITIVE_INFINITY;
  const admitted = new Set<string>();
  const used = () => {
    const known = new Set(seen.ever());
    return seen.now().length + [...admitted].filter((uid) => !known.has(uid)).length;
  };
  return {
    limit: (wanted) => {
      podsMax = Number(wanted);
    },
    plugin: {
      name: 'pod-quota',
      core: '^0.1.0',
      register(registry) {
        registry.addAdmission(({ kind, metadata: { uid = '', deletionTimestamp } }) => {
          if (kind !== 'Pod' || deletionTimestamp !== undefined || admitted.has(uid)) return [];
          if (used() < podsMax) {
            admitted.add(uid);
            return [];
          }
          return [{ field: 'metadata', type: 'FieldValueForbidden', message: 'Forbidden: exceeded quota' }];
        });
      },
    },
  };
}
