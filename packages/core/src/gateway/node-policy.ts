/**
 * What the agent of a node may read and write: decisions only. It is what Kubernetes' node authorizer and its
 * NodeRestriction admission allow, less what our agent has no use for.
 */

import { admitObject, admitUpdate, statusErrors } from '../api/admit.ts';
import { type FieldError, formatFieldError } from '../api/field-error.ts';
import { kindInfo } from '../api/kinds.ts';
import type { ApiObject } from '../api/meta.ts';
import { screenValue } from '../api/screen.ts';
import type { ProbeHandlers } from '../api/validate-probe.ts';
import type { ErrorCode } from '../contract/error.ts';
import type { StoreValue } from '../contract/store.ts';
import { jsonEqual } from '../store/json-equal.ts';
import { objectKey } from '../store/keys.ts';
import { podReferences } from './pod-references.ts';

export interface NodeWrite {
  readonly node: string;
  readonly verb: 'create' | 'update' | 'delete';
  readonly key: string;
  /** What is there now. */
  readonly current: StoreValue | undefined;
  /** What is to be there; absent for a deletion. */
  readonly wanted: StoreValue | undefined;
  /** A pod that is bound to the node, or was until a while ago. */
  isOwnPod(uid: string): boolean;
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface NodePolicy {
  /** `isReferenced`: a pod of the node needs it. */
  mayRead(node: string, key: string, value: StoreValue, isReferenced: (key: string) => boolean): boolean;
  refusalOf(write: NodeWrite): Refusal | undefined;
}

export function createNodePolicy(options: { readonly handlers?: ProbeHandlers } = {}): NodePolicy {
  return { mayRead, refusalOf: (write) => refusalOf(write, options) };
}

/** Everything that a node sees although it does not name it: the proxy of its host needs them. */
const publicKinds: ReadonlySet<string> = new Set(['services', 'endpointslices']);

function mayRead(
  node: string,
  key: string,
  value: StoreValue,
  isReferenced: (key: string) => boolean,
): boolean {
  const kind = key.slice(0, key.indexOf('/'));
  if (kind === 'pods') return nodeOf(value) === node;
  if (kind === 'events') return reporterOf(value) === node;
  return publicKinds.has(kind) || key === nodeKey(node) || key === leaseKey(node) || isReferenced(key);
}

interface PolicyOptions {
  readonly handlers?: ProbeHandlers;
}

function refusalOf(write: NodeWrite, options: PolicyOptions): Refusal | undefined {
  const { node, key, verb, wanted } = write;
  const kind = key.slice(0, key.indexOf('/'));
  const rule = key === nodeKey(node) ? nodeRule : key === leaseKey(node) ? leaseRule : rules[kind];
  if (rule === undefined) return forbidden(`node ${node} may not ${verb} ${key}`);
  const hostile = wanted === undefined ? undefined : screenValue(wanted);
  if (hostile !== undefined) return invalid([hostile]);
  const misnamed = wanted !== undefined && !isNamedAs(wanted, key);
  if (misnamed) return { code: 'INVALID', message: `${key}: kind, namespace and name say something else` };
  const why = rule(write);
  if (why !== undefined) return forbidden(`node ${node} may not ${verb} ${key}: ${why}`);
  return wrongContent(write, options);
}

/** Why not. */
type Rule = (write: NodeWrite) => string | undefined;

const nodeRule: Rule = ({ verb, current, wanted }) => {
  if (verb === 'delete') return 'who deletes a node wants it gone, which is not for its agent to decide';
  const [old, now] = [metaOf(current), metaOf(wanted)];
  if (isKept(now)) return 'it may have no finalizers and no owners';
  if (verb === 'update' && !jsonEqual(fieldOf(current, 'spec'), fieldOf(wanted, 'spec')))
    return 'its spec belongs to others';
  if (verb === 'update' && !jsonEqual(withoutLabels(old), withoutLabels(now)))
    return 'of its metadata only labels and annotations are its own';
  const label = changedLabels(old, now).find(isRestrictedLabel);
  return label === undefined ? undefined : `the label ${label} is not its own`;
};

const leaseRule: Rule = ({ verb, node, wanted }) => {
  if (verb === 'delete') return 'a lease runs out by itself';
  const { finalizers, ownerReferences = [] } = metaOf(wanted);
  if (finalizers !== undefined) return 'it may have no finalizers';
  const isOwn = (owner: unknown) => {
    const { kind, name, controller, blockOwnerDeletion } = owner as Readonly<Record<string, unknown>>;
    return kind === 'Node' && name === node && !controller && !blockOwnerDeletion;
  };
  return Array.isArray(ownerReferences) && ownerReferences.every((owner) => isObject(owner) && isOwn(owner))
    ? undefined
    : 'it may be owned by its own Node only';
};

const podRule: Rule = (write) => {
  const { verb, node, current, wanted } = write;
  if (verb === 'create') return staticPodRule(write);
  if (nodeOf(current) !== node) return 'the pod is not bound to it';
  const isStatic = isStaticPod(current);
  const { deletionTimestamp, finalizers } = metaOf(current);
  if (verb === 'delete') {
    if (Array.isArray(finalizers) && finalizers.length > 0) return 'finalizers keep the pod';
    return deletionTimestamp !== undefined || isStatic ? undefined : 'nobody has asked for the pod to go';
  }
  const rest = (value: StoreValue | undefined) => ({ ...value, status: null });
  if (jsonEqual(rest(current), rest(wanted))) return undefined;
  return isDeletionMark(current, wanted, isStatic) ? undefined : 'only the status of the pod is its own';
};

/** A pod from a folder of the node's own; it may lead to nothing that its agent could not read before. */
function staticPodRule({ node, wanted }: NodeWrite): string | undefined {
  if (!isStaticPod(wanted) || nodeOf(wanted) !== node) return 'it may create static pods of its own only';
  if (isKept(metaOf(wanted))) return 'a static pod may have no finalizers and no owners';
  const others = [...podReferences(wanted ?? {})].filter((key) => !key.startsWith('namespaces/'));
  return others.length === 0 ? undefined : `a static pod may not refer to ${others[0]}`;
}

/** The end of a pod that the agent confirms, or the beginning of the end of a static one. */
function isDeletionMark(
  current: StoreValue | undefined,
  wanted: StoreValue | undefined,
  isStatic: boolean,
): boolean {
  const unmarked = (value: StoreValue | undefined) => {
    const { deletionTimestamp, deletionGracePeriodSeconds, generation, ...metadata } = metaOf(value);
    return { ...value, metadata };
  };
  if (!jsonEqual(unmarked(current), unmarked(wanted))) return false;
  const [old, now] = [metaOf(current), metaOf(wanted)];
  if (isStatic) return now['deletionTimestamp'] !== undefined;
  return (
    old['deletionTimestamp'] !== undefined &&
    old['deletionTimestamp'] === now['deletionTimestamp'] &&
    old['generation'] === now['generation'] &&
    now['deletionGracePeriodSeconds'] === 0
  );
}

const eventRule: Rule = ({ verb, node, current, wanted, isOwnPod }) => {
  if (verb === 'delete') return 'events run out by themselves';
  if (reporterOf(wanted) !== node) return 'source.host must be its own name';
  if (verb === 'update' && reporterOf(current) !== node) return 'the event is not its own';
  if (isKept(metaOf(wanted))) return 'an event may have no finalizers and no owners';
  const { kind, name, namespace, uid } = recordOf(fieldOf(wanted, 'involvedObject'));
  if (kind === 'Node' && name === node) return undefined;
  const isHere = namespace === metaOf(wanted)['namespace'];
  return kind === 'Pod' && isHere && typeof uid === 'string' && isOwnPod(uid)
    ? undefined
    : 'it may speak of itself and of its own pods only';
};

const rules: Readonly<Record<string, Rule>> = { pods: podRule, events: eventRule };

function wrongContent(
  { key, verb, current, wanted }: NodeWrite,
  { handlers }: PolicyOptions,
): Refusal | undefined {
  if (wanted === undefined) return undefined;
  const [object, old] = [wanted as ApiObject, current as ApiObject | undefined];
  const options = handlers === undefined ? {} : { handlers };
  // What is not status is as it was.
  const isStatus = key.startsWith('pods/') && verb === 'update';
  const errors = [
    ...(isStatus || old === undefined ? [] : admitUpdate(object, old, options).errors),
    ...(isStatus || old !== undefined ? [] : admitObject(object, options).errors),
    ...statusErrors(object, old ?? object),
  ];
  return errors.length === 0 ? undefined : invalid(errors);
}

/** Labels by which others keep pods away from nodes that they do not trust, as in Kubernetes. */
function isRestrictedLabel(label: string): boolean {
  const prefix = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  if (/(?:^|\.)node-restriction\.kubernetes\.io$/.test(prefix)) return true;
  if (!/(?:^|\.)(?:kubernetes|k8s)\.io$/.test(prefix)) return false;
  if (/(?:^|\.)(?:kubelet|node)\.kubernetes\.io$/.test(prefix)) return false;
  return !openLabels.has(label);
}

const openLabels: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
]);

