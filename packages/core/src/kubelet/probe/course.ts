/** What news of the container, and answers of an attempt, mean for the probe actor: the decisions of `probe-machine.ts`. */

import type {
  AttemptInput,
  AttemptOutput,
  ContainerChanged,
  PodTerminating,
  ProbeInput,
  ProbeVerdictChanged,
} from './probe-machine.ts';
import type { Schedule } from './schedule.ts';
import { judge, lookAtContainer, newWorker, recognise, type WorkerState, type WorkerView } from './worker.ts';

export interface ProbeContext {
  readonly input: ProbeInput;
  readonly worker: WorkerState;
  readonly view: WorkerView | undefined;
  readonly schedule: Schedule;
}

export type News = ContainerChanged | PodTerminating;

/** `go-on`: the timer or the attempt under way is still right. `arm`: probe, by a new reckoning of time. */
export type Course = 'retire' | 'rest' | 'go-on' | 'arm';

export function contextOf(input: ProbeInput): ProbeContext {
  const { firstDelayMs } = input;
  const schedule: Schedule = firstDelayMs === undefined ? fromStart : { from: 'start', firstDelayMs };
  return { input, worker: newWorker, view: undefined, schedule };
}

export function courseAfter(context: ProbeContext, news: News): Course {
  const view = viewAfter(context, news);
  const { next } = lookAtContainer(context.input, context.worker, view);
  if (next === 'exit') return 'retire';
  if (next === 'wait') return 'rest';
  const { view: before } = context;
  const sameStart = before?.containerID === view.containerID && before?.startedAtMs === view.startedAtMs;
  const wasProbing = lookAtContainer(context.input, context.worker, before).next === 'probe';
  return sameStart && wasProbing ? 'go-on' : 'arm';
}

/** What the attempt is told. It is made for a container that was seen to run. */
export function attemptInput({ input, worker }: ProbeContext): AttemptInput {
  const { podUID, container, type } = input;
  return { podUID, container, type, containerID: worker.containerID ?? '' };
}

/** The context once the news is taken in. A probe that retires decides nothing more: what it recorded stays as it was. */
export function learn(context: ProbeContext, news: News): ProbeContext {
  const view = viewAfter(context, news);
  const look = lookAtContainer(context.input, context.worker, view);
  if (look.next === 'exit') return { ...context, view };
  const worker = view.state === 'running' ? look.state : whileAbsent(context, look.state, view);
  return { ...context, view, worker, schedule: scheduleAfter(context, worker, view) };
}

/** The context once an attempt has answered; the same object when the answer changes nothing. */
export function settle(context: ProbeContext, output: AttemptOutput): ProbeContext {
  const worker = judge(context.input, context.worker, output.kind);
  const counted = context.schedule.from === 'probe' && output.isRequested !== true;
  if (counted && worker === context.worker) return context;
  const schedule: Schedule = counted ? context.schedule : { from: 'probe', beganAtMs: output.beganAtMs };
  return { ...context, worker, schedule };
}

/** What the owner must hear: the recorded result is new for its container ID, or different. */
export function verdictNews(
  before: ProbeContext,
  after: ProbeContext,
  message: string,
): ProbeVerdictChanged | undefined {
  const { containerID, verdict } = after.worker;
  if (containerID === undefined || verdict === undefined) return undefined;
  if (containerID === before.worker.containerID && verdict === before.worker.verdict) return undefined;
  return { type: 'probe.verdict-changed', probe: after.input.type, containerID, verdict, message };
}

const fromStart: Schedule = { from: 'start' };
const onRequest: Schedule = { from: 'request' };

function viewAfter(context: ProbeContext, news: News): WorkerView {
  const { view: before, input } = context;
  if (news.type === 'container.changed') {
    return before?.podIsTerminating ? { ...news, podIsTerminating: true } : news;
  }
  const known = before ?? { state: 'waiting', started: false, willRestart: true };
  return input.isSidecar ? known : { ...known, podIsTerminating: true };
}

/**
 * The kubelet records a failure for what does not run. Here that goes for readiness only: the owner would kill a container
 * that is about to start for a liveness failure which was never seen.
 */
function whileAbsent(context: ProbeContext, seen: WorkerState, view: WorkerView): WorkerState {
  const { input, worker } = context;
  if (input.type === 'readiness' || view.containerID === undefined) return seen;
  return recognise(input, worker, view.containerID);
}

function scheduleAfter(context: ProbeContext, worker: WorkerState, view: WorkerView): Schedule {
  const { worker: before, schedule } = context;
  if (before.containerID !== worker.containerID) {
    return before.containerID === undefined ? schedule : fromStart;
  }
  // Traffic waits for this answer alone: a readiness probe does not let a whole period pass after the start-up is over.
  const isReleased = context.view?.started === false && view.started;
  return isReleased && context.input.type === 'readiness' ? onRequest : schedule;
}
