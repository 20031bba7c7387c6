/** Every field of Service, Endpoints and EndpointSlice and its JSON type. */

import { headerFields, objectReferenceSchema } from './meta-schema.ts';
import { boolean, inert, int32, intOrString, list, map, object, string } from './schema.ts';

const strings = list(string);

export const serviceSchema = object({
  ...headerFields,
  spec: object({
    selector: map(string),
    ports: list(
      object({
        name: string,
        protocol: string,
        appProtocol: string,
        port: int32,
        targetPort: intOrString,
        nodePort: int32,
      }),
    ),
    type: string,
    clusterIP: string,
    clusterIPs: strings,
    ipFamilies: strings,
    ipFamilyPolicy: string,
    externalName: string,
    externalIPs: strings,
    sessionAffinity: string,
    sessionAffinityConfig: object({ clientIP: object({ timeoutSeconds: int32 }) }),
    publishNotReadyAddresses: boolean,
    internalTrafficPolicy: string,
    externalTrafficPolicy: string,
    allocateLoadBalancerNodePorts: inert,
    healthCheckNodePort: inert,
    loadBalancerClass: inert,
    loadBalancerIP: inert,
    loadBalancerSourceRanges: inert,
    trafficDistribution: inert,
  }),
  status: object({}, 'keep'),
});

const endpointAddress = object({
  ip: string,
  hostname: string,
  nodeName: string,
  targetRef: objectReferenceSchema,
});

const endpointPort = object({ name: string, port: int32, protocol: string, appProtocol: string });

export const endpointsSchema = object({
  ...headerFields,
  subsets: list(
    object({
      addresses: list(endpointAddress),
      notReadyAddresses: list(endpointAddress),
      ports: list(endpointPort),
    }),
  ),
});

export const endpointSliceSchema = object({
  ...headerFields,
  addressType: string,
  endpoints: list(
    object({
      addresses: strings,
      conditions: object({ ready: boolean, serving: boolean, terminating: boolean }),
      hostname: string,
      nodeName: string,
      zone: string,
      targetRef: objectReferenceSchema,
      deprecatedTopology: map(string),
      hints: inert,
    }),
  ),
  ports: list(endpointPort),
});
