/** Defaults of one container: pull policy, ports, probes, hooks, requests. */

import type { Draft } from './draft.ts';
import type {
  Container,
  ContainerPort,
  EnvVar,
  HttpGetAction,
  Lifecycle,
  LifecycleHandler,
  ObjectFieldSelector,
  Probe,
  PullPolicy,
  ResourceRequirements,
} from './pod.ts';

// Objects that live as long as their pod are extended by `Object.assign`: in V8 11 each `{ ...container, port: 1 }` has a
// shape of its own, which weighs as much as the object.

export interface ContainerDefaults {
  readonly hostNetwork: boolean;
  /** The container of a template; see `defaultPodTemplate`. */
  readonly isTemplate: boolean;
}

export function defaultContainer(
  container: Draft<Container>,
  { hostNetwork, isTemplate }: ContainerDefaults,
): Draft<Container> {
  const { ports, env, resources, livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  return Object.assign({}, container, {
    imagePullPolicy: container.imagePullPolicy || defaultPullPolicy(container.image ?? ''),
    terminationMessagePath: container.terminationMessagePath || '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy || 'File',
    ...(ports && { ports: ports.map((port) => defaultPort(port, hostNetwork && !isTemplate)) }),
    ...(env && { env: env.map(defaultEnvVar) }),
    ...(resources && !isTemplate && { resources: defaultResources(resources) }),
    ...(livenessProbe && { livenessProbe: defaultProbe(livenessProbe) }),
    ...(readinessProbe && { readinessProbe: defaultProbe(readinessProbe) }),
    ...(startupProbe && { startupProbe: defaultProbe(startupProbe) }),
    ...(lifecycle && { lifecycle: defaultLifecycle(lifecycle) }),
  });
}

/** `Always` for the tag `latest`, given or implied, since it may mean another image tomorrow. */
export function defaultPullPolicy(image: string): PullPolicy {
  const [reference = '', digest] = image.split('@', 2);
  const lastPart = reference.slice(reference.lastIndexOf('/') + 1);
  const colon = lastPart.indexOf(':');
  const tag = colon < 0 ? undefined : lastPart.slice(colon + 1);
  const isLatest = tag === undefined ? digest === undefined : tag === 'latest';
  return isLatest ? 'Always' : 'IfNotPresent';
}

function defaultPort(port: Draft<ContainerPort>, hostNetwork: boolean): Draft<ContainerPort> {
  const hostPort = port.hostPort || (hostNetwork ? port.containerPort : undefined);
  return {
    ...port,
    protocol: port.protocol || 'TCP',
    ...(hostPort !== undefined && { hostPort }),
  };
}

function defaultEnvVar(variable: Draft<EnvVar>): Draft<EnvVar> {
  const { valueFrom } = variable;
  if (valueFrom?.fieldRef === undefined) return variable;
  return { ...variable, valueFrom: { ...valueFrom, fieldRef: defaultFieldRef(valueFrom.fieldRef) } };
}

export function defaultFieldRef(fieldRef: Draft<ObjectFieldSelector>): Draft<ObjectFieldSelector> {
  return { ...fieldRef, apiVersion: fieldRef.apiVersion || 'v1' };
}

/** A limit without a request is a request too. */
function defaultResources(resources: Draft<ResourceRequirements>): Draft<ResourceRequirements> {
  const { limits, requests } = resources;
  return limits === undefined ? resources : { ...resources, requests: { ...limits, ...requests } };
}

/** `initialDelaySeconds` stays away: its default is the zero that a missing number means. */
function defaultProbe(probe: Draft<Probe>): Draft<Probe> {
  const { httpGet, grpc } = probe;
  return Object.assign({}, probe, {
    timeoutSeconds: probe.timeoutSeconds || 1,
    periodSeconds: probe.periodSeconds || 10,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
    ...(httpGet && { httpGet: defaultHttpGet(httpGet) }),
    ...(grpc && { grpc: { ...grpc, service: grpc.service ?? '' } }),
  });
}

function defaultHttpGet(httpGet: Draft<HttpGetAction>): Draft<HttpGetAction> {
  return { ...httpGet, path: httpGet.path || '/', scheme: httpGet.scheme || 'HTTP' };
}

function defaultLifecycle(lifecycle: Draft<Lifecycle>): Draft<Lifecycle> {
  const { postStart, preStop } = lifecycle;
  return {
    ...lifecycle,
    ...(postStart && { postStart: defaultLifecycleHandler(postStart) }),
    ...(preStop && { preStop: defaultLifecycleHandler(preStop) }),
  };
}

function defaultLifecycleHandler(handler: Draft<LifecycleHandler>): Draft<LifecycleHandler> {
  const { httpGet } = handler;
  return httpGet === undefined ? handler : { ...handler, httpGet: defaultHttpGet(httpGet) };
}
