/** What a node is, as its agent knows it: everything in its object that does not change while the agent lives. */

import { fencingAnnotation } from '../../api/fencing.ts';
import type { Labels } from '../../api/meta.ts';
import { hostnameLabel } from '../../api/node-labels.ts';
import type { NodeObject, Taint } from '../../api/objects.ts';
import type { ResourceList } from '../../api/pod.ts';
import { nodeTaintKeys } from '../../api/taint.ts';

export interface NodeProfile {
  readonly name: string;
  readonly hostIP: string;
  readonly hostname: string;
  /** As Kubernetes spells them: `linux`, `amd64`. */
  readonly os: string;
  readonly arch: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  /** Tells machines apart; empty where it is not known. */
  readonly bootID: string;
  readonly agentVersion: string;
  readonly allocatable: ResourceList;
  /** Set at every start of the agent; labels of others are kept. */
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Set when the object is made, and never again: who takes one off wants it off. */
  readonly taints: readonly Taint[];
}

/** The labels that every node has, and those that its owner gave it. */
export function nodeLabels({ hostname, os, arch, labels }: NodeProfile): Labels {
  return {
    'beta.kubernetes.io/arch': arch,
    'beta.kubernetes.io/os': os,
    'kubernetes.io/arch': arch,
    [hostnameLabel]: hostname,
    'kubernetes.io/os': os,
    ...labels,
  };
}

/** The object of a node that has none yet; `status` is its first report. */
export function newNode(profile: NodeProfile, status: NodeObject['status'], isReady: boolean): NodeObject {
  const { name, annotations } = profile;
  const taints = isReady ? profile.taints : [...profile.taints, notReadyTaint];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: nodeLabels(profile), annotations },
    spec: taints.length === 0 ? {} : { taints },
    ...(status !== undefined && { status }),
  };
}

/** An object that was there already: what belongs to others stays, `spec` as a whole. */
export function takenOver(node: NodeObject, profile: NodeProfile): NodeObject {
  // An earlier agent may have promised what this one does not.
  const { [fencingAnnotation]: _, ...annotations } = node.metadata.annotations ?? {};
  const { labels } = node.metadata;
  return {
    ...node,
    metadata: {
      ...node.metadata,
      labels: { ...labels, ...nodeLabels(profile) },
      annotations: { ...annotations, ...profile.annotations },
    },
  };
}

/** A node that begins in trouble gets no pods before it is well; the node controller takes the taint off. */
const notReadyTaint: Taint = { key: nodeTaintKeys.notReady, effect: 'NoSchedule' };
