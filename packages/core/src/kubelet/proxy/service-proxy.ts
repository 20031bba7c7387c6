/**
 * The proxy of one process: listens where Services are to be reached, and leads each connection to an endpoint that is
 * ready (what kube-proxy does with packets). One actor for each address; connections are no actors, there may be
 * thousands.
 */

import type { Socket } from 'node:net';
import { type AnyActor, createActor } from 'xstate';
import type { EventType } from '../../api/objects.ts';
import { servicePortAddress } from '../../bus/actor-address.ts';
import type { Clock, Random, TimerHandle } from '../../contract/clock.ts';
import { errorMessage, MooringError } from '../../contract/error.ts';
import type { Informer } from '../../contract/informer.ts';
import type { Logger } from '../../contract/logger.ts';
import { onAbort } from '../../engine/abortable.ts';
import type { ActorDirectory } from '../../engine/directory.ts';
import { type Supervisor, supervise } from '../../engine/supervise.ts';
import type { ObjectOf } from '../../store/keys.ts';
import type { Connections } from './connections.ts';
import { EndpointTable } from './endpoint-table.ts';
import type { ForeignAddresses } from './foreign-addresses.ts';
import type { ListenerLogic } from './listener-machine.ts';
import { type ServicePortAddress, type ServicePorts, servicePorts } from './service-ports.ts';
import { type RouteParts, ServiceRoute } from './service-route.ts';
import { wireListener } from './wire-listener.ts';

export type StoredService = ObjectOf<'Service'>;

export interface ServiceProxySettings {
  /** Where node ports are opened. */
  readonly nodePortAddress: string;
  /** How long one endpoint may take to accept a connection. */
  readonly connectMsMax: number;
  /** Connections at a time, over all Services; further ones are reset. */
  readonly connectionsMax: number;
  /** A connection over which nothing goes is closed after once to twice this time. */
  readonly idleMsMax: number;
  /** The same for one that is open one way only. */
  readonly halfClosedMsMax: number;
}

export interface ServiceEvent {
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
}

export interface ServiceProxyOptions {
  readonly services: Informer<StoredService>;
  readonly slices: Informer<ObjectOf<'EndpointSlice'>>;
  readonly connections: Connections;
  readonly foreign: ForeignAddresses;
  readonly nodes: Informer<ObjectOf<'Node'>>;
  /** The nodes of this process: their endpoints are local. */
  readonly ownNodes: ReadonlySet<string>;
  readonly directory: ActorDirectory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: ServiceProxySettings;
  /** Never throws. */
  recordEvent(service: StoredService, event: ServiceEvent): void;
}

/** One address that is open, or is to be. */
interface Listening {
  readonly host: string;
  readonly port: number;
  readonly route: ServiceRoute;
  readonly supervisor: Supervisor;
  service: StoredService;
}

export class ServiceProxy implements Disposable {
  private readonly options: ServiceProxyOptions;
  private readonly routeParts: RouteParts;
  private readonly logic: ListenerLogic;
  private readonly controller = new AbortController();
  /** By the address of the actor. */
  private readonly listening = new Map<string, Listening>();
  private readonly unsubscribe: () => void;

  /** Goes to work at once: the caches must be synced. */
  constructor(options: ServiceProxyOptions) {
    this.options = options;
    const { slices, nodes, ownNodes, connections, clock, random, logger, settings } = options;
    const { connectMsMax } = settings;
    const endpoints = new EndpointTable(slices, nodes, ownNodes);
    const { signal } = this.controller;
    this.routeParts = { endpoints, connections, clock, random, logger, connectMsMax, signal };
    this.logic = wireListener({
      accept: (address, client) => this.accept(address, client),
      opened: (address) => this.notForeign(address),
      failed: (address, error) => this.failed(address, error),
    });
    this.unsubscribe = options.services.subscribe({
      onUpsert: (service, old) => this.sync(service, old),
      onDelete: (service) => {
        this.closeAll(service, new Map());
        this.routeParts.endpoints.drop(service.metadata.namespace, service.metadata.name);
      },
    });
    this.every(settings.idleMsMax, () => connections.closeIdle());
    this.every(settings.halfClosedMsMax, () => connections.closeIdleHalfClosed());
  }

