/**
 * What an update of a Service leaves open and the cluster has given to it: its addresses and node ports stay. What
 * belonged to its old type only goes with that type, unless the update names it.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Draft } from './draft.ts';
import type { ServicePort, ServiceSpec } from './network.ts';
import { isExternallyAccessible, needsClusterIP, needsNodePort } from './service-type.ts';

type Spec = Draft<ServiceSpec>;

/** Takes the new spec, its type and the protocols of its ports filled in, and the one that is stored. */
export function carryOver(spec: Spec, old: Spec): Spec {
  return withoutFormerType(withNodePorts(withClusterIP(spec, old), old), old);
}

function withClusterIP(spec: Spec, old: Spec): Spec {
  if (!needsClusterIP(spec) || !needsClusterIP(old) || !old.clusterIP) return spec;
  const clusterIP = spec.clusterIP || old.clusterIP;
  const isSame = clusterIP === old.clusterIP;
  // The two fields say the same; whoever changes the first may have left the second as it was.
  const clusterIPs = isSame ? (spec.clusterIPs ?? old.clusterIPs) : [clusterIP];
  const isOwn = !isSame && !isDeepStrictEqual(spec.clusterIPs, old.clusterIPs);
  if (isOwn) return spec;
  const ipFamilies = spec.ipFamilies ?? old.ipFamilies;
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? old.ipFamilyPolicy;
  return {
    ...spec,
    clusterIP,
    ...(clusterIPs && { clusterIPs }),
    ...(ipFamilies && { ipFamilies }),
    ...(ipFamilyPolicy && { ipFamilyPolicy }),
  };
}

function withNodePorts(spec: Spec, old: Spec): Spec {
  if (!needsNodePort(spec) || !needsNodePort(old) || spec.ports === undefined) return spec;
  const known = new Map((old.ports ?? []).map((port) => [keyOf(port), port.nodePort]));
  const asked = new Set(spec.ports.map(({ nodePort }) => nodePort));
  const ports = spec.ports.map((port) => {
    const nodePort = port.nodePort || known.get(keyOf(port));
    return port.nodePort || !nodePort || asked.has(nodePort) ? port : { ...port, nodePort };
  });
  return { ...spec, ports };
}

function keyOf({ protocol = '', port = 0 }: Draft<ServicePort>): string {
  return `${protocol}/${port}`;
}

function withoutFormerType(spec: Spec, old: Spec): Spec {
  const dropped = new Set<string>();
  const drop = (fields: readonly string[]) => {
    for (const field of fields) if (isDeepStrictEqual(spec[field], old[field])) dropped.add(field);
  };
  if (needsClusterIP(old) && !needsClusterIP(spec))
    drop(['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy']);
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) drop(['externalTrafficPolicy']);
  if (spec.type !== 'LoadBalancer') drop(['allocateLoadBalancerNodePorts']);
  const kept = Object.fromEntries(Object.entries(spec).filter(([field]) => !dropped.has(field))) as Spec;
  if (!needsNodePort(old) || needsNodePort(spec) || kept.ports === undefined) return kept;
  const given = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
  const ports = kept.ports.map(({ nodePort, ...port }) => ({
    ...port,
    ...(nodePort && !given.has(nodePort) && { nodePort }),
  }));
  return { ...kept, ports };
}