function changedLabels(old: Meta, now: Meta): readonly string[] {
  const [before, after] = [recordOf(old['labels']), recordOf(now['labels'])];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (label) => before[label] !== after[label],
  );
}

type Meta = Readonly<Record<string, unknown>>;

function withoutLabels({ labels, annotations, ...rest }: Meta): Meta {
  return rest;
}

/** Something keeps it, or takes it along. */
function isKept({ finalizers, ownerReferences }: Meta): boolean {
  return finalizers !== undefined || ownerReferences !== undefined;
}

function isNamedAs(value: StoreValue, key: string): boolean {
  const { kind, metadata } = value as { readonly kind?: unknown; readonly metadata?: unknown };
  const { name, namespace } = recordOf(metadata);
  if (typeof kind !== 'string' || kindInfo(kind) === undefined || typeof name !== 'string') return false;
  if (namespace !== undefined && typeof namespace !== 'string') return false;
  return objectKey({ kind, namespace, name }) === key;
}

function isStaticPod(value: StoreValue | undefined): boolean {
  return recordOf(metaOf(value)['annotations'])['kubernetes.io/config.source'] === 'file';
}

function nodeOf(pod: StoreValue | undefined): unknown {
  return recordOf(fieldOf(pod, 'spec'))['nodeName'];
}

function reporterOf(event: StoreValue | undefined): unknown {
  return recordOf(fieldOf(event, 'source'))['host'];
}

function nodeKey(node: string): string {
  return `nodes/${node}`;
}

function leaseKey(node: string): string {
  return `leases/kube-node-lease/${node}`;
}

function metaOf(value: StoreValue | undefined): Meta {
  return recordOf(fieldOf(value, 'metadata'));
}

function fieldOf(value: StoreValue | undefined, name: string): unknown {
  return recordOf(value)[name];
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function forbidden(message: string): Refusal {
  return { code: 'FORBIDDEN', message };
}

function invalid(errors: readonly FieldError[]): Refusal {
  return { code: 'INVALID', message: errors.map(formatFieldError).join(', ') };
}
