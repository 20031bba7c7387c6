/** Validation of a whole pod: every mistake at once, each with its path and Kubernetes' message. */

import type { Draft } from './draft.ts';
import { type FieldError, FieldPath, forbidden, invalid } from './field-error.ts';
import { type FieldErrors, followsRule, isEmpty, oneOf, withinRange } from './field-rules.ts';
import type { Labels } from './meta.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from './names.ts';
import type { Pod, PodSpec } from './pod.ts';
import { deletionCostAnnotation, podDeletionCost } from './pod-deletion-cost.ts';
import { affinityErrors } from './validate-affinity.ts';
import { appContainerErrors, type ContainerContext, initContainerErrors } from './validate-container.ts';
import { ephemeralContainerErrors } from './validate-ephemeral.ts';
import { labelErrors, type MetadataRules, metadataErrors } from './validate-meta.ts';
import { dnsErrors, hostAliasErrors, tolerationErrors } from './validate-pod-network.ts';
import type { ProbeHandlers } from './validate-probe.ts';
import { probeFromErrors } from './validate-probe-from.ts';
import { podSecurityErrors } from './validate-security.ts';
import { volumeErrors } from './validate-volume.ts';

/** What the rules of a pod have to know beside the pod. */
export interface ValidatePodOptions {
  /** Probers of plugins. Without them only the four handlers of Kubernetes are accepted. */
  readonly handlers?: ProbeHandlers;
  /**
   * The spec of the pod is the one of another pod that was found right, with its defaults: it is not looked at.
   *
   * @internal
   */
  readonly isSpecKnown?: boolean;
  /**
   * The pod takes the place of one that is there: only then can it have ephemeral containers.
   *
   * @internal
   */
  readonly isUpdate?: boolean;
}

const metadataPath = new FieldPath('metadata');
const podMetadata: MetadataRules = { isNamespaced: true, nameProblems: dns1123SubdomainProblems };

/** Takes a pod whose defaults are filled in (`defaultPod`); a missing default is reported as required. */
export function validatePod(pod: Draft<Pod>, options: ValidatePodOptions = {}): FieldError[] {
  return distinct([
    ...metadataErrors(pod.metadata ?? {}, metadataPath, podMetadata),
    ...podErrors(pod, options),
  ]);
}

/** Everything but the rules that metadata of all kinds share; one at a time, for who stops after the first so many. */
export function* podErrors({ metadata, spec = {} }: Draft<Pod>, options: ValidatePodOptions): FieldErrors {
  const annotationsPath = metadataPath.child('annotations');
  yield* podAnnotationErrors(metadata?.annotations ?? {}, annotationsPath);
  yield* probeFromErrors(metadata?.annotations ?? {}, spec, annotationsPath, options.handlers);
  if (!options.isSpecKnown)
    yield* podSpecErrors(spec, new FieldPath('spec'), { ...options, isTemplate: false });
}

/** Annotations that mean something on a pod. */
export function* podAnnotationErrors(annotations: Draft<Labels>, path: FieldPath): FieldErrors {
  const cost = annotations[deletionCostAnnotation];
  if (cost !== undefined && podDeletionCost({ [deletionCostAnnotation]: cost }) === undefined)
    yield invalid(path.key(deletionCostAnnotation), cost, 'must be a 32bit integer');
}

const deadlineSecondsMax = 2_147_483_647;

export interface PodSpecOptions extends ValidatePodOptions {
  /** The spec is that of a template: what is filled in when a pod is made from it may still be missing. */
  readonly isTemplate: boolean;
}

