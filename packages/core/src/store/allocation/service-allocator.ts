/**
 * Gives Services their cluster IP and their node ports while they are written, so that a Service that was created has
 * them: what Kubernetes' API server does (`pkg/registry/core/service/storage/alloc.go`), and with its words.
 */

import {
  type FieldError,
  FieldPath,
  internalError,
  invalid,
  invalidObjectMessage,
} from '../../api/field-error.ts';
import type { IPv4Range } from '../../api/ipv4-range.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Service, ServicePort, ServiceSpec } from '../../api/network.ts';
import { isHeadless, needsClusterIP, needsNodePort } from '../../api/service-type.ts';
import type { Clock, Random } from '../../contract/clock.ts';
import { MooringError } from '../../contract/error.ts';
import type { Revision, Store } from '../../contract/store.ts';
import { describeObject, objectKey } from '../keys.ts';
import type { WriteHook, Written } from '../object-store.ts';
import { withoutRevision } from '../object-view.ts';
import { type Claim, Claims, type Holder } from './claims.ts';
import { addressPool, type Pool, type PortRange, pick, portPool, walk } from './pool.ts';
import { clusterIPOf, isService, nodePortsOf, portsOf } from './service-fields.ts';

export interface ServiceAllocatorOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly clusterIPs: IPv4Range;
  /** As it is shown to users: `127.96.0.0/12`. */
  readonly clusterIPsText: string;
  readonly nodePorts: PortRange;
}

/** Kubernetes' default. */
export const defaultNodePorts: PortRange = { first: 30000, last: 32767 };

export function serviceAllocator(options: ServiceAllocatorOptions): WriteHook {
  return new ServiceAllocator(options);
}

/** Guesses before all claims are listed. */
const guessesMax = 8;

/** One write of one Service. */
interface Run {
  readonly holder: Holder;
  readonly claims: Claim[];
  readonly signal: AbortSignal | undefined;
}

class ServiceAllocator implements WriteHook {
  readonly kind = 'Service';
  private readonly options: ServiceAllocatorOptions;
  private readonly claims: Claims;
  private readonly addresses: ReturnType<typeof addressPool>;
  private readonly ports: Pool<number>;

  constructor(options: ServiceAllocatorOptions) {
    this.options = options;
    const { store, clock } = options;
    this.addresses = addressPool(options.clusterIPs);
    this.ports = portPool(options.nodePorts);
    const isInUse = async ({ namespace, name }: Holder, key: string, signal: AbortSignal | undefined) => {
      const entry = await store.get(objectKey({ kind: 'Service', namespace, name }), signal);
      const service = entry?.value as ApiObject | undefined;
      if (service === undefined || !isService(service)) return false;
      const { spec } = service;
      return [
        `${this.addresses.prefix}${clusterIPOf(spec)}`,
        ...nodePortsOf(spec).map((port) => `${this.ports.prefix}${port}`),
      ].includes(key);
    };
    this.claims = new Claims({ store, clock, isInUse });
  }

  async write(
    object: ApiObject,
    old: ApiObject | undefined,
    put: (object: ApiObject) => Promise<Revision>,
    signal: AbortSignal | undefined,
  ): Promise<Written> {
    if (!isService(object)) return { object, revision: await put(object) };
    const { namespace = 'default', name = '' } = object.metadata;
    const run: Run = { holder: { namespace, name }, claims: [], signal };
    let filled: Service;
    let revision: Revision;
    try {
      filled = await this.filled(object, old, run);
      revision = await put(filled);
    } catch (error) {
      await this.forget(run, error);
      throw error;
    }
    for (const claim of run.claims) {
      if (await this.claims.confirm(claim, run.holder, signal)) continue;
      await this.undo(filled, old, revision, signal);
      throw lost(filled, claim);
    }
    return { object: filled, revision };
  }

  /** The Service with everything that its type entitles it to, all of it claimed. */
  private async filled(service: Service, old: ApiObject | undefined, run: Run): Promise<Service> {
    const before = old !== undefined && isService(old) ? old.spec : undefined;
    const errors = familyErrors(service.spec);
    if (errors.length > 0) throw refusal(service, errors);
    const spec = await this.withClusterIP(service, before, run);
    const known = new Set(before === undefined ? [] : nodePortsOf(before));
    return { ...service, spec: await this.withNodePorts({ ...service, spec }, known, run) };
  }

  private async withClusterIP(
    service: Service,
    before: ServiceSpec | undefined,
    run: Run,
  ): Promise<ServiceSpec> {
    const { spec } = service;
    if (!needsClusterIP(spec) || isHeadless(spec)) return spec;
    const requested = clusterIPOf(spec);
    if (before !== undefined && requested !== '' && requested === clusterIPOf(before)) return spec;
    if (requested !== '') await this.claimAddress(service, requested, run);
    const clusterIP =
      requested ||
      (await this.claimAny(this.addresses, run)) ||
      full(service, 'clusterIPs', 'failed to allocate a serviceIP: range is full');
    return {
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ...spec,
      clusterIP,
      clusterIPs: [clusterIP],
    };
  }

