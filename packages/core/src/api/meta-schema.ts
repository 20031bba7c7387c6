/** What every object begins with, and references from one object to another. */

import { any, boolean, int64, list, map, object, string } from './schema.ts';

export const metadataSchema = object({
  name: string,
  generateName: string,
  namespace: string,
  uid: string,
  resourceVersion: string,
  generation: int64,
  creationTimestamp: string,
  deletionTimestamp: string,
  deletionGracePeriodSeconds: int64,
  labels: map(string),
  annotations: map(string),
  finalizers: list(string),
  ownerReferences: list(
    object({
      apiVersion: string,
      kind: string,
      name: string,
      uid: string,
      controller: boolean,
      blockOwnerDeletion: boolean,
    }),
  ),
  managedFields: any,
  selfLink: any,
});

export const headerFields = { apiVersion: string, kind: string, metadata: metadataSchema };

export const objectReferenceSchema = object(
  { apiVersion: string, kind: string, namespace: string, name: string, uid: string, fieldPath: string },
  'keep',
);

/** A condition of an object's status; what is not ours passes in silence. */
export const conditionSchema = object(
  {
    type: string,
    status: string,
    reason: string,
    message: string,
    lastTransitionTime: string,
    lastUpdateTime: string,
    lastProbeTime: string,
    observedGeneration: int64,
  },
  'keep',
);
