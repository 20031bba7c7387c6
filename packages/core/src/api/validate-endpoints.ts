/** Endpoints and EndpointSlices: where the pods of a Service are reached. */

import { isIPv4, isIPv6 } from 'node:net';
import type { Draft } from './draft.ts';
import { duplicate, FieldPath, invalid, required, tooMany } from './field-error.ts';
import {
  type FieldErrors,
  followsRule,
  ipAddress,
  isEmpty,
  oneOf,
  portNumber,
  portProtocol,
} from './field-rules.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from './names.ts';
import type {
  Endpoint,
  EndpointAddress,
  EndpointPort,
  EndpointSlice,
  EndpointSlicePort,
  EndpointSubset,
  Endpoints,
} from './network.ts';

// Addresses of the loopback are allowed, unlike in Kubernetes: pods that are plain processes share that of their host.

export function* endpointsErrors({ subsets = [] }: Draft<Endpoints>): FieldErrors {
  for (const [i, subset] of subsets.entries()) yield* subsetErrors(subset, new FieldPath('subsets').index(i));
}

function* subsetErrors(subset: Draft<EndpointSubset>, path: FieldPath): FieldErrors {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  if (addresses.length === 0 && notReadyAddresses.length === 0)
    yield required(path, 'must specify `addresses` or `notReadyAddresses`');
  for (const [i, address] of addresses.entries())
    yield* addressErrors(address, path.child('addresses').index(i));
  for (const [i, address] of notReadyAddresses.entries())
    yield* addressErrors(address, path.child('notReadyAddresses').index(i));
  for (const [i, port] of ports.entries()) {
    const at = path.child('ports').index(i);
    if (isEmpty(port.name) && ports.length > 1) yield required(at.child('name'));
    if (port.port === undefined) yield required(at.child('port'));
    yield* portErrors(port, at);
  }
}

function* addressErrors({ ip, hostname, nodeName }: Draft<EndpointAddress>, path: FieldPath): FieldErrors {
  yield* ipAddress(path.child('ip'), ip);
  if (!isEmpty(hostname)) yield* followsRule(path.child('hostname'), hostname, dns1123LabelProblems);
  if (nodeName !== undefined) yield* followsRule(path.child('nodeName'), nodeName, dns1123SubdomainProblems);
}

function* portErrors(
  { name, port, protocol, appProtocol }: Draft<EndpointPort>,
  path: FieldPath,
): FieldErrors {
  if (!isEmpty(name)) yield* followsRule(path.child('name'), name, dns1123LabelProblems);
  if (port !== undefined) yield* portNumber(path.child('port'), port);
  yield* portProtocol(path.child('protocol'), protocol);
  if (appProtocol !== undefined)
    yield* followsRule(path.child('appProtocol'), appProtocol, qualifiedNameProblems);
}

const endpointsMax = 1000;
const addressesMax = 100;
const portsMax = 20_000;
const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

/** Takes a slice whose defaults are filled in. */
export function* endpointSliceErrors(slice: Draft<EndpointSlice>): FieldErrors {
  const { addressType = '', endpoints = [], ports = [] } = slice;
  yield* oneOf(new FieldPath('addressType'), addressType, addressTypes);
  yield* endpointListErrors(endpoints, addressType, new FieldPath('endpoints'));
  yield* slicePortErrors(ports, new FieldPath('ports'));
}

export function* endpointSliceUpdateErrors(
  slice: Draft<EndpointSlice>,
  old: Draft<EndpointSlice>,
): FieldErrors {
  if (slice.addressType !== old.addressType)
    yield invalid(new FieldPath('addressType'), slice.addressType ?? '', 'field is immutable');
}

function* endpointListErrors(
  endpoints: readonly Draft<Endpoint>[],
  addressType: string,
  path: FieldPath,
): FieldErrors {
  if (endpoints.length > endpointsMax) return yield tooMany(path, endpoints.length, endpointsMax);
  for (const [i, { addresses = [], hostname, nodeName }] of endpoints.entries()) {
    const at = path.index(i);
    const addressesPath = at.child('addresses');
    if (addresses.length === 0) yield required(addressesPath, 'must contain at least 1 address');
    if (addresses.length > addressesMax) yield tooMany(addressesPath, addresses.length, addressesMax);
    for (const [j, address] of addresses.entries())
      yield* typedAddressErrors(address, addressType, addressesPath.index(j));
    if (nodeName !== undefined) yield* followsRule(at.child('nodeName'), nodeName, dns1123SubdomainProblems);
    if (hostname !== undefined) yield* followsRule(at.child('hostname'), hostname, dns1123LabelProblems);
  }
}

function* typedAddressErrors(address: string, addressType: string, path: FieldPath): FieldErrors {
  if (addressType === 'IPv4' && !isIPv4(address))
    yield invalid(path, address, 'must be a valid IPv4 address');
  if (addressType === 'IPv6' && !isIPv6(address))
    yield invalid(path, address, 'must be a valid IPv6 address');
  if (addressType !== 'FQDN') return;
  const name = address.replace(/\.$/, '');
  yield* followsRule(path, name, dns1123SubdomainProblems);
  if (!name.includes('.'))
    yield invalid(path, address, 'should be a domain with at least two segments separated by dots');
}

function* slicePortErrors(ports: readonly Draft<EndpointSlicePort>[], path: FieldPath): FieldErrors {
  if (ports.length > portsMax) return yield tooMany(path, ports.length, portsMax);
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const { name = '' } = port;
    yield* portErrors(port, path.index(i));
    if (names.has(name)) yield duplicate(path.index(i).child('name'), name);
    names.add(name);
  }
}
