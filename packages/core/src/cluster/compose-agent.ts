/** The agent of one node, made of the parts of its cluster. */

import { fencingAnnotation } from '../api/fencing.ts';
import type { NodeObject } from '../api/objects.ts';
import type { StoredPod } from '../api/pod.ts';
import { nodeAddress } from '../bus/actor-address.ts';
import { createActorClient } from '../bus/actor-client.ts';
import { StreamHost } from '../bus/stream-host.ts';
import type { ContainerRuntime } from '../contract/container-runtime.ts';
import { MooringError } from '../contract/error.ts';
import { crashLoopSettings, defaultImagePullBackOff } from '../kubelet/container/crash-loop.ts';
import { Kubelet, type KubeletOptions } from '../kubelet/kubelet.ts';
import { NodeAgent } from '../kubelet/node/node-agent.ts';
import type { NameHolder } from '../kubelet/node/node-name.ts';
import type { NodeProfile } from '../kubelet/node/node-profile.ts';
import type { KubeletSettings, PodEventRecord } from '../kubelet/node-context.ts';
import { Vantages } from '../kubelet/probe/ask-vantages.ts';
import { openStream } from '../kubelet/streams/open-stream.ts';
import { type StreamLogic, streamLogic } from '../kubelet/streams/stream-logic.ts';
import { UsageMeter } from '../kubelet/streams/usage-meter.ts';
import { QuestionAnswerer } from '../kubelet/vantage/answer-question.ts';
import { type VantageLogic, vantageLogic } from '../kubelet/vantage/vantage-logic.ts';
import { checkedVolumes } from '../kubelet/volume/checked-volumes.ts';
import { diskVolumes } from '../kubelet/volume/disk-volumes.ts';
import type { VolumeHost } from '../kubelet/volume/volume-host.ts';
import type { WritePermit } from '../kubelet/write-permit.ts';
import { coreVersion } from '../plugin/load-plugins.ts';
import {
  createEventRecorder,
  type EventRecorder,
  type EventRecorderOptions,
} from '../store/events/recorder.ts';
import { fencedObjects } from '../store/lease/fenced-objects.ts';
import { isSurelyGone } from '../store/process-identity.ts';
import { callGiven } from './call-given.ts';
import type { NodeSurroundings } from './compose-node.ts';
import type { DisposalStack } from './disposal-stack.ts';
import { machineFacts, machineResources } from './machine.ts';
import type { NodeOptions } from './options.ts';
import { fencedAfterMsOf, heartbeatOf } from './presets.ts';
import { type Parts, tokens } from './tokens.ts';

/** The Kubernetes whose behaviour this is, and whose it is. */
const agentVersion = `v1.36.0+mooring.${coreVersion}`;

/** What is the node's own. */
export interface NodeParts {
  readonly runtime: ContainerRuntime;
  readonly dataDir: string;
  /** Who it is for other agents that want its name. */
  readonly self: NameHolder;
}

const noMore = 'nothing is written: the name of this node is not known to be held by this agent';

export function composeAgent(
  options: NodeOptions,
  surroundings: NodeSurroundings,
  own: NodeParts,
): NodeAgent {
  const { parts, closing } = surroundings;
  const { name } = options;
  const clock = parts.get(tokens.Clock);
  const random = parts.get(tokens.Random);
  const objects = parts.get(tokens.Objects);
  const facts = parts.get(tokens.Facts);
  const logger = parts.get(tokens.Logger).child({ node: name, component: 'kubelet' });
  const fenced = fencedObjects(objects, () => agent.mayWrite, noMore);
  // What happened may be told after the last renewal, too.
  const told = fencedObjects(objects, () => !agent.hasLostName, noMore);
  const recorder = recorderOf(name, { objects: told, clock, random, logger }, closing);
  const kubelet: Omit<KubeletOptions, 'onHealth'> = {
    ...kubeletParts(options, surroundings, own),
    clock,
    random,
    logger,
    objects: fenced,
    recordEvent: (pod, fieldPath, event) =>
      recorder.record({ object: referenceTo(pod, fieldPath), ...plain(event) }),
    vantages: vantagesOf(name, surroundings),
    publishFact: (address, fact, data) => facts.of(address)(`${kindOf(address)}.${fact}`, data),
  };
  const fencedAfterMs = fencedAfterMsOf(options, surroundings.cluster);
  const agent: NodeAgent = new NodeAgent({
    self: own.self,
    isGone: isAlone(surroundings)
      ? () => true
      : ({ process }) => process !== undefined && isSurelyGone(process),
    profile: profileOf(options, kubelet, fencedAfterMs),
    fencedAfterMs,
    heartbeat: heartbeatOf(options, surroundings.cluster),
    clock,
    random,
    logger,
    objects,
    nodes: parts.get(tokens.Informers).of('Node'),
    runtime: own.runtime,
    directory: kubelet.directory,
    vantage: vantageOf(name, parts),
    streams: streamsOf(kubelet, surroundings),
    makeKubelet: (onHealth) => new Kubelet({ ...kubelet, permit: permitOf(() => agent), onHealth }),
    recordEvent: (node, event) => recorder.record({ object: nodeReference(node), ...event }),
    publishFact: kubelet.publishFact,
  });
  return agent;
}

/** The kubelet is made before its agent is. */
function permitOf(agent: () => NodeAgent): WritePermit {
  return {
    get mayWrite() {
      return agent().mayWrite;
    },
    whenWritable: (signal) => agent().whenWritable(signal),
  };
}

