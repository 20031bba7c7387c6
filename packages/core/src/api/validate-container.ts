/** Containers of a pod: the rules they share, and those of app and init containers apart. */

import type { Draft } from './draft.ts';
import {
  duplicate,
  type FieldPath,
  forbidden,
  invalid,
  notSupported,
  required,
  tooMany,
} from './field-error.ts';
import {
  type FieldErrors,
  followsRule,
  isEmpty,
  oneOf,
  portNumber,
  portProtocol,
  requiredName,
} from './field-rules.ts';
import { dns1123LabelProblems, portNameProblems } from './names.ts';
import type { Container, ContainerPort, ContainerRestartRule, Lifecycle } from './pod.ts';
import { envErrors, envFromErrors } from './validate-env.ts';
import { builtInHandlers, exactlyOneHandler } from './validate-handler.ts';
import { type ProbeHandlers, type ProbeType, probeErrors } from './validate-probe.ts';
import { resourceErrors } from './validate-resources.ts';
import { containerSecurityErrors } from './validate-security.ts';
import { volumeMountErrors } from './validate-volume.ts';

/** What a container has to be seen together with. */
export interface ContainerContext {
  readonly gracePeriodSeconds: number;
  readonly hasOs: boolean;
  readonly volumeNames: ReadonlySet<string>;
  readonly handlers: ProbeHandlers;
  readonly isTemplate: boolean;
}

type Containers = readonly Draft<Container>[];

const probeTypes: readonly ProbeType[] = ['liveness', 'readiness', 'startup'];

export function* appContainerErrors(
  containers: Containers,
  path: FieldPath,
  context: ContainerContext,
): FieldErrors {
  if (containers.length === 0) return yield required(path);
  const names = new Set<string>();
  for (const [i, container] of containers.entries()) {
    yield* containerErrors(container, path.index(i), context);
    yield* hookAndProbeErrors(container, path.index(i), context);
    yield* uniqueName(container.name, path.index(i), names);
  }
  yield* hostPortConflicts(containers, path);
}

/** A name that an app container has too is reported here, on the init container. */
export function* initContainerErrors(
  containers: Containers,
  path: FieldPath,
  context: ContainerContext,
  appContainers: Containers,
): FieldErrors {
  const names = new Set(appContainers.map((container) => container.name ?? ''));
  for (const [i, container] of containers.entries()) {
    const at = path.index(i);
    yield* containerErrors(container, at, context);
    yield* uniqueName(container.name, at, names);
    if (container.restartPolicy === 'Always') yield* hookAndProbeErrors(container, at, context);
    else yield* nothingBesideRunning(container, at);
    // They run one after the other, so that two of them may use the same port.
    yield* portConflicts(container.ports ?? [], at, new Set());
  }
}

function* uniqueName(name: string | undefined, path: FieldPath, names: Set<string>): FieldErrors {
  if (isEmpty(name)) return;
  if (names.has(name)) yield duplicate(path.child('name'), name);
  names.add(name);
}