  private async claimAddress(service: Service, address: string, run: Run): Promise<void> {
    const path = new FieldPath('spec').child('clusterIPs');
    const { clusterIPsText } = this.options;
    const problem = !this.addresses.has(address)
      ? `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${clusterIPsText}`
      : (await this.claim(this.addresses, address, run))
        ? undefined
        : 'provided IP is already allocated';
    if (problem === undefined) return;
    throw refusal(service, [invalid(path, [address], `failed to allocate IP ${address}: ${problem}`)]);
  }

  private async withNodePorts(service: Service, known: ReadonlySet<number>, run: Run): Promise<ServiceSpec> {
    const { spec } = service;
    // Kubernetes' switch for load balancers that lead to pods by themselves.
    if (!needsNodePort(spec) || spec['allocateLoadBalancerNodePorts'] === false) return spec;
    const own = new Set(known);
    const ports: ServicePort[] = [];
    // Those that are asked for come first: none of them must be given to a port that takes any.
    const requested = portsOf(spec)
      .map((port, i) => ({ port, i }))
      .filter(({ port }) => port.nodePort);
    for (const { port, i } of requested) {
      const { nodePort = 0 } = port;
      if (!own.has(nodePort)) await this.claimPort(service, i, nodePort, run);
      own.add(nodePort);
    }
    for (const port of portsOf(spec)) {
      const nodePort =
        port.nodePort ||
        (await this.claimAny(this.ports, run, own)) ||
        full(service, 'ports', 'failed to allocate a nodePort: range is full');
      own.add(nodePort);
      ports.push({ ...port, nodePort });
    }
    return { ...spec, ports };
  }

  private async claimPort(service: Service, i: number, nodePort: number, run: Run): Promise<void> {
    const path = new FieldPath('spec').child('ports').index(i).child('nodePort');
    if (await this.claim(this.ports, nodePort, run)) return;
    throw refusal(service, [invalid(path, nodePort, 'provided port is already allocated')]);
  }

  private async claim<T extends string | number>(pool: Pool<T>, value: T, run: Run): Promise<boolean> {
    const claim = await this.claims.claim(`${pool.prefix}${value}`, run.holder, run.signal);
    if (claim !== undefined) run.claims.push(claim);
    return claim !== undefined;
  }

  /** A few guesses; then, in a crowded range, all that nobody has claimed, and at last what may be taken over. */
  private async claimAny<T extends string | number>(
    pool: Pool<T>,
    run: Run,
    own: ReadonlySet<T> = new Set(),
  ): Promise<T | undefined> {
    const { store, random } = this.options;
    const isFree = async (value: T) => !own.has(value) && (await this.claim(pool, value, run));
    for (let guess = 1; guess <= Math.min(guessesMax, pool.size); guess += 1) {
      const value = pick(pool, random);
      if (await isFree(value)) return value;
    }
    const { entries } = await store.list(pool.prefix, run.signal);
    const claimed = new Set(entries.map(({ key }) => key));
    const isClaimed = (value: T) => claimed.has(`${pool.prefix}${value}`);
    for (const value of walk(pool, random)) if (!isClaimed(value) && (await isFree(value))) return value;
    for (const value of walk(pool, random)) if (isClaimed(value) && (await isFree(value))) return value;
    return undefined;
  }

  /** Where it is certain that the Service was not written, what was claimed for it is free again at once. */
  private async forget({ claims, holder, signal }: Run, error: unknown): Promise<void> {
    const { code } = error as { readonly code?: unknown };
    if (!certainRefusals.has(code)) return;
    for (const claim of claims) await this.claims.release(claim, holder, signal);
  }

  private async undo(
    written: Service,
    old: ApiObject | undefined,
    revision: Revision,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { store } = this.options;
    const { namespace, name = '' } = written.metadata;
    const key = objectKey({ kind: 'Service', namespace, name });
    if (old === undefined) await store.delete(key, revision, signal);
    else await store.update(key, withoutRevision(old), revision, signal);
  }
}

const certainRefusals: ReadonlySet<unknown> = new Set(['INVALID', 'ALREADY_EXISTS', 'CONFLICT', 'NOT_FOUND']);

/** Addresses are of the family that the range is of. */
function familyErrors({ ipFamilies, ipFamilyPolicy }: ServiceSpec): readonly FieldError[] {
  const path = new FieldPath('spec');
  const wrong = Array.isArray(ipFamilies) ? ipFamilies.indexOf('IPv6') : -1;
  return [
    ...(wrong < 0
      ? []
      : [invalid(path.child('ipFamilies').index(wrong), 'IPv6', 'not configured on this cluster')]),
    ...(ipFamilyPolicy === 'RequireDualStack'
      ? [
          invalid(
            path.child('ipFamilyPolicy'),
            ipFamilyPolicy,
            'this cluster is not configured for dual-stack services',
          ),
        ]
      : []),
  ];
}

function refusal({ metadata }: Service, errors: readonly FieldError[]): MooringError {
  const message = invalidObjectMessage('Service', metadata.name ?? '', errors);
  return new MooringError('INVALID', message, { fields: errors });
}

function full(service: Service, field: string, words: string): never {
  throw refusal(service, [internalError(new FieldPath('spec').child(field), words)]);
}

function lost({ metadata }: Service, { key }: Claim): MooringError {
  const what = describeObject({ kind: 'Service', name: metadata.name ?? '' });
  const words = `${key} was given to another Service while this one was written; please try again`;
  return new MooringError('CONFLICT', `Operation cannot be fulfilled on ${what}: ${words}`);
}