function recorderOf(
  host: string,
  ports: Pick<EventRecorderOptions, 'objects' | 'clock' | 'random' | 'logger'>,
  closing: DisposalStack,
): EventRecorder {
  const recorder = createEventRecorder({ ...ports, component: 'kubelet', host });
  closing.push(`events of node ${host}`, async () => {
    await recorder.flush();
    await recorder[Symbol.asyncDispose]();
  });
  return recorder;
}

/** The store is this process' own, and locked for others: whoever is written down in it has ended. */
function isAlone({ cluster }: NodeSurroundings): boolean {
  return cluster.transport === undefined && cluster.store === undefined;
}

/** Makes the probes that other nodes ask for. */
function vantageOf(nodeName: string, parts: Parts): VantageLogic {
  const informers = parts.get(tokens.Informers);
  const answerer = new QuestionAnswerer({
    nodeName,
    clock: parts.get(tokens.Clock),
    probers: parts.get(tokens.Plugins).probers,
    pods: informers.pods,
    nodes: informers.of('Node'),
  });
  return vantageLogic((asked, signal) => answerer.answer(asked, signal));
}

/** Opens streams to the pods of this node. */
function streamsOf(
  { nodeName, hostIP, runtime, clock, pods, logger }: Omit<KubeletOptions, 'onHealth'>,
  { parts, cluster }: NodeSurroundings,
): StreamLogic {
  const ports = { nodeName, hostIP, runtime, clock, pods, meter: new UsageMeter({ runtime, clock }) };
  const common = {
    bus: parts.get(tokens.Bus),
    cluster: cluster.name ?? 'mooring',
    node: nodeName,
    clock,
    logger,
  };
  return streamLogic({
    makeHost: (signal) => new StreamHost({ ...common, signal }),
    open: (request, end) => openStream(ports, request, end),
    logger,
  });
}

/** Asks other nodes for theirs. */
function vantagesOf(nodeName: string, { parts, cluster }: NodeSurroundings): Vantages {
  const clock = parts.get(tokens.Clock);
  const actors = createActorClient({
    bus: parts.get(tokens.Bus),
    cluster: cluster.name ?? 'mooring',
    clock,
    random: parts.get(tokens.Random),
    from: nodeAddress(nodeName),
  });
  return new Vantages({ clock, actors, nodes: parts.get(tokens.Informers).of('Node') });
}

function volumesOf(
  options: NodeOptions,
  { volumes }: NodeSurroundings['cluster'],
  { dataDir }: NodeParts,
): VolumeHost {
  if (volumes === undefined) return diskVolumes({ dataDir });
  const own: unknown = callGiven('volumes', () => volumes(options));
  if (isVolumeHost(own)) return own;
  const words = `volumes: must give node ${options.name} a volume host, with prepare, mountsFor, teardown and list`;
  throw new MooringError('INVALID', words);
}

function isVolumeHost(value: unknown): value is VolumeHost {
  const verbs: readonly (keyof VolumeHost)[] = ['prepare', 'mountsFor', 'teardown', 'list'];
  const host = (value ?? {}) as Partial<VolumeHost>;
  return verbs.every((verb) => typeof host[verb] === 'function');
}

function kubeletParts(options: NodeOptions, { parts, cluster }: NodeSurroundings, own: NodeParts) {
  const informers = parts.get(tokens.Informers);
  return {
    nodeName: options.name,
    hostIP: options.hostIP ?? '127.0.0.1',
    allocatable: { ...machineResources(own.dataDir), ...options.allocatable },
    runtime: own.runtime,
    volumes: checkedVolumes(volumesOf(options, cluster, own), parts.get(tokens.Clock)),
    pods: informers.pods,
    lookup: informers,
    traffic: parts.get(tokens.PodTraffic),
    servicesSeenFrom: (namespace: string) => informers.servicesSeenFrom(namespace),
    directory: parts.get(tokens.Directory),
    probers: parts.get(tokens.Plugins).probers,
    settings: settingsOf(options),
    relistMs: options.relistMs ?? 10_000,
    logic: {
      probe: parts.get(tokens.ProbeLogic),
      container: parts.get(tokens.ContainerLogic),
      pod: parts.get(tokens.PodLogic),
    },
  };
}

function profileOf(
  { name, labels = {}, taints = [] }: NodeOptions,
  { hostIP, allocatable }: Pick<KubeletOptions, 'hostIP' | 'allocatable'>,
  fencedAfterMs: number | undefined,
): NodeProfile {
  return {
    ...machineFacts(),
    name,
    hostIP,
    hostname: name,
    agentVersion,
    allocatable,
    labels,
    annotations: fencedAfterMs === undefined ? {} : { [fencingAnnotation]: String(fencedAfterMs / 1000) },
    taints,
  };
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
    withdrawMsMax: options.withdrawMsMax ?? 2000,
    drainMsMax: options.drainMsMax ?? 5000,
  };
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

function nodeReference({ apiVersion, kind, metadata: { name = '', uid } }: NodeObject) {
  return { apiVersion, kind, name, ...(uid !== undefined && { uid }) };
}

function plain({ type, reason, message }: PodEventRecord) {
  return { type, reason, message };
}

/** `pod/<uid>/container/<name>` is a container. */
function kindOf(address: string): string {
  return address.split('/').at(-2) ?? 'actor';
}
