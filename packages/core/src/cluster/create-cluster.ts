/** Composition roots: a whole cluster in this process, or one node agent. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { serveActors } from '../bus/actor-gateway.ts';
import { createFactPublisher } from '../bus/fact-publisher.ts';
import { createInProcessBus } from '../bus/in-process-bus.ts';
import type { Bus } from '../contract/bus.ts';
import type { Controller } from '../contract/controller.ts';
import { MooringError } from '../contract/error.ts';
import { silentLogger } from '../contract/logger.ts';
import type { Store } from '../contract/store.ts';
import type { OpenTransport, TransportContext } from '../contract/transport.ts';
import type { ControllerHost } from '../controller/controller-host.ts';
import { carefulLogger } from '../engine/careful-logger.ts';
import { createActorDirectory } from '../engine/directory.ts';
import { errorsOf } from '../engine/slow-start.ts';
import { systemClock, systemRandom } from '../engine/system-clock.ts';
import { defaultLogic } from '../kubelet/default-logic.ts';
import { loadPlugins } from '../plugin/load-plugins.ts';
import { keepEventsBounded } from '../store/events/event-retention.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { callGiven, checkedLogic } from './call-given.ts';
import type { Cluster } from './cluster.ts';
import { createClient } from './cluster-client.ts';
import { createCommandDecoder } from './command-decoder.ts';
import type { ControllerSurroundings } from './compose-controllers.ts';
import { type ComposedNode, composeNode } from './compose-node.ts';
import { composeObjects, composeRehearsal } from './compose-objects.ts';
import { clusterIPRangeOf, composeServiceProxy, prepareServices } from './compose-services.ts';
import { openDataDirectory } from './data-directory.ts';
import { DisposalStack } from './disposal-stack.ts';
import { createInformers } from './informers.ts';
import { loadOnce } from './load-once.ts';
import type {
  AgentOptions,
  CarrierWraps,
  ClusterOptions,
  ControlOptions,
  SchedulerOptions,
} from './options.ts';
import { createQuestionDecoder } from './question-decoder.ts';
import { withRegistered } from './registered-parts.ts';
import { createParts, type Parts, tokens } from './tokens.ts';
import {
  validateAgentOptions,
  validateCarriers,
  validateClusterOptions,
  validateControlOptions,
  validateRegistered,
} from './validate-options.ts';

// A quarter of the code, which agents alone never load.
const loadBuiltIn = loadOnce(() => import('./built-in-controllers.ts'));
const loadComposer = loadOnce(() => import('./compose-controllers.ts'));
const loadElection = loadOnce(() => import('./elect-controllers.ts'));

/**
 * One node agent. Controllers and scheduler run elsewhere, or nowhere: a pod that is applied here and names no node goes to
 * this one. Rejects as `createCluster` does.
 */
export async function createAgent(options: AgentOptions): Promise<Cluster> {
  validateAgentOptions(options);
  const {
    cluster,
    name,
    hostIP,
    allocatable,
    labels,
    taints,
    heartbeat,
    fencing,
    manifests,
    crashLoop,
    relistMs,
    postStartMsMax,
    pullMsMax,
    withdrawMsMax,
    drainMsMax,
    ...shared
  } = options;
  const node = { hostIP, allocatable, labels, taints, heartbeat, fencing, manifests };
  const own = { ...node, crashLoop, relistMs, postStartMsMax, pullMsMax, withdrawMsMax, drainMsMax };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const composed: ClusterOptions = {
    ...shared,
    ...(cluster !== undefined && { name: cluster }),
    nodes: [{ ...given, name }],
    controllers: false,
    scheduler: false,
  };
  // Where objects are shared, a scheduler elsewhere decides.
  return await compose(composed, options.transport === undefined ? { onlyNode: name } : {});
}

/** Controllers and scheduler without a node: agents run elsewhere, over the same store. Rejects as `createCluster` does. */
export async function createControllers(options: ControlOptions): Promise<Cluster> {
  validateControlOptions(options);
  return await compose({ ...options, nodes: [] });
}

/**
 * A whole cluster: agents, controllers and scheduler. Resolves when every agent has seen its runtime and its pods. Rejects,
 * with everything closed again, when one cannot; with `INVALID`, before anything is started, when the options are wrong.
 */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  validateClusterOptions(options);
  return await compose(options);
}