export function* containerErrors(
  container: Draft<Container>,
  path: FieldPath,
  context: ContainerContext,
): FieldErrors {
  const { name, image, ports, env, envFrom, volumeMounts, resources, securityContext } = container;
  yield* requiredName(path.child('name'), name, dns1123LabelProblems);
  if (isEmpty(image)) yield required(path.child('image'));
  // Templates may pad it: objects with such images have been stored since before this rule.
  else if (image.trim() !== image && !context.isTemplate)
    yield invalid(path.child('image'), image, 'must not have leading or trailing whitespace');
  const messagePolicies = ['File', 'FallbackToLogsOnError'];
  yield* oneOf(path.child('terminationMessagePolicy'), container.terminationMessagePolicy, messagePolicies);
  yield* oneOf(path.child('imagePullPolicy'), container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']);
  if (ports) yield* portErrors(ports, path.child('ports'));
  if (env) yield* envErrors(env, path.child('env'));
  if (envFrom) yield* envFromErrors(envFrom, path.child('envFrom'));
  if (volumeMounts) yield* volumeMountErrors(volumeMounts, path.child('volumeMounts'), context.volumeNames);
  if (resources) yield* resourceErrors(resources, path.child('resources'));
  if (securityContext) yield* containerSecurityErrors(securityContext, path.child('securityContext'));
  yield* restartErrors(container, path);
}

function* portErrors(ports: readonly Draft<ContainerPort>[], path: FieldPath): FieldErrors {
  const names = new Set<string>();
  for (const [i, { name, containerPort = 0, hostPort = 0, protocol }] of ports.entries()) {
    const at = path.index(i);
    if (!isEmpty(name)) {
      if (names.has(name)) yield duplicate(at.child('name'), name);
      else yield* followsRule(at.child('name'), name, portNameProblems);
      names.add(name);
    }
    if (containerPort === 0) yield required(at.child('containerPort'));
    else yield* portNumber(at.child('containerPort'), containerPort);
    if (hostPort !== 0) yield* portNumber(at.child('hostPort'), hostPort);
    yield* portProtocol(at.child('protocol'), protocol);
  }
}

function* hostPortConflicts(containers: Containers, path: FieldPath): FieldErrors {
  const taken = new Set<string>();
  for (const [i, container] of containers.entries())
    yield* portConflicts(container.ports ?? [], path.index(i), taken);
}

function* portConflicts(
  ports: readonly Draft<ContainerPort>[],
  path: FieldPath,
  taken: Set<string>,
): FieldErrors {
  for (const [i, { protocol = '', hostIP = '', hostPort = 0 }] of ports.entries()) {
    if (hostPort === 0) continue;
    const socket = `${protocol}/${hostIP}/${hostPort}`;
    if (taken.has(socket)) yield duplicate(path.child('ports').index(i).child('hostPort'), socket);
    taken.add(socket);
  }
}

function* hookAndProbeErrors(
  container: Draft<Container>,
  path: FieldPath,
  context: ContainerContext,
): FieldErrors {
  const { gracePeriodSeconds, handlers } = context;
  if (container.lifecycle) yield* lifecycleErrors(container.lifecycle, path.child('lifecycle'), context);
  for (const type of probeTypes) {
    const key = `${type}Probe` as const;
    const probe = container[key];
    if (probe) yield* probeErrors(probe, path.child(key), { type, gracePeriodSeconds, handlers });
  }
}

function* lifecycleErrors(
  lifecycle: Draft<Lifecycle>,
  path: FieldPath,
  context: ContainerContext,
): FieldErrors {
  for (const hook of ['postStart', 'preStop'] as const) {
    const handlers = lifecycle[hook];
    const at = path.child(hook);
    if (handlers) yield* exactlyOneHandler(builtInHandlers(handlers, at, context.gracePeriodSeconds), at);
  }
  // Which signals there are depends on the operating system.
  if (!isEmpty(lifecycle.stopSignal) && !context.hasOs)
    yield forbidden(path.child('stopSignal'), 'may not be set for containers with empty `spec.os.name`');
}

/** An init container is waited for: what concerns a running container makes no sense on it, unless it is a sidecar. */
function* nothingBesideRunning(container: Draft<Container>, path: FieldPath): FieldErrors {
  for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    if (container[field] !== undefined)
      yield forbidden(path.child(field), 'may not be set for init containers without restartPolicy=Always');
}

const restartRulesMax = 20;
const exitCodesMax = 255;

function* restartErrors(container: Draft<Container>, path: FieldPath): FieldErrors {
  const { restartPolicy, restartPolicyRules = [] } = container;
  const policies = ['Always', 'Never', 'OnFailure'];
  if (restartPolicy !== undefined) {
    if (!policies.includes(restartPolicy))
      yield notSupported(path.child('restartPolicy'), restartPolicy, policies);
  } else if (restartPolicyRules.length > 0)
    yield required(path.child('restartPolicy'), 'must specify restartPolicy when restart rules are used');
  const rulesPath = path.child('restartPolicyRules');
  if (restartPolicyRules.length > restartRulesMax)
    yield tooMany(rulesPath, restartPolicyRules.length, restartRulesMax);
  for (const [i, rule] of restartPolicyRules.entries()) yield* restartRuleErrors(rule, rulesPath.index(i));
}

function* restartRuleErrors(rule: Draft<ContainerRestartRule>, path: FieldPath): FieldErrors {
  yield* oneOf(path.child('action'), rule.action, ['Restart', 'RestartAllContainers']);
  const codesPath = path.child('exitCodes');
  if (rule.exitCodes === undefined) return yield required(codesPath, 'must be specified');
  const { operator, values = [] } = rule.exitCodes;
  yield* oneOf(codesPath.child('operator'), operator, ['In', 'NotIn']);
  if (values.length > exitCodesMax) yield tooMany(codesPath.child('values'), values.length, exitCodesMax);
}
