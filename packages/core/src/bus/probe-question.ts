/**
 * What a node asks of another one that is to probe one of its pods, and what it gets back. The question names a probe; what
 * is done is taken from the pod as the store has it, never from the question.
 */

import { FieldPath, invalid, type Parsed } from '../api/field-error.ts';
import { type ContainerPort, probeSettingKeys, type StoredPod } from '../api/pod.ts';
import { allContainers } from '../api/pod-containers.ts';
import { probeFromOf } from '../api/probe-from.ts';
import type { ProbeType } from '../api/validate-probe.ts';
import { probeFromSecondsMax } from '../api/validate-probe-from.ts';
import type { ProbeOutcome } from '../contract/prober.ts';
import { isRecord } from './envelope.ts';

export interface ProbeQuestion {
  /** Who asks. Through a gateway it is the one that the servers know, whatever stood here. */
  readonly node: string;
  readonly namespace: string;
  readonly podName: string;
  readonly podUID: string;
  readonly container: string;
  readonly probe: ProbeType;
  readonly containerID: string;
  /** The address that the node knows; the pod has to have the same one in the store. */
  readonly podIP: string;
}

/** One attempt, with everything that it needs. */
export interface ProbeJob extends ProbeQuestion {
  readonly handler: string;
  /** The raw value under the handler's key. */
  readonly settings: unknown;
  readonly ports: readonly ContainerPort[];
  readonly timeoutMs: number;
}

/** `error`: nothing was learnt about the container, or the node does not make the attempt; the message says why. */
export interface ProbeAnswer {
  readonly kind: ProbeOutcome | 'error';
  readonly message: string;
}

/** What of a message goes from node to node. */
const messageLengthMax = 1024;
const probeTypes: readonly string[] = ['liveness', 'readiness', 'startup'] satisfies readonly ProbeType[];
const answerKinds: readonly string[] = [
  'success',
  'warning',
  'failure',
  'error',
] satisfies readonly ProbeAnswer['kind'][];
const settingKeys: ReadonlySet<string> = new Set(probeSettingKeys);

export function decodeProbeQuestion(raw: unknown): Parsed<ProbeQuestion> {
  const fields = isRecord(raw) ? raw : {};
  const { node, namespace, podName, podUID, container, probe, containerID, podIP } = fields;
  const texts = { node, namespace, podName, podUID, container, probe, containerID, podIP };
  for (const [name, value] of Object.entries(texts))
    if (typeof value !== 'string' || value.length > 1024)
      return wrong(name, value, 'must be a string of at most 1024 characters');
  if (!probeTypes.includes(String(probe)))
    return wrong('probe', probe, `must be one of ${probeTypes.join(', ')}`);
  return { ok: true, value: texts as unknown as ProbeQuestion };
}

export function decodeProbeJob(raw: unknown): Parsed<ProbeJob> {
  const question = decodeProbeQuestion(raw);
  if (!question.ok) return question;
  const { handler, settings, ports, timeoutMs } = raw as Readonly<Record<string, unknown>>;
  if (typeof handler !== 'string') return wrong('handler', handler, 'must be a string');
  if (!Array.isArray(ports) || !ports.every(isPort)) return wrong('ports', ports, 'must be a list');
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs <= probeFromSecondsMax * 1000))
    return wrong('timeoutMs', timeoutMs, `must be at most ${probeFromSecondsMax * 1000}`);
  const given = { handler, settings, ports, timeoutMs };
  return { ok: true, value: { ...question.value, ...given } };
}

/** What goes back: no more than a verdict and why. What a container says when it is well stays where it was said. */
export function probeAnswer({ kind, message }: ProbeAnswer): ProbeAnswer {
  return { kind, message: kind === 'success' ? '' : message.slice(0, messageLengthMax) };
}

/** An answer that cannot be read is none. */
export function decodeProbeAnswer(raw: unknown): ProbeAnswer {
  const { kind, message } = isRecord(raw) ? raw : {};
  if (typeof kind !== 'string' || !answerKinds.includes(kind) || typeof message !== 'string')
    return { kind: 'error', message: 'its answer cannot be read' };
  return probeAnswer({ kind: kind as ProbeAnswer['kind'], message });
}

/** The pod as the node that asks has it: a cache may be a moment behind. */
export function isCurrentFor({ podUID, podIP }: ProbeQuestion, pod: StoredPod | undefined): boolean {
  return pod?.metadata.uid === podUID && pod.status?.podIP === podIP;
}

/** For which this is waited. */
export const catchUpMsMax = 1000;

/**
 * The attempt that is asked for, if this node may make it for the one that asks: the pod exists, runs there, and names this
 * node for this probe. Otherwise why not.
 */
export function probeJobOf(
  question: ProbeQuestion,
  pod: StoredPod | undefined,
  vantage: string,
): ProbeJob | string {
  const { node, namespace, podName, podUID, container: name, probe: type, podIP } = question;
  const words = `pod ${namespace}/${podName}`;
  if (pod?.metadata.uid !== podUID) return `${words} with UID ${podUID} is not known`;
  if (pod.spec.nodeName !== node) return `${words} does not run on ${node}`;
  if (probeFromOf(pod.metadata.annotations, name, type)?.nodes.includes(vantage) !== true)
    return `${words} does not want its ${name}/${type} to be made on ${vantage}`;
  if (pod.status?.podIP !== podIP) return `${words} has the address ${pod.status?.podIP}, not ${podIP}`;
  const container = allContainers(pod).find((one) => one.name === name);
  const probe = container?.[`${type}Probe`];
  const [handler, settings] = Object.entries(probe ?? {}).find(isHandler) ?? [];
  if (container === undefined || probe === undefined || handler === undefined)
    return `${words} has no ${name}/${type}`;
  // Refused at admission; it would be a way to make this node connect to anything.
  if (isRecord(settings) && settings['host'])
    return `${words}: ${name}/${type} is no probe of the pod itself`;
  return {
    ...question,
    handler,
    settings,
    ports: container.ports ?? [],
    timeoutMs: Math.min(probe.timeoutSeconds || 1, probeFromSecondsMax) * 1000,
  };
}

function isPort(raw: unknown): raw is ContainerPort {
  return isRecord(raw) && typeof raw['containerPort'] === 'number';
}

function isHandler([key, value]: readonly [string, unknown]): boolean {
  return !settingKeys.has(key) && value !== undefined && value !== null;
}

function wrong(field: string, value: unknown, rule: string): Parsed<never> {
  return { ok: false, errors: [invalid(new FieldPath(field), value, rule)] };
}
