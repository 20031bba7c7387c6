/** Services and the endpoints behind them. */

import type { ApiObject, Labels } from './meta.ts';
import type { ObjectReference } from './objects.ts';
import type { Protocol } from './pod.ts';

/** A port of a Service and where its traffic goes: `targetPort` is a number, or the name of a container port. */
export interface ServicePort {
  /** Required where a Service has several ports. */
  readonly name?: string;
  /** `TCP` when not given. */
  readonly protocol?: Protocol;
  readonly appProtocol?: string;
  readonly port: number;
  /** A number, or the name of a container port; `port` when not given. */
  readonly targetPort?: number | string;
  readonly nodePort?: number;
}

/** Which pods a Service leads to, and at which addresses clients find it. */
export interface ServiceSpec {
  /** Equality only. Nobody manages the endpoints of a Service without one. */
  readonly selector?: Labels;
  readonly ports?: readonly ServicePort[];
  /** `ClusterIP` when not given. */
  readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** `None`: headless. */
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly externalName?: string;
  readonly externalIPs?: readonly string[];
  readonly sessionAffinity?: 'None' | 'ClientIP';
  readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } };
  readonly publishNotReadyAddresses?: boolean;
  readonly ipFamilies?: readonly ('IPv4' | 'IPv6')[];
  readonly ipFamilyPolicy?: string;
  readonly internalTrafficPolicy?: 'Cluster' | 'Local';
  readonly externalTrafficPolicy?: 'Cluster' | 'Local';
  readonly [field: string]: unknown;
}

/** `v1` Service: an address that stays while the pods behind it come and go. */
export interface Service extends ApiObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Service';
  readonly spec: ServiceSpec;
  readonly status?: object;
}

/** One address of `v1` Endpoints. */
export interface EndpointAddress {
  readonly ip: string;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly targetRef?: ObjectReference;
}

/** One port of `v1` Endpoints. */
export interface EndpointPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: Protocol;
  readonly appProtocol?: string;
}

/** Addresses and ports of `v1` Endpoints that belong together. */
export interface EndpointSubset {
  readonly addresses?: readonly EndpointAddress[];
  readonly notReadyAddresses?: readonly EndpointAddress[];
  readonly ports?: readonly EndpointPort[];
}

/** The legacy form: one object for each Service, of the same name. */
export interface Endpoints extends ApiObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Endpoints';
  readonly subsets?: readonly EndpointSubset[];
}

/** What traffic an endpoint may get. `ready` and `serving` differ for a pod that is being deleted only. */
export interface EndpointConditions {
  /** Serving and not terminating, or published whatever it is. */
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
}

/** One pod behind a Service. */
export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: EndpointConditions;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly targetRef?: ObjectReference;
}

/** A port that every endpoint of a slice has. */
export interface EndpointSlicePort {
  readonly name?: string;
  readonly port?: number;
  readonly protocol?: Protocol;
  readonly appProtocol?: string;
}

/** On each slice: the Service that it belongs to. */
export const serviceNameLabel = 'kubernetes.io/service-name';

/** `discovery.k8s.io/v1` EndpointSlice: up to 100 endpoints of a Service. */
export interface EndpointSlice extends ApiObject {
  readonly apiVersion: 'discovery.k8s.io/v1';
  readonly kind: 'EndpointSlice';
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly endpoints: readonly Endpoint[];
  readonly ports?: readonly EndpointSlicePort[];
}
