import type { StoredPod } from '../api/pod.ts';
import { createActorClient } from '../bus/actor-client.ts';
import { subscribeFacts } from '../bus/fact-pattern.ts';
import type { ContainerInfo, ContainerRuntime, LogLine, LogOptions } from '../contract/container-runtime.ts';
import type { Controller } from '../contract/controller.ts';
import { MooringError } from '../contract/error.ts';
import type { ObjectStore } from '../contract/object-store.ts';
import type { ControllerHost } from '../controller/controller-host.ts';
import { containerNameLabel, podUIDLabel } from '../kubelet/container/labels.ts';
import { allContainers } from '../kubelet/pod/pod-context.ts';
import { applyAll } from './apply.ts';
import { checkedKind } from './check-kind.ts';
import type { Cluster, ContainerReference } from './cluster.ts';
import type { ComposedNode } from './compose-node.ts';
import { patchObject } from './patch.ts';
import { createRolloutClient } from './rollout.ts';
import { scaleObject } from './scale.ts';
import { type Parts, tokens } from './tokens.ts';
import { parseReference, waitFor } from './wait-for.ts';

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
  const ending = (own: AbortSignal | undefined) =>
    own === undefined ? signal : AbortSignal.any([own, signal]);

  async function locate(reference: ContainerReference, inner: AbortSignal) {
    const pod = await objects.get('Pod', reference.namespace, reference.pod, inner);
    if (pod === undefined)
      throw new MooringError('NOT_FOUND', `pods ${JSON.stringify(reference.pod)} not found`);
    const node = nodes.find((one) => one.name === pod.spec.nodeName);
    if (node === undefined) {
      throw new MooringError(
        'NOT_FOUND',
        `pod ${pod.metadata.name} runs on node ${pod.spec.nodeName}, not in this process`,
      );
    }
    const info = await instanceOf(node.runtime, pod, reference, inner);
    return { runtime: node.runtime, info };
  }

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
      hosts().map(({ name: controller, actors: live, looks }) => ({ name: controller, actors: live, looks })),
    apply: (wanted) => applyAll({ objects, handlers, controllerKinds }, wanted),
    get: async (kind, namespace, objectName) => await objects.get(checkedKind(kind), namespace, objectName),
    list: async (kind, namespace) => (await objects.list(checkedKind(kind), namespace)).items,
    patch: (reference, patch, patchOptions) => patchObject(objects, reference, patch, patchOptions),
    rollout: createRolloutClient(objects, clock),
    scale: (reference, replicas, scaleOptions) => scaleObject(objects, reference, replicas, scaleOptions),
    async delete(kind, namespace, objectName, deleteOptions = {}) {
      await objects.delete(checkedKind(kind), namespace, objectName, {
        propagationPolicy: 'Background',
        ...deleteOptions,
      });
    },
    watch: (kind, { namespace, signal: own }) =>
      objects.watch(checkedKind(kind), namespace, { signal: ending(own) }),
    waitFor: (reference, condition, waitOptions) =>
      waitFor(objects, clock, reference, condition, waitOptions),
    async events(reference) {
      const { kind, namespace = 'default', name: about } = parseReference(reference);
      const { items } = await objects.list('Event', namespace, {
        filter: ({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === about,
      });
      return [...items].sort((a, b) => a.firstTimestamp.localeCompare(b.firstTimestamp));
    },
    facts: (pattern, { signal: own, pendingMax } = {}) =>
      subscribeFacts(bus, name, pattern, {
        signal: ending(own),
        onUnreadable: (key, why) => {
          unreadable += 1;
          logger.warn({ component: 'facts', key, why, unreadable }, 'message is no fact; dropped');
        },
        ...(pendingMax !== undefined && { pendingMax }),
      }),
    actor: (address) => ({
      address,
      send: (event, requestOptions) => actors.send(address, event, requestOptions),
      snapshot: (requestOptions) => actors.snapshot(address, requestOptions),
    }),
    async *logs(
      reference,
      logOptions: LogOptions & { readonly signal?: AbortSignal } = {},
    ): AsyncIterable<LogLine> {
      const { signal: own, ...rest } = logOptions;
      const inner = ending(own);
      const { runtime, info } = await locate(reference, inner);
      yield* runtime.logs(info.id, rest, inner);
    },
    async exec(reference, command, { signal: own, ...rest } = {}) {
      const inner = ending(own);
      const { runtime, info } = await locate(reference, inner);
      return await runtime.exec(info.id, command, { outputBytesMax: execOutputBytesMax, ...rest }, inner);
    },
    crashNode: async (nodeName) => await ownNode(nodeName).crash(),
    restartNode: async (nodeName) => await ownNode(nodeName).restart(),
    runtimeHealth: (nodeName) => nodes.find((node) => node.name === nodeName)?.agent.runtimeHealth,
  };
}

async function instanceOf(
  runtime: ContainerRuntime,
  pod: StoredPod,
  reference: ContainerReference,
  signal: AbortSignal,
): Promise<ContainerInfo> {
  const names = allContainers(pod).map(({ name }) => name);
  const container = reference.container ?? pod.spec.containers[0]?.name ?? '';
  if (!names.includes(container)) {
    throw new MooringError(
      'NOT_FOUND',
      `pod ${pod.metadata.name} has no container ${container}: it has ${names.join(', ')}`,
    );
  }
  const labels = { [podUIDLabel]: pod.metadata.uid, [containerNameLabel]: container };
  const instances = [...(await runtime.listContainers(labels, signal))].sort((a, b) => b.attempt - a.attempt);
  const info = instances[reference.previous === true ? 1 : 0];
  if (info !== undefined) return info;
  const which = reference.previous === true ? 'previous terminated container' : 'container';
  throw new MooringError(
    'NOT_FOUND',
    `${which} ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)} not found`,
  );
}
