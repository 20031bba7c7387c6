/** One node agent with everything that is its own: runtime, volumes, events, static pods. */

import { hostname } from 'node:os';
import { join } from 'node:path';
import type { StoredPod } from '../api/pod.ts';
import type { ContainerRuntime } from '../contract/container-runtime.ts';
import { MooringError } from '../contract/error.ts';
import { onAbort } from '../engine/abortable.ts';
import { checkedRuntime } from '../kubelet/checked-runtime.ts';
import type { NodeAgent } from '../kubelet/node/node-agent.ts';
import { fencedObjects } from '../store/lease/fenced-objects.ts';
import { thisProcess } from '../store/process-identity.ts';
import { callRuntimeFactory } from './call-runtime-factory.ts';
import { composeAgent, type NodeParts } from './compose-agent.ts';
import { servicesSynced } from './compose-services.ts';
import type { DisposalStack } from './disposal-stack.ts';
import type { Informers } from './informers.ts';
import type { ClusterOptions, NodeOptions } from './options.ts';
import { runStaticPods } from './static-pods.ts';
import { type Parts, tokens } from './tokens.ts';

export interface ComposedNode {
  readonly name: string;
  /** The one that runs, or ran last. */
  readonly agent: NodeAgent;
  readonly runtime: ContainerRuntime;
  /** As when its host loses power: the agent says nothing any more, and nothing of it runs on. */
  crash(): Promise<void>;
  /** Another agent over what the last one has left. */
  restart(): Promise<void>;
}

export interface NodeSurroundings {
  readonly parts: Parts;
  /** The cluster's directory; the node has one of its own in it. */
  readonly dataDir: string;
  /** The directory is gone when the agent is. */
  readonly isEphemeral: boolean;
  readonly cluster: ClusterOptions;
  /** Services have their addresses there, and pods none. */
  readonly clusterIPRange: string;
  readonly closing: DisposalStack;
  /** Ends everything that runs in the background. */
  readonly signal: AbortSignal;
}

export async function composeNode(
  options: NodeOptions,
  surroundings: NodeSurroundings,
): Promise<ComposedNode> {
  const { parts, closing, signal } = surroundings;
  const { name } = options;
  const dataDir = join(surroundings.dataDir, 'nodes', name);
  const runtime = await makeRuntime(options, { ...surroundings, dataDir });
  closing.push(`runtime of node ${name}`, async () => runtime[Symbol.asyncDispose]());
  // An agent that is crashed and started again here is the same to others.
  const self = { instance: parts.get(tokens.Random).uuid(), host: hostname(), process: thisProcess() };
  const own: NodeParts = { runtime, dataDir, self };
  let stopFollowing = () => {};
  let isCrashed = false;
  const begin = async () => {
    const agent = composeAgent(options, surroundings, own);
    closing.push(`agent of node ${name}`, () => agent.detach());
    // Before the first container gets its environment, and the first one is stopped.
    await servicesSynced(parts.get(tokens.Informers));
    await agent.start(signal);
    stopFollowing = followConfig(agent, parts.get(tokens.Informers), signal);
    return agent;
  };
  let agent = await begin();
  if (options.manifests !== undefined) {
    const watching = runStaticPods({
      path: options.manifests,
      nodeName: name,
      clock: parts.get(tokens.Clock),
      logger: parts.get(tokens.Logger).child({ node: name }),
      objects: fencedObjects(parts.get(tokens.Objects), () => agent.mayWrite, 'the agent may not write'),
      informers: parts.get(tokens.Informers),
      plugins: parts.get(tokens.Plugins),
      signal,
    });
    closing.push(`static pods of node ${name}`, () => watching);
  }
  return {
    name,
    runtime,
    get agent() {
      return agent;
    },
    async crash() {
      isCrashed = true;
      stopFollowing();
      await agent.vanish();
      const left = await runtime.listContainers({}, signal);
      await Promise.all(left.map(({ id }) => runtime.stopContainer(id, 0, signal)));
    },
    async restart() {
      // A second agent would wait for the name of the first one.
      if (!isCrashed)
        throw new MooringError(
          'INVALID',
          `node ${name} has not crashed: crashNode(${JSON.stringify(name)}) comes before`,
        );
      isCrashed = false;
      try {
        agent = await begin();
      } catch (error) {
        isCrashed = true;
        throw error;
      }
    },
  };
}

async function makeRuntime(
  options: NodeOptions,
  { parts, dataDir, isEphemeral, clusterIPRange, signal }: NodeSurroundings,
): Promise<ContainerRuntime> {
  const { runtime } = parts.get(tokens.Plugins);
  if (runtime === undefined) {
    const words =
      'no plugin brings a container runtime: add one, such as processRuntime() of @mooring/runtime-process';
    throw new MooringError('RUNTIME_MISSING', words);
  }
  const logger = parts.get(tokens.Logger).child({ node: options.name, component: `runtime-${runtime.name}` });
  const context = {
    nodeName: options.name,
    dataDir,
    isEphemeral,
    reservedRanges: [clusterIPRange],
    clock: parts.get(tokens.Clock),
    logger,
  };
  return checkedRuntime(await callRuntimeFactory(runtime, context, signal), logger);
}

/** Volumes made from an object follow it, until the signal aborts or the function given back is called. */
function followConfig(agent: NodeAgent, informers: Informers, signal: AbortSignal): () => void {
  const follow = (namespace: string | undefined, uses: (pod: StoredPod) => boolean) =>
    agent.refreshVolumes((pod) => pod.metadata.namespace === namespace && uses(pod));
  const stopMaps = informers.configMaps.subscribe({
    onUpsert: ({ metadata }) => {
      follow(metadata.namespace, (pod) => mentions(pod, 'configMap', metadata.name));
    },
  });
  const stopSecrets = informers.secrets.subscribe({
    onUpsert: ({ metadata }) => {
      follow(metadata.namespace, (pod) => mentions(pod, 'secret', metadata.name));
    },
  });
  const stop = () => {
    stopMaps();
    stopSecrets();
  };
  const forget = onAbort(signal, stop);
  return () => {
    forget();
    stop();
  };
}

function mentions(pod: StoredPod, source: 'configMap' | 'secret', name: string | undefined): boolean {
  return (pod.spec.volumes ?? []).some((volume) => {
    if (volume.projected !== undefined) return true;
    return source === 'configMap' ? volume.configMap?.name === name : volume.secret?.secretName === name;
  });
}