export function* podSpecErrors(spec: Draft<PodSpec>, path: FieldPath, options: PodSpecOptions): FieldErrors {
  const { isTemplate, handlers = new Map() } = options;
  const { volumes = [], containers = [], initContainers = [] } = spec;
  const context: ContainerContext = {
    gracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 0,
    hasOs: !isEmpty(spec.os?.name),
    volumeNames: new Set(volumes.map((volume) => volume.name ?? '')),
    handlers,
    isTemplate,
  };
  yield* volumeErrors(volumes, path.child('volumes'));
  yield* appContainerErrors(containers, path.child('containers'), context);
  yield* initContainerErrors(initContainers, path.child('initContainers'), context, containers);
  if ((spec.ephemeralContainers ?? []).length > 0) {
    const at = path.child('ephemeralContainers');
    if (isTemplate) yield forbidden(at, 'ephemeral containers not allowed in pod template');
    else if (options.isUpdate) yield* ephemeralContainerErrors(spec, at, context);
    else yield forbidden(at, 'cannot be set on create');
  }
  yield* policyErrors(spec, path);
  yield* nameErrors(spec, path);
  if (spec.hostNetwork === true) yield* hostNetworkErrors(spec, path, isTemplate);
  if (spec.nodeSelector) yield* labelErrors(spec.nodeSelector, path.child('nodeSelector'));
  if (spec.affinity) yield* affinityErrors(spec.affinity, path.child('affinity'));
  if (spec.securityContext) yield* podSecurityErrors(spec.securityContext, path.child('securityContext'));
  yield* dnsErrors(spec, path.child('dnsConfig'));
  yield* tolerationErrors(spec.tolerations ?? [], path.child('tolerations'));
  yield* hostAliasErrors(spec.hostAliases ?? [], path.child('hostAliases'));
  for (const [i, gate] of (spec.readinessGates ?? []).entries()) {
    const at = path.child('readinessGates').index(i).child('conditionType');
    yield* followsRule(at, gate.conditionType ?? '', qualifiedNameProblems);
  }
}

function* policyErrors(spec: Draft<PodSpec>, path: FieldPath): FieldErrors {
  yield* oneOf(path.child('restartPolicy'), spec.restartPolicy, ['Always', 'OnFailure', 'Never']);
  const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
  yield* oneOf(path.child('dnsPolicy'), spec.dnsPolicy, dnsPolicies);
  if (spec.os) yield* oneOf(path.child('os', 'name'), spec.os.name, ['linux', 'windows']);
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined)
    yield* withinRange(path.child('activeDeadlineSeconds'), deadline, 1, deadlineSecondsMax);
}

function* nameErrors(spec: Draft<PodSpec>, path: FieldPath): FieldErrors {
  const rules = [
    ['serviceAccountName', dns1123SubdomainProblems],
    ['nodeName', dns1123SubdomainProblems],
    ['priorityClassName', dns1123SubdomainProblems],
    ['hostname', dns1123LabelProblems],
    ['subdomain', dns1123LabelProblems],
  ] as const;
  for (const [field, rule] of rules) {
    const name = spec[field];
    if (!isEmpty(name)) yield* followsRule(path.child(field), name, rule);
  }
}

/** On the host's network the ports of the container are those of the host. */
function* hostNetworkErrors(spec: Draft<PodSpec>, path: FieldPath, isTemplate: boolean): FieldErrors {
  for (const [i, container] of (spec.containers ?? []).entries()) {
    for (const [j, { hostPort = 0, containerPort = 0 }] of (container.ports ?? []).entries()) {
      if (hostPort === containerPort || (isTemplate && hostPort === 0)) continue;
      const at = path.child('containers').index(i).child('ports').index(j).child('hostPort');
      yield invalid(at, hostPort, 'must match `containerPort` when `hostNetwork` is true');
    }
  }
}

/** The same complaint about the same field is made once; stops after `max` of them. */
export function distinct(errors: Iterable<FieldError>, max = Number.POSITIVE_INFINITY): FieldError[] {
  const byText = new Map<string, FieldError>();
  for (const error of errors) {
    byText.set(`${error.field}\n${error.message}`, error);
    if (byText.size >= max) break;
  }
  return [...byText.values()];
}
