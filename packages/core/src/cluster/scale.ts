/** Changing the size of a workload. */

import { FieldPath, invalid } from '../api/field-error.ts';
import type { ApiObject } from '../api/meta.ts';
import { isScalable, type Scale, scaleOf, withReplicas } from '../api/scale.ts';
import { MooringError } from '../contract/error.ts';
import type { ObjectStore } from '../contract/object-store.ts';
import { invalidObject } from './admission.ts';
import { checkCallOptions } from './call-options.ts';
import { parseReference } from './wait-for.ts';

/** What must hold for a workload to be scaled; otherwise it rejects with `CONFLICT`. */
export interface ScaleOptions {
  /** Only if that is how many replicas are wanted now. */
  readonly currentReplicas?: number;
  /** Only if that is the version of the object. */
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

/**
 * Resolves with the new scale once it is stored; the pods follow. Rejects with `CONFLICT` when a precondition does not
 * hold, in the words of kubectl; with `INVALID` for a size that is no whole number from 0, or an object without one; with
 * `NOT_FOUND`.
 */
export async function scaleObject(
  objects: ObjectStore,
  reference: string,
  replicas: number,
  options: ScaleOptions = {},
): Promise<Scale> {
  checkCallOptions('scale', options, { currentReplicas: true, resourceVersion: true, signal: true });
  const { currentReplicas, resourceVersion, signal } = options;
  const { kind, namespace = 'default', name } = parseReference(reference);
  const change = (current: ApiObject): ApiObject => {
    if (!isScalable(current)) throw unscalable(reference);
    checkReplicas(current, replicas);
    expectSame('replicas', currentReplicas, scaleOf(current).spec.replicas);
    expectSame('resource version', resourceVersion, current.metadata.resourceVersion);
    return withReplicas(current, replicas);
  };
  const scaled: ApiObject = await objects.patchWith(kind, namespace, name, change, { signal });
  if (!isScalable(scaled)) throw unscalable(reference);
  return scaleOf(scaled);
}

function unscalable(reference: string): MooringError {
  const words = `${reference} has no size: only Deployments, ReplicaSets and ReplicationControllers can be scaled`;
  return new MooringError('INVALID', words);
}

function checkReplicas(object: ApiObject, replicas: number): void {
  if (Number.isInteger(replicas) && replicas >= 0) return;
  const path = new FieldPath('spec').child('replicas');
  const detail = Number.isInteger(replicas) ? 'must be greater than or equal to 0' : 'must be an integer';
  throw invalidObject(object, [invalid(path, replicas, detail)]);
}

function expectSame(
  what: string,
  wanted: number | string | undefined,
  found: number | string | undefined,
): void {
  if (wanted === undefined || wanted === found) return;
  throw new MooringError('CONFLICT', `Expected ${what} to be ${wanted}, was ${found}`);
}
