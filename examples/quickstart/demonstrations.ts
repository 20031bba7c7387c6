/** What the quickstart shows: what is done to each pod, and by what one sees that it was answered as it should be. */

import type { Cluster, StoredPod } from '@mooring/core';
import { type Exit, isPodReady, type PodHistory } from './history.ts';
import { signalContainer } from './processes.ts';

export interface Demonstration {
  readonly pod: string;
  readonly title: string;
  /** What is done to it from outside. */
  readonly disturb?: (cluster: Cluster, signal: AbortSignal) => Promise<void>;
  /** What was seen of the behaviour, in a few words; `undefined` as long as it was not. */
  readonly evidence: (history: PodHistory, nowMs: number) => string | undefined;
}

/** Long enough for the slowest of them, on a busy machine. */
export const deadlineMs = 90_000;
/** How long nothing must happen before one believes that nothing will. */
const quietMs = 10_000;
/** A runtime may know the moment of an end no better than to the second. */
const lateSeconds = 1;

export const demonstrations: readonly Demonstration[] = [
  {
    pod: 'crash-loop',
    title: 'exits with an error: restarted at once',
    evidence: (history) =>
      restartedAfter(history, ({ exitCode, restartCount }) => exitCode === 3 && restartCount === 0),
  },
  {
    pod: 'crash-loop',
    title: 'goes on crashing: CrashLoopBackOff, longer each time',
    evidence: ({ backOffs, starts, exits }) => {
      const announced = backOffs.map((message) => /^back-off (\S+)/.exec(message)?.[1]);
      if (!announced.includes('10s') || !announced.includes('20s')) return undefined;
      const waited = [2, 3].map((count) => gapSeconds(exits, starts, count));
      if ((waited[0] ?? 0) < 10 - lateSeconds || (waited[1] ?? 0) < 20 - lateSeconds) return undefined;
      return `waited ${waited.map((seconds) => `${seconds?.toFixed(1)} s`).join(', then ')}`;
    },
  },
  {
    pod: 'killed',
    title: 'killed from outside by kill -9: restarted',
    disturb: whenReady('killed', 'SIGKILL'),
    evidence: (history) =>
      restartedAfter(history, ({ exitCode, signal }) => exitCode === 137 && signal === 'SIGKILL'),
  },
  {
    pod: 'liveness-http',
    title: 'seed/pod-liveness-http.yaml: answers 500 after ten seconds, restarted',
    evidence: (history) => restartedByLiveness(history, /statuscode: 500/),
  },
  {
    pod: 'goproxy',
    title: 'seed/pod-tcp-probes.yaml: ready by its TCP probe after 15 s, never restarted',
    evidence: ({ pod, readiness, starts }, nowMs) => {
      const [ready] = readiness;
      const [started] = starts;
      if (pod === undefined || !isPodReady(pod) || ready === undefined || started === undefined)
        return undefined;
      if (starts.length > 1 || readiness.length > 1 || nowMs - ready.atMs < quietMs) return undefined;
      return `ready after ${seconds(ready.atMs - started.atMs)}, 0 restarts`;
    },
  },
  {
    pod: 'liveness-tcp',
    title: 'its port shuts: TCP liveness restarts it',
    disturb: whenReady('liveness-tcp', 'SIGUSR1'),
    evidence: (history) => restartedByLiveness(history, /connection refused/),
  },
  {
    pod: 'liveness-exec',
    title: 'its health file is gone: exec liveness restarts it',
    evidence: (history) => restartedByLiveness(history, /No such file/),
  },
  {
    pod: 'hang',
    title: 'frozen by SIGSTOP: the liveness timeout finds it, the grace period ends it',
    disturb: whenReady('hang', 'SIGSTOP'),
    evidence: (history) => restartedByLiveness(history, /deadline exceeded/i),
  },
  {
    pod: 'readiness',
    title: 'seed/readiness-tcp-fragment.yaml: not ready while its port is shut, ready again, not restarted',
    async disturb(cluster, signal) {
      await whenReady('readiness', 'SIGUSR1')(cluster, signal);
      await waitUntil(cluster, 'readiness', (pod) => !isPodReady(pod), signal);
      await send(cluster, 'readiness', 'SIGUSR2');
    },
    evidence: ({ readiness, starts }) => {
      const [first, lost, back] = readiness;
      if (first === undefined || lost === undefined || back === undefined || starts.length > 1)
        return undefined;
      return `ready, not ready for ${seconds(back.atMs - lost.atMs)}, ready; 0 restarts`;
    },
  },
  {
    pod: 'always',
    title: 'restartPolicy Always: exit 0 is restarted too',
    evidence: (history) => restartedAfter(history, ({ exitCode }) => exitCode === 0),
  },
  {
    pod: 'on-failure',
    title: 'restartPolicy OnFailure: exit 1 is restarted, exit 0 is the end',
    evidence: ({ pod, exits }) => {
      const codes = exits.map(({ exitCode }) => exitCode).join(', ');
      return pod?.status?.phase === 'Succeeded' && codes === '1, 0'
        ? 'exit codes 1, 0; Succeeded'
        : undefined;
    },
  },
  {
    pod: 'never',
    title: 'restartPolicy Never: exit 1 is the end',
    evidence: ({ pod, exits, starts }, nowMs) => {
      const [exit] = exits;
      const isQuiet = exit !== undefined && nowMs - exit.atMs >= quietMs;
      if (!isQuiet || starts.length > 1 || pod?.status?.phase !== 'Failed') return undefined;
      return `exit code ${exit.exitCode}; Failed; 0 restarts`;
    },
  },
];

