/** One probe that other nodes make, with one at the container where they cannot or see nothing. */

import type { ProbeFrom } from '../../api/probe-from.ts';
import { probeAddress } from '../../bus/actor-address.ts';
import type { NodeContext, PodRecord } from '../node-context.ts';
import type { AttemptInput } from './probe-machine.ts';
import { type ProbeRun, type ProbeRunResult, runProbe } from './run-probe.ts';
import { type Standing, standingEvent, standingOf } from './vantage-news.ts';
import { namesOf, resultFromElsewhere, resultWithLocal, type Tally, tallyOf } from './vantage-verdict.ts';

export interface ProbeElsewhere {
  readonly key: AttemptInput;
  readonly from: ProbeFrom;
  /** The probe as it is made at the container. */
  readonly run: ProbeRun;
}

/** As `runProbe`. */
export async function probeFromElsewhere(
  node: NodeContext,
  record: PodRecord,
  { key, from, run }: ProbeElsewhere,
  signal: AbortSignal,
): Promise<ProbeRunResult> {
  const others = from.nodes.filter((name) => name !== node.nodeName);
  // The only place that is named is this one.
  if (others.length === 0) return await runProbe(run, signal);
  const { podName, namespace, podIP } = run.target;
  const question = { ...key, node: node.nodeName, namespace, podName, podIP, probe: key.type };
  const answers = await node.vantages.ask(others, question, run.timeoutMs, signal);
  const tally = tallyOf(from.quorum, answers);
  const local = tally.kind === 'reached' ? undefined : await runProbe(run, signal);
  tellStanding(node, record, key, standingOf(tally, local), tally);
  return local === undefined ? resultFromElsewhere(tally) : resultWithLocal(key.type, tally, local);
}

function tellStanding(
  node: NodeContext,
  { pod, standings }: PodRecord,
  { podUID, container, type }: AttemptInput,
  now: Standing,
  tally: Tally,
): void {
  const place = `${container}/${type}`;
  const before = standings.get(place) ?? 'elsewhere';
  standings.set(place, now);
  if (before === now) return;
  const event = standingEvent({ type, before, now, tally, node: node.nodeName });
  if (event !== undefined) node.recordEvent(pod, { container, ...event });
  const [reached, failed, lost] = [tally.reached, tally.failed, tally.lost].map(namesOf);
  node.publishFact(probeAddress(podUID, container, type), 'vantage-changed', {
    namespace: pod.metadata.namespace,
    pod: pod.metadata.name,
    container,
    probe: type,
    standing: now,
    ...{ reached, failed, lost },
  });
}