  /** Closes every server and every connection. */
  [Symbol.dispose](): void {
    this.unsubscribe();
    this.controller.abort(new MooringError('ABORTED', 'the service proxy was stopped'));
    for (const address of [...this.listening.keys()]) this.close(address);
    this.routeParts.endpoints[Symbol.dispose]();
    this.options.connections.resetAll();
  }

  /** Opens and closes what a Service wants now; what stays as it is stays open. */
  private sync(service: StoredService, old: StoredService | undefined): void {
    const wanted = this.addressesOf(service);
    if (old !== undefined) this.closeAll(old, wanted);
    for (const [address, one] of wanted) this.open(address, one, service);
    const before = old === undefined ? [] : this.portsOf(old).unsupported;
    for (const { port, protocol } of this.portsOf(service).unsupported) {
      if (before.some((told) => told.port === port && told.protocol === protocol)) continue;
      const message = `port ${port} is not served: the service proxy carries TCP, not ${protocol}`;
      this.options.recordEvent(service, { type: 'Warning', reason: 'UnsupportedProtocol', message });
    }
  }

  private portsOf(service: StoredService): ServicePorts {
    return servicePorts(service, this.options.settings.nodePortAddress);
  }

  private addressesOf(service: StoredService): ReadonlyMap<string, ServicePortAddress> {
    const { namespace, name } = service.metadata;
    const { addresses } = this.portsOf(service);
    return new Map(addresses.map((one) => [servicePortAddress(namespace, name, one.path), one]));
  }

  private open(address: string, { host, port, target }: ServicePortAddress, service: StoredService): void {
    const known = this.listening.get(address);
    if (known?.host === host && known.port === port) {
      known.service = service;
      known.route.retarget(target);
      return;
    }
    this.close(address);
    const { clock, directory, logger } = this.options;
    const supervisor = supervise({
      clock,
      create: () => {
        const actor = createActor(this.logic, { input: { address, host, port }, clock }) as AnyActor;
        directory.register(address, { ref: actor });
        return actor;
      },
      onCrash: (err, decision) => logger.error({ key: address, err, ...decision }, 'listener actor broke'),
    });
    const route = new ServiceRoute(this.routeParts, target);
    this.listening.set(address, { host, port, route, supervisor, service });
  }

  /** Connections that are open stay so: as with kube-proxy, only new ones find the door closed. */
  private closeAll(old: StoredService, wanted: ReadonlyMap<string, ServicePortAddress>): void {
    for (const address of this.addressesOf(old).keys()) if (!wanted.has(address)) this.close(address);
  }

  private close(address: string): void {
    const known = this.listening.get(address);
    this.notForeign(address);
    this.listening.delete(address);
    known?.supervisor.stop();
    this.options.directory.stop(address);
  }

  private accept(address: string, client: Socket): void {
    const known = this.listening.get(address);
    const { connections, settings } = this.options;
    if (known === undefined || connections.size >= settings.connectionsMax) {
      client.on('error', () => {});
      client.resetAndDestroy();
      if (known === undefined) return;
      const message = `a connection was refused: the service proxy has ${connections.size} open, its limit`;
      this.options.recordEvent(known.service, { type: 'Warning', reason: 'TooManyConnections', message });
      return;
    }
    known.route.accept(client);
  }

  private failed(address: string, error: unknown): void {
    const known = this.listening.get(address);
    if (known === undefined) return;
    const { host, port, service } = known;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') this.options.foreign.add(keyOf(service), address);
    else this.notForeign(address);
    const message = `cannot listen on ${host}:${port}: ${errorMessage(error)}`;
    this.options.recordEvent(service, { type: 'Warning', reason: 'FailedToListen', message });
    this.options.logger.warn({ key: address, err: error }, 'address of a Service is not open; trying again');
  }

  private notForeign(address: string): void {
    const known = this.listening.get(address);
    if (known !== undefined) this.options.foreign.delete(keyOf(known.service), address);
  }

  /** Until the proxy is stopped. */
  private every(ms: number, work: () => void): void {
    const { clock } = this.options;
    const again = (): TimerHandle =>
      clock.setTimeout(() => {
        work();
        timer = again();
      }, ms);
    let timer = again();
    onAbort(this.controller.signal, () => clock.clearTimeout(timer));
  }
}

function keyOf({ metadata }: StoredService): string {
  return `${metadata.namespace}/${metadata.name}`;
}
