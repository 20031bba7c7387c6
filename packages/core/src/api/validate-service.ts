/** Services: ports, what is selected, how they are reached, and what may change about that. */

import type { Draft } from './draft.ts';
import { duplicate, FieldPath, forbidden, invalid, required } from './field-error.ts';
import {
  type FieldErrors,
  followsRule,
  ipAddress,
  isEmpty,
  oneOf,
  portNumber,
  portProtocol,
} from './field-rules.ts';
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
} from './names.ts';
import type { Service, ServicePort, ServiceSpec } from './network.ts';
import { isExternallyAccessible, isHeadless } from './service-type.ts';
import { clusterIPErrors } from './validate-cluster-ip.ts';
import { labelErrors } from './validate-meta.ts';

const specPath = new FieldPath('spec');

/** Takes a service whose defaults are filled in. */
export function* serviceErrors({ spec = {} }: Draft<Service>): FieldErrors {
  const { type, ports = [], selector = {}, externalIPs = [] } = spec;
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName')
    yield required(specPath.child('ports'));
  yield* typeErrors(spec);
  yield* portErrors(ports, type, specPath.child('ports'));
  yield* labelErrors(selector, specPath.child('selector'));
  yield* affinityErrors(spec);
  yield* clusterIPErrors(spec, specPath);
  for (const [i, ip] of externalIPs.entries()) yield* ipAddress(specPath.child('externalIPs').index(i), ip);
  yield* trafficErrors(spec);
}

function* typeErrors(spec: Draft<ServiceSpec>): FieldErrors {
  const { type, clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = '' } = spec;
  yield* oneOf(specPath.child('type'), type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']);
  if (type !== 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== undefined)
    yield forbidden(
      specPath.child('allocateLoadBalancerNodePorts'),
      "may only be used when `type` is 'LoadBalancer'",
    );
  if ((type === 'NodePort' || type === 'LoadBalancer') && isHeadless(spec))
    yield invalid(
      specPath.child('clusterIPs').index(0),
      'None',
      `may not be set to 'None' for ${type} services`,
    );
  if (type !== 'ExternalName') return;
  const detail = 'may not be set for ExternalName services';
  if (clusterIPs.length > 0) yield forbidden(specPath.child('clusterIPs'), detail);
  if (ipFamilies.length > 0) yield forbidden(specPath.child('ipFamilies'), detail);
  if (ipFamilyPolicy !== undefined) yield forbidden(specPath.child('ipFamilyPolicy'), detail);
  // A dot at the end says that the name is complete.
  const name = externalName.replace(/\.$/, '');
  if (name === '') yield required(specPath.child('externalName'));
  else yield* followsRule(specPath.child('externalName'), name, dns1123SubdomainProblems);
}

function* portErrors(
  ports: readonly Draft<ServicePort>[],
  type: string | undefined,
  path: FieldPath,
): FieldErrors {
  const taken = { names: new Set<string>(), ports: new Set<string>(), nodePorts: new Set<string>() };
  for (const [i, port] of ports.entries()) {
    const at = path.index(i);
    const { name, protocol = '', port: number = 0 } = port;
    if (isEmpty(name)) {
      if (ports.length > 1) yield required(at.child('name'));
    } else {
      yield* followsRule(at.child('name'), name, dns1123LabelProblems);
      if (isTaken(name, taken.names)) yield duplicate(at.child('name'), name);
    }
    yield* onePortErrors(port, at);
    yield* nodePortErrors(port, type, at.child('nodePort'), taken.nodePorts);
    if (isTaken(`${protocol}/${number}`, taken.ports)) yield duplicate(at, { protocol, port: number });
  }
}

function* onePortErrors(
  { port = 0, protocol, targetPort = 0, appProtocol }: Draft<ServicePort>,
  path: FieldPath,
): FieldErrors {
  yield* portNumber(path.child('port'), port);
  yield* portProtocol(path.child('protocol'), protocol);
  const targetProblems =
    typeof targetPort === 'number' ? portNumberProblems(targetPort) : portNameProblems(targetPort);
  // Where there is no port either, the target repeats a mistake that has been named.
  if (targetPort !== port || targetProblems.length === 0)
    for (const problem of targetProblems) yield invalid(path.child('targetPort'), targetPort, problem);
  if (appProtocol !== undefined)
    yield* followsRule(path.child('appProtocol'), appProtocol, qualifiedNameProblems);
}

const nodePortMin = 30_000;
const nodePortMax = 32_767;

function* nodePortErrors(
  { protocol = '', nodePort = 0 }: Draft<ServicePort>,
  type: string | undefined,
  path: FieldPath,
  taken: Set<string>,
): FieldErrors {
  if (nodePort === 0) return;
  if (type === 'ClusterIP') return yield forbidden(path, "may not be used when `type` is 'ClusterIP'");
  if (nodePort < nodePortMin || nodePort > nodePortMax) {
    const range = `The range of valid ports is ${nodePortMin}-${nodePortMax}`;
    yield invalid(path, nodePort, `provided port is not in the valid range. ${range}`);
  }
  if (isTaken(`${protocol}/${nodePort}`, taken)) yield duplicate(path, nodePort);
}

function isTaken(key: string, taken: Set<string>): boolean {
  if (taken.has(key)) return true;
  taken.add(key);
  return false;
}

const affinitySecondsMax = 86_400;

function* affinityErrors({ sessionAffinity, sessionAffinityConfig }: Draft<ServiceSpec>): FieldErrors {
  yield* oneOf(specPath.child('sessionAffinity'), sessionAffinity, ['ClientIP', 'None']);
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (sessionAffinity !== 'ClientIP' || seconds === undefined) return;
  if (seconds <= 0 || seconds > affinitySecondsMax) {
    const path = specPath.child('sessionAffinityConfig', 'clientIP', 'timeoutSeconds');
    yield invalid(path, seconds, `must be greater than 0 and less than ${affinitySecondsMax}`);
  }
}

const trafficPolicies = ['Cluster', 'Local'];

function* trafficErrors(spec: Draft<ServiceSpec>): FieldErrors {
  const { internalTrafficPolicy, externalTrafficPolicy } = spec;
  if (internalTrafficPolicy !== undefined)
    yield* oneOf(specPath.child('internalTrafficPolicy'), internalTrafficPolicy, trafficPolicies);
  if (externalTrafficPolicy === undefined) return;
  const path = specPath.child('externalTrafficPolicy');
  if (!isExternallyAccessible(spec))
    yield invalid(path, externalTrafficPolicy, 'may only be set for externally-accessible services');
  else yield* oneOf(path, externalTrafficPolicy, trafficPolicies);
}
