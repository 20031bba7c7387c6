/** One node agent with everything that is its own: runtime, volumes, events, static pods. */

import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { ResourceList, StoredPod } from '../api/pod.ts';
import type { ContainerRuntime } from '../contract/container-runtime.ts';
import { MooringError } from '../contract/error.ts';
import { checkedRuntime } from '../kubelet/checked-runtime.ts';
import { crashLoopSettings, defaultImagePullBackOff } from '../kubelet/container/crash-loop.ts';
import { Kubelet } from '../kubelet/kubelet.ts';
import type { KubeletSettings, PodEventRecord } from '../kubelet/node-context.ts';
import { diskVolumes } from '../kubelet/volume/disk-volumes.ts';
import type { VolumeHost } from '../kubelet/volume/volume-host.ts';
import { createEventRecorder } from '../store/events/recorder.ts';
import { callRuntimeFactory } from './call-runtime-factory.ts';
import type { DisposalStack } from './disposal-stack.ts';
import type { Informers } from './informers.ts';
import type { NodeOptions } from './options.ts';
import { runStaticPods } from './static-pods.ts';
import { type Parts, tokens } from './tokens.ts';

export interface ComposedNode {
  readonly name: string;
  readonly kubelet: Kubelet;
  readonly runtime: ContainerRuntime;
}

export interface NodeSurroundings {
  readonly parts: Parts;
  /** The cluster's directory; the node has one of its own in it. */
  readonly dataDir: string;
  /** The directory is gone when the agent is. */
  readonly isEphemeral: boolean;
  readonly volumes: ((node: NodeOptions) => VolumeHost) | undefined;
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
  const kubelet = composeKubelet(options, surroundings, { runtime, dataDir });
  closing.push(`agent of node ${name}`, () => kubelet.detach());
  closing.push(`agent of node ${name}`, () => kubelet.detach());
  await kubelet.start(signal);
  followConfig(kubelet, parts.get(tokens.Informers), signal);
  if (options.manifests !== undefined) {
    const watching = runStaticPods({
      path: options.manifests,
      nodeName: name,
      clock: parts.get(tokens.Clock),
      logger: parts.get(tokens.Logger).child({ node: name }),
      objects: parts.get(tokens.Objects),
      informers: parts.get(tokens.Informers),
      plugins: parts.get(tokens.Plugins),
      signal,
    });
    closing.push(`static pods of node ${name}`, () => watching);
  }
  return { name, kubelet, runtime };
}

function composeKubelet(
  options: NodeOptions,
  { parts, closing, volumes }: NodeSurroundings,
  own: { readonly runtime: ContainerRuntime; readonly dataDir: string },
): Kubelet {
  const { name } = options;
  const clock = parts.get(tokens.Clock);
  const random = parts.get(tokens.Random);
  const objects = parts.get(tokens.Objects);
  const informers = parts.get(tokens.Informers);
  const facts = parts.get(tokens.Facts);
  const logger = parts.get(tokens.Logger).child({ node: name, component: 'kubelet' });
  const recorder = createEventRecorder({ objects, clock, random, component: 'kubelet', host: name, logger });
  closing.push(`events of node ${name}`, async () => {
    await recorder.flush();
    await recorder[Symbol.asyncDispose]();
  });
  return new Kubelet({
    nodeName: name,
    hostIP: options.hostIP ?? '127.0.0.1',
    allocatable: options.allocatable ?? machineResources(),
    clock,
    random,
    logger,
    runtime: own.runtime,
    volumes: volumes?.(options) ?? diskVolumes({ dataDir: own.dataDir }),
    objects,
    pods: informers.pods,
    lookup: informers,
    directory: parts.get(tokens.Directory),
    probers: parts.get(tokens.Plugins).probers,
    settings: settingsOf(options),
    relistMs: options.relistMs ?? 10_000,
    logic: {
      probe: parts.get(tokens.ProbeLogic),
      container: parts.get(tokens.ContainerLogic),
      pod: parts.get(tokens.PodLogic),
    },
    recordEvent: (pod, fieldPath, event) =>
      recorder.record({ object: referenceTo(pod, fieldPath), ...plain(event) }),
    publishFact: (address, fact, data) => facts.of(address)(`${kindOf(address)}.${fact}`, data),
  });
}

async function makeRuntime(
  options: NodeOptions,
  { parts, dataDir, isEphemeral, signal }: NodeSurroundings,
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
    clock: parts.get(tokens.Clock),
    logger,
  };
  return checkedRuntime(await callRuntimeFactory(runtime, context, signal));
}

function settingsOf(options: NodeOptions): KubeletSettings {
  return {
    crashLoop: crashLoopSettings(options.crashLoop),
    imagePull: defaultImagePullBackOff,
    retryMs: 10_000,
    postStartMsMax: options.postStartMsMax ?? 120_000,
    callMsMax: 10_000,
    startMsMax: 60_000,
    pullMsMax: options.pullMsMax ?? 600_000,
  };
}

function machineResources(): ResourceList {
  return { cpu: String(availableParallelism()), memory: String(totalmem()), pods: '110' };
}

function referenceTo(pod: StoredPod, fieldPath: string | undefined) {
  const { namespace, name, uid } = pod.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace,
    name,
    uid,
    ...(fieldPath !== undefined && { fieldPath }),
  };
}

function plain({ type, reason, message }: PodEventRecord) {
  return { type, reason, message };
}

/** `pod/<uid>/container/<name>` is a container. */
function kindOf(address: string): string {
  return address.split('/').at(-2) ?? 'actor';
}

/** Volumes made from an object follow it. */
function followConfig(kubelet: Kubelet, informers: Informers, signal: AbortSignal): void {
  const follow = (namespace: string | undefined, uses: (pod: StoredPod) => boolean) =>
    kubelet.refreshVolumes((pod) => pod.metadata.namespace === namespace && uses(pod));
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
  signal.addEventListener('abort', () => {
    stopMaps();
    stopSecrets();
  });
}

function mentions(pod: StoredPod, source: 'configMap' | 'secret', name: string | undefined): boolean {
  return (pod.spec.volumes ?? []).some((volume) => {
    if (volume.projected !== undefined) return true;
    return source === 'configMap' ? volume.configMap?.name === name : volume.secret?.secretName === name;
  });
}
