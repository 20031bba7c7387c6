/** Every field of ReplicationController, ReplicaSet and Deployment and its JSON type. */

import { conditionSchema, headerFields, metadataSchema } from './meta-schema.ts';
import { podSpecSchema } from './pod-schema.ts';
import { boolean, int32, int64, intOrString, list, map, object, string } from './schema.ts';

const labelSelector = object({
  matchLabels: map(string),
  matchExpressions: list(object({ key: string, operator: string, values: list(string) })),
});

const podTemplate = object({ metadata: metadataSchema, spec: podSpecSchema });

const sizeFields = { replicas: int32, minReadySeconds: int32, template: podTemplate };

const countFields = {
  replicas: int32,
  readyReplicas: int32,
  availableReplicas: int32,
  observedGeneration: int64,
  conditions: list(conditionSchema),
};

/** What a cluster wrote may come back in a manifest; fields that are not ours pass in silence. */
const replicaSetStatus = object(
  { ...countFields, fullyLabeledReplicas: int32, terminatingReplicas: int32 },
  'keep',
);

const deploymentStatus = object(
  {
    ...countFields,
    updatedReplicas: int32,
    unavailableReplicas: int32,
    terminatingReplicas: int32,
    collisionCount: int32,
  },
  'keep',
);

export const replicationControllerSchema = object({
  ...headerFields,
  spec: object({ ...sizeFields, selector: map(string) }),
  status: replicaSetStatus,
});

export const replicaSetSchema = object({
  ...headerFields,
  spec: object({ ...sizeFields, selector: labelSelector }),
  status: replicaSetStatus,
});

export const deploymentSchema = object({
  ...headerFields,
  spec: object({
    ...sizeFields,
    selector: labelSelector,
    strategy: object({
      type: string,
      rollingUpdate: object({ maxSurge: intOrString, maxUnavailable: intOrString }),
    }),
    revisionHistoryLimit: int32,
    paused: boolean,
    progressDeadlineSeconds: int32,
  }),
  status: deploymentStatus,
});
