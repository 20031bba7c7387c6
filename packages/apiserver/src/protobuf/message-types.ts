/**
 * The messages that kubectl sends in binary form (`create deployment`, `service`, `configmap`, `secret`, `namespace`, pods
 * of `debug`, and the options of deletions), with the numbers of their fields in Kubernetes' `generated.proto`.
 */

import { podSpec } from './pod-message.ts';
import { type MessageType, message, stringMap, strings } from './wire-type.ts';

const ownerReference = message({
  1: ['kind', 'string'],
  3: ['name', 'string'],
  4: ['uid', 'string'],
  5: ['apiVersion', 'string'],
  6: ['controller', 'bool'],
  7: ['blockOwnerDeletion', 'bool'],
});

const metadata = message({
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  5: ['uid', 'string'],
  6: ['resourceVersion', 'string'],
  11: ['labels', stringMap],
  12: ['annotations', stringMap],
  13: ['ownerReferences', { list: ownerReference }],
  14: ['finalizers', strings],
});

const podTemplate = message({ 1: ['metadata', metadata], 2: ['spec', podSpec] });

/** Its status says nothing of a new one. */
const pod = podTemplate;

const labelSelector = message({ 1: ['matchLabels', stringMap] });

const deployment = message({
  1: ['metadata', metadata],
  2: [
    'spec',
    message({ 1: ['replicas', 'int'], 2: ['selector', labelSelector], 3: ['template', podTemplate] }),
  ],
});

const servicePort = message({
  1: ['name', 'string'],
  2: ['protocol', 'string'],
  3: ['port', 'int'],
  4: ['targetPort', 'int-or-string'],
  5: ['nodePort', 'int'],
});

const service = message({
  1: ['metadata', metadata],
  2: [
    'spec',
    message({
      1: ['ports', { list: servicePort }],
      2: ['selector', stringMap],
      3: ['clusterIP', 'string'],
      4: ['type', 'string'],
      5: ['externalIPs', strings],
      10: ['externalName', 'string'],
    }),
  ],
});

const configMap = message({
  1: ['metadata', metadata],
  2: ['data', stringMap],
  3: ['binaryData', { map: 'bytes' }],
  4: ['immutable', 'bool'],
});

const secret = message({
  1: ['metadata', metadata],
  2: ['data', { map: 'bytes' }],
  3: ['type', 'string'],
  4: ['stringData', stringMap],
  5: ['immutable', 'bool'],
});

const namespace = message({ 1: ['metadata', metadata] });

const deleteOptions = message({
  1: ['gracePeriodSeconds', 'int'],
  2: ['preconditions', message({ 1: ['uid', 'string'], 2: ['resourceVersion', 'string'] })],
  3: ['orphanDependents', 'bool'],
  4: ['propagationPolicy', 'string'],
  5: ['dryRun', strings],
});

const accessReview = message({
  2: [
    'spec',
    message({
      1: [
        'resourceAttributes',
        message({
          1: ['namespace', 'string'],
          2: ['verb', 'string'],
          3: ['group', 'string'],
          4: ['version', 'string'],
          5: ['resource', 'string'],
          6: ['subresource', 'string'],
          7: ['name', 'string'],
        }),
      ],
      2: ['nonResourceAttributes', message({ 1: ['path', 'string'], 2: ['verb', 'string'] })],
    }),
  ],
});

const rulesReview = message({ 2: ['spec', message({ 1: ['namespace', 'string'] })] });

/** By `apiVersion/kind`. */
export const messageTypes: ReadonlyMap<string, MessageType> = new Map([
  ['apps/v1/Deployment', deployment],
  ['v1/Pod', pod],
  ['v1/Service', service],
  ['v1/ConfigMap', configMap],
  ['v1/Secret', secret],
  ['v1/Namespace', namespace],
  ['authorization.k8s.io/v1/SelfSubjectAccessReview', accessReview],
  ['authorization.k8s.io/v1/SelfSubjectRulesReview', rulesReview],
  ['authentication.k8s.io/v1/SelfSubjectReview', message({})],
  ['v1/DeleteOptions', deleteOptions],
  ['meta.k8s.io/v1/DeleteOptions', deleteOptions],
]);
