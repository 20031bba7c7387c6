/** The probes of a node's containers: bound when the pod comes, run when their actors ask. */

import { FieldPath, formatFieldError } from '../../api/field-error.ts';
import { pauseOf } from '../../api/operator-wishes.ts';
import { type Container, type Probe, probeSettingKeys, type StoredPod } from '../../api/pod.ts';
import { probeFromOf } from '../../api/probe-from.ts';
import { probeAddress } from '../../bus/actor-address.ts';
import { errorMessage } from '../../contract/error.ts';
import type { ProbeAttempt, Prober, ProbeTarget } from '../../contract/prober.ts';
import { containerOf, type NodeContext, type PodRecord, podIPOf, recordOf } from '../node-context.ts';
import { probeEvent } from './probe-events.ts';
import { probeFromElsewhere } from './probe-from-elsewhere.ts';
import type { AttemptInput } from './probe-machine.ts';
import { type ProbeRun, type ProbeRunResult, runProbe } from './run-probe.ts';
import { probeSettings } from './settings.ts';
import { probeTarget } from './target.ts';
import { podProbes } from './workers.ts';

/** A probe of a container with its prober. */
export interface BoundProbe {
  readonly probe: Pick<ProbeRun, 'handler' | 'attempt' | 'timeoutMs'>;
  /** Where it went last: that seldom changes, and a probe costs less than to find it out anew. */
  aim?: Aim;
}

interface Aim {
  readonly spec: StoredPod['spec'];
  readonly containerID: string;
  readonly podIP: string;
  readonly run: ProbeRun;
}

/** Every probe of the pod with its prober; a probe that cannot be bound errors each time it is run, with the reason. */
export function bindProbes(pod: StoredPod, probers: ReadonlyMap<string, Prober>): Map<string, BoundProbe> {
  const bound = new Map<string, BoundProbe>();
  for (const { container, type, probe } of podProbes(pod.spec)) {
    const handler = handlerOf(probe);
    const { timeoutMs } = probeSettings(probe);
    const attempt = handler === undefined ? undefined : bind(handler, probe, probers);
    bound.set(`${container}/${type}`, { probe: { handler: handler ?? '', attempt, timeoutMs } });
  }
  return bound;
}

const settingKeys: ReadonlySet<string> = new Set(probeSettingKeys);

function handlerOf(probe: Probe): string | undefined {
  return Object.keys(probe).find(
    (key) => !settingKeys.has(key) && probe[key] !== undefined && probe[key] !== null,
  );
}

function bind(handler: string, probe: Probe, probers: ReadonlyMap<string, Prober>): ProbeAttempt {
  const prober = probers.get(handler);
  if (prober === undefined) return failing(`no prober for handler "${handler}" is loaded`);
  try {
    const parsed = prober.compile(probe[handler], new FieldPath(handler));
    if (parsed.ok) return parsed.value;
    return failing(parsed.errors.map(formatFieldError).join(', '));
  } catch (error) {
    return failing(`prober "${handler}" failed to read its settings: ${errorMessage(error)}`);
  }
}

function failing(message: string): ProbeAttempt {
  return () => Promise.reject(new Error(message));
}

const nothingLearnt: ProbeRunResult = { kind: 'error', message: 'the pod is paused', attempts: 0 };
/** Of what a probe said, in the record of a death. */
const answerLengthMax = 1024;

/** One probe with its retries; records its event. Rejects only with `signal.reason`. */
export async function runBoundProbe(
  node: NodeContext,
  key: AttemptInput,
  signal: AbortSignal,
): Promise<ProbeRunResult> {
  const record = recordOf(node, key.podUID);
  // Whoever holds the pod up does not want it judged. Traffic follows readiness all the same.
  if (key.type !== 'readiness' && pauseOf(record.pod) !== undefined) return nothingLearnt;
  const run = aimed(node, record, key);
  // As the annotation says now: it may change while the pod lives.
  const from = probeFromOf(record.pod.metadata.annotations, key.container, key.type);
  const result =
    from === undefined
      ? await runProbe(run, signal)
      : await probeFromElsewhere(node, record, { key, from, run }, signal);
  if (result.kind !== 'success') tell(node, record, key, result);
  return result;
}

function tell(node: NodeContext, record: PodRecord, key: AttemptInput, result: ProbeRunResult): void {
  const { container, type } = key;
  const { kind: outcome, message } = result;
  record.probeAnswers.set(`${container}/${type}`, message.slice(0, answerLengthMax));
  const event = probeEvent(type, result);
  if (event !== undefined) node.recordEvent(record.pod, { container, ...event });
  const { namespace, name: pod } = record.pod.metadata;
  const fact = { namespace, pod, container, probe: type, outcome, message };
  node.publishFact(probeAddress(key.podUID, container, type), 'unhealthy', fact);
}

/** The probe at the container as it is now. */
function aimed(node: NodeContext, record: PodRecord, key: AttemptInput): ProbeRun {
  const bound = record.probes.get(`${key.container}/${key.type}`);
  if (bound === undefined) throw new Error(`container ${key.container} has no ${key.type} probe`);
  const { containerID } = key;
  const { spec } = record.pod;
  const podIP = podIPOf(node, record);
  const { aim, probe } = bound;
  if (aim?.spec === spec && aim.containerID === containerID && aim.podIP === podIP) return aim.run;
  const container = containerOf(record.pod, key.container);
  const target = targetOf(node, record.pod, container, { containerID, podIP, timeoutMs: probe.timeoutMs });
  const { handler, attempt, timeoutMs } = probe;
  const run = { handler, attempt, target, timeoutMs, clock: node.clock };
  bound.aim = { spec, containerID, podIP, run };
  return run;
}

function targetOf(
  node: NodeContext,
  { metadata }: StoredPod,
  container: Container,
  { containerID, podIP, timeoutMs }: Pick<ProbeTarget, 'containerID' | 'podIP' | 'timeoutMs'>,
): ProbeTarget {
  const { uid: podUID, name: podName, namespace } = metadata;
  const { name: containerName } = container;
  const exec: ProbeTarget['exec'] = (command, options, signal) =>
    node.runtime.exec(containerID, command, options, signal);
  return probeTarget(
    { podUID, podName, namespace, containerName, containerID, podIP, timeoutMs, exec },
    container,
  );
}