async function compose(
  asked: ClusterOptions,
  { onlyNode }: { readonly onlyNode?: string } = {},
): Promise<Cluster> {
  const registered = withRegistered(asked);
  if (asked.container !== undefined) validateRegistered(registered);
  const options = withCarefulLogger(registered);
  const closing = new DisposalStack();
  const controller = new AbortController();
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const closed = () => controller.abort(new MooringError('ABORTED', 'the cluster was closed'));
  const disposeAll = async () => {
    closed();
    await closing.dispose(clock, logger);
  };
  try {
    const name = options.name ?? 'mooring';
    const { parts, nodes, controllers, hosts } = await start(options, onlyNode, closing, controller.signal);
    // On a bus that was given there may be other processes.
    const isShared = options.transport !== undefined || options.bus !== undefined;
    serve(parts, name, nodes, isShared, controller.signal);
    let ended: Promise<void> | undefined;
    const end = async (how: 'stop' | 'detach') => {
      const [failure] = await errorsOf(nodes.map(async ({ agent }) => await agent[how]()));
      ended ??= disposeAll();
      await ended;
      if (failure !== undefined) throw failure;
    };
    const client = createClient({
      name,
      parts,
      nodes,
      controllers,
      hosts,
      rehearsal: () => composeRehearsal(parts, { cluster: options, onlyNode }),
      signal: controller.signal,
    });
    return Object.assign(client, {
      detach: () => end('detach'),
      close: () => end('stop'),
      [Symbol.asyncDispose]: () => end('stop'),
    });
  } catch (error) {
    await disposeAll();
    throw error;
  }
}

/** Whatever is told in it, nobody's work depends on it. */
function withCarefulLogger(options: ClusterOptions): ClusterOptions {
  return options.logger === undefined ? options : { ...options, logger: carefulLogger(options.logger) };
}

async function start(
  options: ClusterOptions,
  onlyNode: string | undefined,
  closing: DisposalStack,
  signal: AbortSignal,
) {
  const { nodes: wanted = [{ name: 'localhost' }], scheduler = {} } = options;
  const { dataDir, isTemporary } = await openDataDirectory(options.dataDir);
  if (isTemporary)
    closing.push('temporary directory', async () => rmSync(dataDir, { recursive: true, force: true }));
  const parts = await composeParts(options, dataDir, closing, signal);
  parts.provide(tokens.Objects, (get) => composeObjects(get, { cluster: options, onlyNode }));
  const controllers = await controllersOf(options, parts);
  prepareServices(parts);
  const clusterIPRange = clusterIPRangeOf(options.services);
  const own = { dataDir, isEphemeral: isTemporary, clusterIPRange };
  const shared = { ...own, cluster: options, parts, closing, signal };
  const nodes: ComposedNode[] = [];
  for (const node of wanted) nodes.push(await composeNode(node, shared));
  await composeServiceProxy(options.serviceProxy, nodes, { parts, closing });
  const hosts = await startControllers(options, controllers, scheduler, { parts, closing, signal });
  return { parts, nodes, controllers, hosts };
}

async function controllersOf(options: ClusterOptions, parts: Parts): Promise<readonly Controller[]> {
  if (options.controllers === false) return [];
  const { allControllers } = await loadBuiltIn();
  const { declareAll } = await loadComposer();
  const controllers = allControllers(options, parts.get(tokens.Plugins).controllers);
  declareAll(controllers, parts);
  return controllers;
}

/** At once where this is the only process; else when it is their turn. Gives back those that run. */
async function startControllers(
  { transport, election = {} }: ClusterOptions,
  controllers: readonly Controller[],
  scheduler: false | SchedulerOptions,
  surroundings: ControllerSurroundings,
): Promise<() => readonly ControllerHost[]> {
  if (controllers.length === 0 && scheduler === false) return () => [];
  if (transport === undefined) {
    const { composeControllers } = await loadComposer();
    const hosts = await composeControllers(controllers, scheduler, surroundings);
    return () => hosts;
  }
  const { ElectedControllers } = await loadElection();
  const elected = new ElectedControllers(controllers, scheduler, surroundings, election);
  return () => elected.hosts;
}

async function composeParts(
  options: ClusterOptions,
  dataDir: string,
  closing: DisposalStack,
  signal: AbortSignal,
): Promise<Parts> {
  const parts = createParts();
  const logger = options.logger ?? silentLogger;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const plugins = loadPlugins(options.plugins, logger);
  const opened = await carriers(options, { dataDir, closing, clock, random, logger });
  const { upkeep } = opened;
  const { store, bus } = wrapped(opened, options.carriers);
  // Of the processes that share a store, those with controllers look after its events.
  if (options.transport === undefined || options.controllers !== false) {
    const { eventTtlMs: ttlMs } = options;
    const retention = keepEventsBounded({ store, clock, logger, ...(ttlMs !== undefined && { ttlMs }) });
    closing.push('event retention', async () => retention[Symbol.asyncDispose]());
  }
  parts.provide(tokens.Clock, () => clock);
  parts.provide(tokens.Random, () => random);
  parts.provide(tokens.Logger, () => logger);
  parts.provide(tokens.Store, () => store);
  parts.provide(tokens.Bus, () => bus);
  parts.provide(tokens.Upkeep, () => upkeep);
  parts.provide(tokens.Plugins, () => plugins);
  parts.provide(tokens.Informers, (get) =>
    createInformers({ objects: get.get(tokens.Objects), clock, logger, signal }),
  );
  parts.provide(tokens.Facts, () =>
    createFactPublisher({ bus, cluster: options.name ?? 'mooring', clock, random, logger }),
  );
  parts.provide(tokens.Directory, () =>
    createActorDirectory({
      onError: (key, err) =>
        logger.error({ component: 'actors', key, err }, 'root actor ended with an error'),
    }),
  );
  provideLogic(parts, options);
  return parts;
}

