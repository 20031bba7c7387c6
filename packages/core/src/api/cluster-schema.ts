/** Every field of the objects that a cluster keeps about itself: Node, Namespace, Lease, Event. */

import { conditionSchema, headerFields, objectReferenceSchema } from './meta-schema.ts';
import { boolean, inert, int32, list, map, object, quantity, string, time } from './schema.ts';

export const nodeSchema = object({
  ...headerFields,
  spec: object({
    unschedulable: boolean,
    taints: list(object({ key: string, value: string, effect: string, timeAdded: time })),
    podCIDR: string,
    podCIDRs: list(string),
    providerID: string,
    configSource: inert,
    externalID: inert,
  }),
  status: object(
    {
      capacity: map(quantity),
      allocatable: map(quantity),
      conditions: list(conditionSchema),
      addresses: list(object({ type: string, address: string }, 'keep')),
    },
    'keep',
  ),
});

export const namespaceSchema = object({
  ...headerFields,
  spec: object({ finalizers: list(string) }),
  status: object({ phase: string, conditions: list(conditionSchema) }, 'keep'),
});

export const leaseSchema = object({
  ...headerFields,
  spec: object({
    holderIdentity: string,
    leaseDurationSeconds: int32,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: int32,
    preferredHolder: inert,
    strategy: inert,
  }),
});

export const eventSchema = object(
  {
    ...headerFields,
    involvedObject: objectReferenceSchema,
    type: string,
    reason: string,
    message: string,
    count: int32,
    firstTimestamp: string,
    lastTimestamp: string,
    source: object({ component: string, host: string }),
    reportingComponent: string,
    reportingInstance: string,
  },
  'keep',
);
