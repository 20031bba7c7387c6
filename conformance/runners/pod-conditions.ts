/** Vectors of the pod conditions. */

import assert from 'node:assert/strict';
import type { ContainerStatus, PodSpec } from '../../packages/core/src/api/pod.ts';
import {
  type ConditionVerdict,
  containersReady,
  initialized,
  ready,
} from '../../packages/core/src/kubelet/pod/conditions.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

export const runners: TopicRunners = {
  containersReady({ given, expect }: VectorCase) {
    assertVerdict(containersReady(specOf(given), statusesOf(given), given.phase), expect);
  },
  ready({ given, expect }: VectorCase) {
    const spec = specOf(given);
    const containers = containersReady(spec, statusesOf(given), given.phase);
    assertVerdict(ready(spec, containers, given.conditions ?? []), expect);
  },
  initialized({ given, expect }: VectorCase) {
    assertVerdict(initialized(specOf(given), statusesOf(given), given.phase), expect);
  },
};

function specOf(given: VectorCase['given']): PodSpec {
  return { ...given.spec, containers: given.spec?.containers ?? [] };
}

function statusesOf(given: VectorCase['given']): ReadonlyMap<string, ContainerStatus> | undefined {
  const statuses: readonly ContainerStatus[] | null = given.containerStatuses ?? null;
  return statuses === null ? undefined : new Map(statuses.map((status) => [status.name, status]));
}

function assertVerdict(verdict: ConditionVerdict, expect: VectorCase['expect']): void {
  const all: Record<string, string> = { reason: '', message: '', ...verdict };
  assert.deepEqual(Object.fromEntries(Object.keys(expect).map((key) => [key, all[key]])), expect);
}
