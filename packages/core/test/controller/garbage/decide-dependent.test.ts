import { describe, expect, it } from 'vitest';
import {
  type Decision,
  decideDependent,
  type OwnerState,
} from '../../../src/controller/garbage/decide-dependent.ts';
import { objectOf } from './owned-objects.ts';

const keep: Decision = { kind: 'keep' };
const deleted = (policy: 'Background' | 'Foreground' | 'Orphan'): Decision => ({ kind: 'delete', policy });

/** The owner of the first state has the UID `0`, and so on. */
function dependent(states: readonly OwnerState[], finalizers: readonly string[] = []) {
  const ownerReferences = states.map((_, i) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    name: 's',
    uid: `${i}`,
  }));
  return objectOf('ConfigMap', 'c', { ownerReferences, finalizers });
}

describe('an object whose owners', () => {
  it.each<[string, readonly OwnerState[], boolean, Decision]>([
    ['are none at all', [], false, keep],
    ['all exist', ['solid', 'solid'], true, keep],
    ['are gone', ['dangling', 'dangling'], false, deleted('Background')],
    ['are gone, with dependents of its own', ['dangling'], true, deleted('Background')],
    ['are partly gone', ['dangling', 'solid', 'dangling'], false, { kind: 'release', from: ['0', '2'] }],
    ['partly wait for it', ['solid', 'waiting'], true, { kind: 'release', from: ['1'] }],
    ['wait for it', ['waiting', 'dangling'], false, deleted('Background')],
    ['wait for it, with dependents of its own', ['waiting', 'dangling'], true, deleted('Foreground')],
    ['cannot be told', ['unknown'], false, keep],
    ['partly cannot be told', ['dangling', 'unknown', 'solid'], false, keep],
  ])('%s', (_, states, hasDependents, wanted) => {
    expect(decideDependent(dependent(states), states, hasDependents)).toEqual(wanted);
  });

  it.each<[string, Decision]>([
    ['orphan', deleted('Orphan')],
    ['foregroundDeletion', deleted('Foreground')],
    ['example.com/other', deleted('Background')],
  ])('are gone, and that has been given the finalizer %s', (finalizer, wanted) => {
    expect(decideDependent(dependent(['dangling'], [finalizer]), ['dangling'], false)).toEqual(wanted);
  });
});
