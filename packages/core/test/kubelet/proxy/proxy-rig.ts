/** A service proxy over a store in memory, with real sockets on loopback addresses of this process' own. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { vi } from 'vitest';
import type { ApiObject } from '../../../src/api/meta.ts';
import type { Endpoint, ServiceSpec } from '../../../src/api/network.ts';
import type { IndexFunction } from '../../../src/contract/informer.ts';
import { silentLogger } from '../../../src/contract/logger.ts';
import { createActorDirectory } from '../../../src/engine/directory.ts';
import { systemClock } from '../../../src/engine/system-clock.ts';
import { Connections } from '../../../src/kubelet/proxy/connections.ts';
import { listedPodIndices } from '../../../src/kubelet/proxy/endpoint-indices.ts';
import { ForeignAddresses } from '../../../src/kubelet/proxy/foreign-addresses.ts';
import { type PodTraffic, podTraffic } from '../../../src/kubelet/proxy/pod-traffic.ts';
import { ServiceProxy, type ServiceProxySettings } from '../../../src/kubelet/proxy/service-proxy.ts';
import { createInformerSet, type InformerSet } from '../../../src/store/informer-set.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { createObjectStore } from '../../../src/store/object-store.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { endpoint, service, slice } from './proxy-objects.ts';

const waitMs = 10_000;

/** Of all addresses of the loopback network this process has 256 to itself. */
let addresses = 0;
export function ownAddress(): string {
  addresses += 1;
  return `127.${120 + ((process.pid >> 8) % 8)}.${process.pid % 256}.${addresses}`;
}

export interface Backend {
  readonly host: string;
  readonly port: number;
  /** As an endpoint of a pod whose UID is the host. */
  endpoint(conditions?: Endpoint['conditions']): Endpoint;
  readonly sockets: ReadonlySet<Socket>;
  /** Stops to listen, and resets what is open. */
  kill(): void;
}

export class ProxyRig implements AsyncDisposable {
  readonly objects;
  readonly connections = new Connections();
  private readonly foreign = new ForeignAddresses();
  readonly traffic: PodTraffic;
  readonly events: string[] = [];
  readonly directory = createActorDirectory({ onError: (_, error) => this.errors.push(error) });
  readonly errors: unknown[] = [];
  private readonly informers: InformerSet;
  private readonly controller = new AbortController();
  private readonly servers: Server[] = [];
  private readonly clients: Socket[] = [];
  private readonly settings: ServiceProxySettings;
  private proxy: ServiceProxy | undefined;

  constructor(settings: Partial<ServiceProxySettings> = {}) {
    const random = new SeededRandom('proxy');
    const { signal } = this.controller;
    this.objects = createObjectStore({ store: createMemoryStore(), clock: systemClock, random });
    this.informers = createInformerSet({ objects: this.objects, clock: systemClock, signal });
    this.informers.declare('EndpointSlice', listedPodIndices as Record<string, IndexFunction<ApiObject>>);
    this.traffic = podTraffic(this.informers.of('EndpointSlice'), this.connections, this.foreign);
    this.settings = {
      nodePortAddress: '127.0.0.1',
      connectMsMax: 10_000,
      connectionsMax: 1000,
      idleMsMax: 3_600_000,
      halfClosedMsMax: 3_600_000,
      ...settings,
    };
  }

  async start(): Promise<this> {
    await Promise.all([this.informers.of('Service').synced, this.informers.of('EndpointSlice').synced]);
    this.proxy = new ServiceProxy({
      services: this.informers.of('Service'),
      slices: this.informers.of('EndpointSlice'),
      connections: this.connections,
      foreign: this.foreign,
      nodes: this.informers.of('Node'),
      ownNodes: new Set(['node-a']),
      directory: this.directory,
      clock: systemClock,
      random: new SeededRandom('proxy'),
      logger: silentLogger,
      settings: this.settings,
      recordEvent: ({ metadata }, { type, reason, message }) =>
        this.events.push(`${metadata.name} ${type} ${reason} ${message}`),
    });
    return this;
  }

