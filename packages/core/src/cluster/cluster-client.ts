import { createActorClient } from '../bus/actor-client.ts';
import { subscribeFacts } from '../bus/fact-pattern.ts';
import { createStreamClient, type StreamClient } from '../bus/stream-client.ts';
import type { Controller } from '../contract/controller.ts';
import { MooringError } from '../contract/error.ts';
import type { DeleteOptions, ObjectStore } from '../contract/object-store.ts';
import type { ControllerHost } from '../controller/controller-host.ts';
import { actUntil, readUntil } from '../engine/joined-signal.ts';
import { applyAll } from './apply.ts';
import { checkCallOptions } from './call-options.ts';
import { checkedKind } from './check-kind.ts';
import type { Cluster } from './cluster.ts';
import type { ComposedNode } from './compose-node.ts';
import { ContainerAccess } from './container-access.ts';
import { patchObject } from './patch.ts';
import { createRolloutClient } from './rollout.ts';
import { scaleObject } from './scale.ts';
import { type Parts, tokens } from './tokens.ts';
import { parseReference, type WaitCondition, waitFor } from './wait-for.ts';

export interface ClientOptions {
  readonly name: string;
  readonly parts: Parts;
  readonly nodes: readonly ComposedNode[];
  readonly controllers: readonly Controller[];
  /** The controllers that run in this process now. */
  readonly hosts: () => readonly ControllerHost[];
  /** Makes objects whose writes nobody else sees. */
  readonly rehearsal: () => ObjectStore;
  /** Ends facts and logs when the cluster closes. */
  readonly signal: AbortSignal;
}

const execOutputBytesMax = 1024 * 1024;

const knownOptions = {
  delete: {
    ...{ gracePeriodSeconds: true, propagationPolicy: true, orphanDependents: true, uid: true },
    ...{ resourceVersion: true, signal: true },
  },
  watch: { namespace: true, signal: true },
  facts: { signal: true, pendingMax: true },
  logs: { follow: true, tailLines: true, sinceMs: true, lineBytesMax: true, signal: true },
  exec: { outputBytesMax: true, env: true, signal: true },
} as const;

export function createClient(
  options: ClientOptions,
): Omit<Cluster, 'detach' | 'close' | typeof Symbol.asyncDispose> {
  const { name, parts, nodes, hosts, signal } = options;
  const objects = parts.get(tokens.Objects);
  const clock = parts.get(tokens.Clock);
  const bus = parts.get(tokens.Bus);
  const random = parts.get(tokens.Random);
  const logger = parts.get(tokens.Logger);
  let unreadable = 0;
  const actors = createActorClient({ bus, cluster: name, clock, random, from: 'client' });
  const handlers = parts.get(tokens.Plugins).probers;
  const controllerKinds = new Set(options.controllers.flatMap(({ kind }) => kind ?? []));
  const nodeNames = nodes.map((node) => node.name);
  const reading = <Item>(
    own: AbortSignal | undefined,
    begin: (ending: AbortSignal) => AsyncIterable<Item>,
  ) => (own === undefined ? begin(signal) : readUntil([own, signal], begin));

  let streams: StreamClient | undefined;
  const openStreams = () => {
    // Each client listens on the bus: who never asks has none.
    streams ??= createStreamClient({ bus, cluster: name, clock, random, logger, signal });
    return streams;
  };
  const containers = new ContainerAccess({ objects, nodes, streams: openStreams });

  const ownNode = (nodeName: string): ComposedNode => {
    const node = nodes.find((one) => one.name === nodeName);
    if (node !== undefined) return node;
    throw new MooringError(
      'NOT_FOUND',
      `node ${nodeName} is not one of this process: ${nodeNames.join(', ')}`,
    );
  };

  return {
    name,
    nodes: nodeNames,
    objects,
    rehearsal: options.rehearsal,
    controllers: () =>
      hosts().map(({ name: controller, actors: live, looks, lookMs }) => ({
        name: controller,
        actors: live,
        looks,
        lookMs,
      })),
    apply: (wanted) => applyAll({ objects, handlers, controllerKinds, clock }, wanted),
    get: async (kind, namespace, objectName) => await objects.get(checkedKind(kind), namespace, objectName),
    list: async (kind, namespace) => (await objects.list(checkedKind(kind), namespace)).items,
    // The kind of what a reference leads to is the kind that it names.
    patch: ((reference, patch, patchOptions) =>
      patchObject(objects, reference, patch, patchOptions)) as Cluster['patch'],
    rollout: createRolloutClient(objects, clock),
    scale: (reference, replicas, scaleOptions) => scaleObject(objects, reference, replicas, scaleOptions),
    async delete(kind, namespace, objectName, deleteOptions: DeleteOptions = {}) {
      checkCallOptions('delete', deleteOptions, knownOptions.delete);
      await objects.delete(checkedKind(kind), namespace, objectName, {
        propagationPolicy: 'Background',
        ...deleteOptions,
      });
    },
    watch(kind, watchOptions) {
      checkCallOptions('watch', watchOptions, knownOptions.watch);
      const { namespace, signal: own } = watchOptions;
      return reading(own, (ending) => objects.watch(checkedKind(kind), namespace, { signal: ending }));
    },
    waitFor: ((reference, condition: WaitCondition, waitOptions) =>
      waitFor(objects, clock, reference, condition, waitOptions)) as Cluster['waitFor'],
    async events(reference) {
      const { kind, namespace = 'default', name: about } = parseReference(reference);
      const { items } = await objects.list('Event', namespace, {
        filter: ({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === about,
      });
      return [...items].sort((a, b) => a.firstTimestamp.localeCompare(b.firstTimestamp));
    },
    facts(pattern, factOptions = {}) {
      checkCallOptions('facts', factOptions, knownOptions.facts);
      const { signal: own, pendingMax } = factOptions;
      return reading(own, (ending) =>
        subscribeFacts(bus, name, pattern, {
          signal: ending,
          onUnreadable: (key, why) => {
            unreadable += 1;
            logger.warn({ component: 'facts', key, why, unreadable }, 'message is no fact; dropped');
          },
          ...(pendingMax !== undefined && { pendingMax }),
        }),
      );
    },
    actor: (address) => ({
      address,
      send: (event, requestOptions) => actors.send(address, event, requestOptions),
      snapshot: (requestOptions) => actors.snapshot(address, requestOptions),
    }),
    get streams() {
      return openStreams();
    },
    logs(reference, logOptions = {}) {
      checkCallOptions('logs', logOptions, knownOptions.logs);
      const { signal: own, ...rest } = logOptions;
      return reading(own, (ending) => containers.logs(reference, rest, ending));
    },
    async exec(reference, command, execOptions = {}) {
      checkCallOptions('exec', execOptions, knownOptions.exec);
      const { signal: own = signal, ...rest } = execOptions;
      return await actUntil([own, signal], (ending) =>
        containers.exec(reference, command, { outputBytesMax: execOutputBytesMax, ...rest }, ending),
      );
    },
    crashNode: async (nodeName) => await ownNode(nodeName).crash(),
    restartNode: async (nodeName) => await ownNode(nodeName).restart(),
    runtimeHealth: (nodeName) => nodes.find((node) => node.name === nodeName)?.agent.runtimeHealth,
  };
}
