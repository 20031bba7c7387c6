/** The addresses of a Service inside the cluster: of one family or both, `None` for no address at all, and never another. */

import { isIPv4, isIPv6 } from 'node:net';
import type { Draft } from './draft.ts';
import { duplicate, FieldPath, invalid, notSupported, required } from './field-error.ts';
import { type FieldErrors, ipAddress } from './field-rules.ts';
import type { Service, ServiceSpec } from './network.ts';
import { isHeadless } from './service-type.ts';

/** `path` is that of the spec. */
export function* clusterIPErrors(spec: Draft<ServiceSpec>, path: FieldPath): FieldErrors {
  const { type, clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  // It has none; that is said where its type is looked at.
  if (type === 'ExternalName') return;
  const ipsPath = path.child('clusterIPs');
  if (clusterIP === '' && clusterIPs.length > 0)
    yield invalid(ipsPath, clusterIPs, 'must be empty when `clusterIP` is not specified');
  if (clusterIP !== '' && clusterIPs.length === 0) yield required(ipsPath);
  if (clusterIP !== '' && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP)
    yield invalid(ipsPath, clusterIPs, 'first value must match `clusterIP`');
  yield* familyErrors(ipFamilies, path.child('ipFamilies'));
  const policies = ['SingleStack', 'PreferDualStack', 'RequireDualStack'];
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy))
    yield notSupported(path.child('ipFamilyPolicy'), ipFamilyPolicy, policies);
  yield* addressErrors(clusterIPs, ipFamilies, ipsPath);
}

function* familyErrors(families: readonly string[], path: FieldPath): FieldErrors {
  const known = ['IPv4', 'IPv6'];
  const seen = new Set<string>();
  for (const [i, family] of families.entries()) {
    if (!known.includes(family)) yield notSupported(path.index(i), family, known);
    if (seen.has(family)) yield duplicate(path.index(i), family);
    seen.add(family);
  }
}

function* addressErrors(ips: readonly string[], families: readonly string[], path: FieldPath): FieldErrors {
  if (ips[0] === 'None') {
    if (ips.length > 1) yield invalid(path, ips, "'None' must be the first and only value");
    return;
  }
  if (ips.length > 2) return yield invalid(path, ips, 'may only hold up to 2 values');
  const wrong = ips.flatMap((ip, i) => [...ipAddress(path.index(i), ip)]);
  yield* wrong;
  // What follows would only say of a broken address that it belongs to no family.
  if (wrong.length > 0) return;
  if (ips.length === 2 && isIPv6(ips[0] ?? '') === isIPv6(ips[1] ?? ''))
    yield invalid(path, ips, 'may specify no more than one IP for each IP family');
  for (const [i, ip] of ips.entries()) {
    const family = families[i];
    const isOfFamily = family === 'IPv6' ? isIPv6(ip) : isIPv4(ip);
    if (family !== undefined && !isOfFamily)
      yield invalid(path.index(i), ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``);
  }
}

/** An address that was given once stays: clients have it in their hands. */
export function* clusterIPUpdateErrors(
  { spec = {} }: Draft<Service>,
  { spec: old = {} }: Draft<Service>,
): FieldErrors {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  if (isHeadless(spec) && isHeadless(old)) return;
  const [ips, oldIPs] = [spec.clusterIPs ?? [], old.clusterIPs ?? []];
  const path = new FieldPath('spec').child('clusterIPs');
  const compared = ips.length === oldIPs.length ? oldIPs : oldIPs.slice(0, 1);
  if (compared.length > 0 && ips.length === 0)
    return yield invalid(path.index(0), ips, 'primary clusterIP can not be unset');
  for (const [i, ip] of compared.entries())
    if (ips[i] !== ip) yield invalid(path.index(i), ips, 'may not change once set');
}