/** What a wrap forgets to give back would go past it without a word. Throws `INVALID`. */
function wrapped({ store, bus }: Pick<OpenTransport, 'store' | 'bus'>, wraps: CarrierWraps = {}) {
  const { store: wrapStore = (own: Store) => own, bus: wrapBus = (own: Bus) => own } = wraps;
  const given = {
    store: callGiven('carriers.store', () => wrapStore(store)),
    bus: callGiven('carriers.bus', () => wrapBus(bus)),
  };
  validateCarriers(given);
  return given;
}

function provideLogic(parts: Parts, options: ClusterOptions): void {
  const logic = { ...defaultLogic, ...options.logic };
  parts.provide(tokens.ProbeLogic, () => checkedLogic('logic.probe', logic.probe));
  parts.provide(tokens.ContainerLogic, () => checkedLogic('logic.container', logic.container));
  parts.provide(tokens.PodLogic, () => checkedLogic('logic.pod', logic.pod));
}

interface CarrierSurroundings extends Omit<TransportContext, 'cluster'> {
  readonly dataDir: string;
  readonly closing: DisposalStack;
}

/** Where objects lie and messages go. */
async function carriers(
  options: ClusterOptions,
  { dataDir, closing, ...context }: CarrierSurroundings,
): Promise<Pick<OpenTransport, 'store' | 'bus' | 'upkeep'>> {
  const kept = options.dataDir === undefined ? {} : { dataDir };
  const runsNodes = options.nodes === undefined || options.nodes.length > 0;
  const opened = await options.transport?.open({
    ...context,
    ...kept,
    runsNodes,
    cluster: options.name ?? 'mooring',
  });
  if (options.transport !== undefined) {
    if (!opened?.bus || !opened.store)
      throw new MooringError('INVALID', `transport ${options.transport.name} opened no bus or no store`);
    closing.push(`transport ${options.transport?.name}`, async () => opened[Symbol.asyncDispose]());
    return opened;
  }
  const store = options.store ?? (await embeddedStore(options, dataDir));
  if (options.store === undefined) closing.push('store', async () => store[Symbol.asyncDispose]());
  const bus = options.bus ?? createInProcessBus({ clock: context.clock });
  if (options.bus === undefined) closing.push('bus', async () => bus[Symbol.asyncDispose]());
  return { store, bus };
}

/** Durable where there is a directory to keep it in. */
async function embeddedStore(options: ClusterOptions, dataDir: string): Promise<Store> {
  if (options.dataDir === undefined) return createMemoryStore();
  const { createLmdbStore } = await import('../store/lmdb-store.ts');
  return await createLmdbStore({ path: join(dataDir, 'store') });
}

/** Actors of this process answer by address. */
function serve(
  parts: Parts,
  cluster: string,
  nodes: readonly ComposedNode[],
  isShared: boolean,
  signal: AbortSignal,
): void {
  const graceMsOf = (podUID: string, container: string) => {
    for (const { agent } of nodes) {
      const graceMs = agent.graceMsOf(podUID, container);
      if (graceMs !== undefined) return graceMs;
    }
    return 30_000;
  };
  const logger = parts.get(tokens.Logger);
  const serving = serveActors({
    bus: parts.get(tokens.Bus),
    cluster,
    clock: parts.get(tokens.Clock),
    random: parts.get(tokens.Random),
    lookup: (address) => parts.get(tokens.Directory).lookup(address),
    decodeCommand: createCommandDecoder(graceMsOf),
    decodeQuestion: createQuestionDecoder(parts.get(tokens.Bus).isGuarded === true),
    // Others of the cluster live in other processes.
    ...(isShared && { directory: parts.get(tokens.Directory) }),
    signal,
    logger,
  });
  serving.catch((err: unknown) =>
    logger.error({ component: 'actors', err }, 'actors are not served any more'),
  );
}