  get nodePortAddress(): string {
    return this.settings.nodePortAddress;
  }

  stopProxy(): void {
    this.proxy?.[Symbol.dispose]();
  }

  /** A server at an address of its own, as that of a pod. */
  async backend(handle: (socket: Socket) => void, port = 8080): Promise<Backend> {
    const host = ownAddress();
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
      handle(socket);
    });
    this.servers.push(server);
    server.listen({ host, port });
    await once(server, 'listening');
    return {
      ...{ host, sockets },
      port: (server.address() as AddressInfo).port,
      endpoint: (conditions) => endpoint(host, conditions && { conditions }),
      kill() {
        server.close();
        for (const socket of sockets) socket.resetAndDestroy();
      },
    };
  }

  /** A Service at an address of its own, which is open when this resolves. */
  async service(
    name: string,
    spec: ServiceSpec = {},
  ): Promise<{ readonly host: string; readonly port: number }> {
    const host = ownAddress();
    const port = 7000;
    const ports = [{ name: 'http', port }];
    await this.objects.create(service(name, { clusterIP: host, ports, ...spec }));
    await this.until(() => this.stateOf(`service/default/${name}/${port}`) === 'open');
    return { host, port };
  }

  /** Runs on the machine since it was started for the last time. */
  async node(name: string, bootID: string): Promise<void> {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { nodeInfo: { bootID } } };
    const known = await this.objects.get('Node', undefined, name);
    const written =
      known === undefined ? await this.objects.create(node) : await this.objects.updateStatus(node);
    const signal = AbortSignal.timeout(waitMs);
    await this.informers.of('Node').whenSeen(Number(written.metadata.resourceVersion), signal);
  }

  async endpoints(name: string, endpoints: readonly Endpoint[]): Promise<void> {
    const wanted = slice(name, endpoints);
    const known = await this.objects.get('EndpointSlice', 'default', name);
    const written =
      known === undefined ? await this.objects.create(wanted) : await this.objects.update(wanted);
    const signal = AbortSignal.timeout(waitMs);
    await this.informers.of('EndpointSlice').whenSeen(Number(written.metadata.resourceVersion), signal);
  }

  /** In a row. */
  failuresOf(address: string): number | undefined {
    return this.snapshotOf(address)?.context.failures;
  }

  /** Whether the address is `open`, or what else it is. */
  stateOf(address: string): string {
    const value = this.snapshotOf(address)?.value;
    return typeof value === 'object' && value !== null && 'serving' in value
      ? String(value.serving)
      : String(value);
  }

  private snapshotOf(address: string) {
    type Snapshot = { readonly value: unknown; readonly context: { readonly failures: number } };
    return this.directory.lookup(address)?.getSnapshot() as Snapshot | undefined;
  }

  client(at: { readonly host: string; readonly port: number }): Socket {
    const socket = connect({ ...at, allowHalfOpen: true });
    socket.on('error', () => {});
    this.clients.push(socket);
    return socket;
  }

  /** Sends a line, and resolves with everything that comes back until the other side ends; rejects on a reset. */
  async ask(at: { readonly host: string; readonly port: number }, line = 'hello\n'): Promise<string> {
    const socket = this.client(at);
    socket.end(line);
    return await readAll(socket);
  }

  async until(condition: () => boolean): Promise<void> {
    await vi.waitUntil(condition, { timeout: waitMs, interval: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopProxy();
    this.controller.abort();
    for (const socket of this.clients) socket.destroy();
    for (const server of this.servers) server.close();
    await this.until(() => this.connections.size === 0);
  }
}

export async function proxyRig(settings: Partial<ServiceProxySettings> = {}): Promise<ProxyRig> {
  return await new ProxyRig(settings).start();
}

/** All that comes until the other side ends; rejects on a reset. The socket stays as it is. */
export async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'end');
  return text;
}

/** Answers the first line with its own name, and ends. */
export function answers(name: string): (socket: Socket) => void {
  return (socket) => socket.once('data', () => socket.end(name));
}
