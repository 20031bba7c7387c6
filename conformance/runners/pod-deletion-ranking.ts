/** Vectors of the order in which a set deletes its pods, and of which pods count. */

import assert from 'node:assert/strict';
import type { Pod } from '../../packages/core/src/api/pod.ts';
import {
  compareForDeletion,
  podsToDelete,
} from '../../packages/core/src/controller/replication/deletion-order.ts';
import { isActive, isTerminating } from '../../packages/core/src/controller/replication/pod-activity.ts';
import { asSet } from '../shown.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

const someTime = '2024-01-01T00:00:00Z';

export const runners: TopicRunners = {
  /** All on equal footing: all but the last are to be deleted, and the last is the one that is left. */
  sort({ given, expect }: VectorCase) {
    const pods: readonly Pod[] = given.pods;
    const nowMs = Date.parse(given.now ?? someTime);
    const chosen = podsToDelete({ pods, related: [], count: pods.length - 1, nowMs });
    const left = pods.filter((pod) => !chosen.includes(pod));
    assert.deepEqual(namesOf([...chosen, ...left]), expect.order);
  },

  compare({ given, expect }: VectorCase) {
    const nowMs = Date.parse(given.now ?? someTime);
    const words = (order: number) => (order === 0 ? 'equal' : order < 0 ? 'a-first' : 'b-first');
    assert.equal(words(compareForDeletion(given.a, given.b, nowMs)), expect.result);
    const swapped = { 'a-first': 'b-first', 'b-first': 'a-first', equal: 'equal' };
    const wanted = swapped[expect.result as keyof typeof swapped];
    assert.equal(words(compareForDeletion(given.b, given.a, nowMs)), wanted, 'swapped');
  },

  podsToDelete({ given, expect }: VectorCase) {
    const pods: readonly Pod[] = given.pods;
    const related: readonly Pod[] = given.relatedPods ?? pods;
    const nowMs = Date.parse(given.now ?? someTime);
    const chosen = podsToDelete({ pods, related, count: given.diff, nowMs });
    assert.equal(chosen.length, new Set(chosen).size, 'no pod is chosen twice');
    assert.deepEqual(asSet(namesOf(chosen)), asSet(expect.delete));
  },

  filterActive({ given, expect }: VectorCase) {
    assert.deepEqual(asSet(namesOf(given.pods.filter(isActive))), asSet(expect.active));
  },

  filterTerminating({ given, expect }: VectorCase) {
    assert.deepEqual(asSet(namesOf(given.pods.filter(isTerminating))), asSet(expect.terminating));
  },
};

function namesOf(pods: readonly Pod[]): string[] {
  return pods.map(({ metadata }) => metadata.name ?? '');
}
