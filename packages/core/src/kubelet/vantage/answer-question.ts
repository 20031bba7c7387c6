/** One probe for another node: whether it may be made here, and what came of it. */

import { FieldPath, formatFieldError } from '../../api/field-error.ts';
import type { NodeObject } from '../../api/objects.ts';
import type { StoredPod } from '../../api/pod.ts';
import {
  catchUpMsMax,
  isCurrentFor,
  type ProbeAnswer,
  type ProbeJob,
  type ProbeQuestion,
  probeAnswer,
  probeJobOf,
} from '../../bus/probe-question.ts';
import type { Clock } from '../../contract/clock.ts';
import { errorMessage, MooringError } from '../../contract/error.ts';
import type { Informer, ObjectCache } from '../../contract/informer.ts';
import type { ProbeAttempt, Prober } from '../../contract/prober.ts';
import { abortable } from '../../engine/abortable.ts';
import { withDeadline } from '../../engine/deadline.ts';
import { LruMap } from '../../engine/lru-map.ts';
import { nodeNameIndex } from '../../store/common-indices.ts';
import { runProbe } from '../probe/run-probe.ts';
import { probeTarget } from '../probe/target.ts';
import { addressProblem } from './probe-address.ts';

export interface VantagePorts {
  readonly nodeName: string;
  readonly clock: Clock;
  readonly probers: ReadonlyMap<string, Prober>;
  /** Pods of all nodes, indexed by `nodeName`. */
  readonly pods: Pick<Informer<StoredPod>, 'get' | 'subscribeTo'>;
  readonly nodes: Pick<ObjectCache<NodeObject>, 'get'>;
}

/** What others ask, before and after a gateway has looked at it. */
export type Asked = { readonly question: ProbeQuestion } | { readonly job: ProbeJob };

const boundMax = 1024;

export class QuestionAnswerer {
  private readonly ports: VantagePorts;
  /** Bound once, so that attempts of the same probe that hang are counted together. */
  private readonly bound = new LruMap<string, ProbeAttempt>(boundMax);

  constructor(ports: VantagePorts) {
    this.ports = ports;
  }

  /** Rejects with `signal.reason` only. */
  async answer(asked: Asked, signal: AbortSignal): Promise<ProbeAnswer> {
    const job = 'job' in asked ? asked.job : await this.jobOf(asked.question, signal);
    if (typeof job === 'string') return refused(job);
    // Behind a gateway a node does not know which of the others are on its own machine.
    const isSameHost = 'question' in asked && this.isSameHost(job.node);
    const problem = addressProblem(job.podIP, isSameHost);
    return problem === undefined ? await this.attempt(job, signal) : refused(problem);
  }

  private async attempt(job: ProbeJob, signal: AbortSignal): Promise<ProbeAnswer> {
    const attempt = this.bind(job);
    if (typeof attempt === 'string') return refused(attempt);
    const { handler, timeoutMs, ports, podIP, podUID, podName, namespace, containerID } = job;
    const facts = { podIP, podUID, podName, namespace, containerName: job.container, containerID, timeoutMs };
    const exec = () =>
      Promise.reject(new MooringError('EXEC_FAILED', 'no command runs in a container of another node'));
    const target = probeTarget({ ...facts, exec }, { ports });
    const result = await runProbe({ handler, attempt, target, timeoutMs, clock: this.ports.clock }, signal);
    return probeAnswer(result);
  }

  private bind(job: ProbeJob): ProbeAttempt | string {
    const { podUID, container, probe, handler, settings } = job;
    const key = `${podUID}/${container}/${probe}`;
    const known = this.bound.get(key);
    if (known !== undefined) return known;
    const prober = this.ports.probers.get(handler);
    if (prober === undefined) return `no prober for handler "${handler}" is loaded`;
    if (prober.network !== true) return `the handler "${handler}" works at the container only`;
    try {
      const parsed = prober.compile(settings, new FieldPath(handler));
      if (!parsed.ok) return parsed.errors.map(formatFieldError).join(', ');
      this.bound.set(key, parsed.value);
      return parsed.value;
    } catch (error) {
      return `prober "${handler}" failed to read its settings: ${errorMessage(error)}`;
    }
  }

  /** Waits for the pod as the node that asks has it. */
  private async jobOf(question: ProbeQuestion, signal: AbortSignal): Promise<ProbeJob | string> {
    const { clock, pods, nodeName } = this.ports;
    const { namespace, podName } = question;
    const isCurrent = (pod: StoredPod | undefined) => isCurrentFor(question, pod);
    const look = () => pods.get(namespace, podName);
    if (!isCurrent(look())) {
      const words = `waiting for pod ${namespace}/${podName}`;
      const waiting = withDeadline(clock, catchUpMsMax, signal, words, (inner) =>
        untilTold(pods, question.node, isCurrent, inner),
      );
      // What is known then is judged as it is.
      await waiting.catch(() => signal.throwIfAborted());
    }
    return probeJobOf(question, look(), nodeName);
  }

  private isSameHost(other: string): boolean {
    const { nodes, nodeName } = this.ports;
    const [ours, theirs] = [nodeName, other].map((name) => hostOf(nodes.get(undefined, name)));
    return ours !== undefined && ours === theirs;
  }
}

async function untilTold(
  pods: VantagePorts['pods'],
  node: string,
  isIt: (pod: StoredPod) => boolean,
  signal: AbortSignal,
): Promise<void> {
  let tell = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const onUpsert = (pod: StoredPod) => {
    if (isIt(pod)) tell();
  };
  const forget = pods.subscribeTo(nodeNameIndex, node, { onUpsert });
  try {
    await abortable(told, signal);
  } finally {
    forget();
  }
}

/** One kernel may have several networks; each of them has addresses of its own. */
function hostOf(node: NodeObject | undefined): string | undefined {
  const { nodeInfo, addresses = [] } = node?.status ?? {};
  const address = addresses.find(({ type }) => type === 'InternalIP')?.address;
  const bootID = nodeInfo?.['bootID'];
  return bootID === undefined || bootID === '' ? undefined : `${bootID} ${address}`;
}

function refused(message: string): ProbeAnswer {
  return probeAnswer({ kind: 'error', message });
}