/** An end of that kind, and the start after it. */
function restartedAfter({ exits, starts }: PodHistory, isIt: (exit: Exit) => boolean): string | undefined {
  const exit = exits.find(isIt);
  const next = starts.find(({ restartCount }) => restartCount === (exit?.restartCount ?? 0) + 1);
  if (exit === undefined || next === undefined) return undefined;
  const by = exit.signal === undefined ? '' : ` (${exit.signal})`;
  return `exit code ${exit.exitCode}${by}, running again after ${Math.max(0, next.atMs - exit.atMs)} ms`;
}

/** The probe's own words, then the end that it brought about, then the next instance. */
function restartedByLiveness(history: PodHistory, words: RegExp): string | undefined {
  const failure = history.events.find(({ reason, message }) => reason === 'Unhealthy' && words.test(message));
  const said = failure && words.exec(failure.message)?.[0];
  const restarted = restartedAfter(history, ({ cause }) => cause.includes('failed liveness probe'));
  return said === undefined || restarted === undefined ? undefined : `${said}; ${restarted}`;
}

/** Between the end before the start of that count, and that start. */
function gapSeconds(
  exits: readonly Exit[],
  starts: PodHistory['starts'],
  restartCount: number,
): number | undefined {
  const exit = exits.find((one) => one.restartCount === restartCount - 1);
  const start = starts.find((one) => one.restartCount === restartCount);
  return exit && start && (start.atMs - exit.atMs) / 1000;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A signal from outside, to the process of a pod that is doing well. */
function whenReady(pod: string, name: NodeJS.Signals): NonNullable<Demonstration['disturb']> {
  return async (cluster, signal) => {
    await waitUntil(cluster, pod, isPodReady, signal);
    await send(cluster, pod, name);
  };
}

async function waitUntil(
  cluster: Cluster,
  pod: string,
  isMet: (pod: StoredPod) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for await (const change of cluster.watch('Pod', { signal }))
    if (change.type === 'put' && change.object.metadata.name === pod && isMet(change.object)) return;
  throw signal.reason;
}

async function send(cluster: Cluster, pod: string, name: NodeJS.Signals): Promise<void> {
  const [status] = (await cluster.get('Pod', 'default', pod))?.status?.containerStatuses ?? [];
  signalContainer(status?.containerID, name);
}
