/** Vectors of one probe's judgement: thresholds, delays, gating, hold, retries, targets, and what `ready` makes of it. */

import assert from 'node:assert';
import { createActor, fromCallback } from 'xstate';
import type { ProbeAttempt, ProbeResult } from '../../packages/core/src/contract/prober.ts';
import { systemRandom } from '../../packages/core/src/engine/system-clock.ts';
import type { ProbeVerdictChanged } from '../../packages/core/src/kubelet/probe/probe-machine.ts';
import { containerReadiness } from '../../packages/core/src/kubelet/probe/readiness.ts';
import { type ProbeRunResult, runProbe } from '../../packages/core/src/kubelet/probe/run-probe.ts';
import { type ProbeType, probeSettings } from '../../packages/core/src/kubelet/probe/settings.ts';
import { probeTarget, resolveTarget } from '../../packages/core/src/kubelet/probe/target.ts';
import { wireProbe } from '../../packages/core/src/kubelet/probe/wire-probe.ts';
import {
  judge,
  lookBeforeProbe,
  newWorker,
  type WorkerRules,
  type WorkerView,
} from '../../packages/core/src/kubelet/probe/worker.ts';
import { podProbes } from '../../packages/core/src/kubelet/probe/workers.ts';
import { TestClock } from '../../packages/core/src/testing/test-clock.ts';
import { asSet, assertShown } from '../shown.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

export const runners: TopicRunners = {
  sequence,
  timeline,
  probeOnce,
  execCommand({ given, expect }) {
    const target = probeTarget(someTarget, { env: given.env ?? [] });
    assert.deepStrictEqual(target.expand(given.command), expect.command);
  },
  resolveTarget: ({ given, expect }) => {
    const target = probeTarget(
      { ...someTarget, podIP: given.podIP ?? '' },
      { ports: given.containerPorts ?? [] },
    );
    if (expect.error === true) return assert.throws(() => resolveTarget(given.action, target));
    // A gRPC probe names no host, and what the path is left out of stands for the root.
    const { host, path = given.kind === 'httpGet' ? '/' : undefined, ...action } = given.action;
    const named = given.kind === 'grpc' ? action : { ...action, host };
    assertShown({ ...resolveTarget(named, target), path }, { ...expect, error: null });
  },
  workers({ given, expect }) {
    const text = (worker: { readonly container: string; readonly type: string }) =>
      `${worker.type} of ${worker.container}`;
    assert.deepEqual(asSet(podProbes(given.pod.spec).map(text)), asSet((expect.workers ?? []).map(text)));
  },
  readiness,
};

const someTarget = {
  podIP: '127.0.0.1',
  podUID: 'uid',
  podName: 'pod',
  namespace: 'default',
  containerName: 'c',
  containerID: 'c-1',
  timeoutMs: 1000,
  exec: () => Promise.reject(new Error('no vector runs a command here')),
};

/** What these vectors leave out of a probe counts as 1, which is not what the API defaults to. */
function rulesOf(probeType: ProbeType, probe: object | null): WorkerRules {
  const written = { periodSeconds: 1, successThreshold: 1, failureThreshold: 1, ...withoutNulls(probe) };
  return { type: probeType, settings: probeSettings(written, 'kubelet') };
}

function withoutNulls(fields: object | null): object {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== null));
}

function sequence({ given, expect }: VectorCase): void {
  const rules = rulesOf(given.probeType, given.probe);
  const shown: readonly object[] = expect.steps ?? [];
  assert.ok(shown.length <= given.steps.length, 'no more is expected than steps are given');
  let state = newWorker;
  for (const [i, step] of given.steps.entries()) {
    const view = viewOf(step.pod, given.podRestartPolicy);
    const look = lookBeforeProbe(rules, state, view, step.t * 1000);
    state = look.next === 'probe' ? judge(rules, look.state, step.outcome) : look.state;
    const got = {
      keepGoing: look.next !== 'exit',
      probed: look.next === 'probe',
      result: state.verdict ?? null,
      onHold: state.onHold,
    };
    assertShown(got, shown[i] ?? {}, `step ${i}`);
  }
}

interface GivenPod {
  readonly phase?: string | null;
  readonly deleting?: boolean | null;
  readonly container: {
    readonly id: string;
    readonly state: WorkerView['state'];
    readonly startedAt?: number | null;
    readonly started?: boolean | null;
  } | null;
}

function viewOf(pod: GivenPod | null | undefined, restartPolicy: string): WorkerView | undefined {
  if (!pod) return undefined;
  const { container } = pod;
  const { id, startedAt } = container ?? {};
  return {
    ...(id && { containerID: id }),
    ...(typeof startedAt === 'number' && { startedAtMs: startedAt * 1000 }),
    state: container?.state ?? 'waiting',
    started: container?.started ?? false,
    willRestart: restartPolicy !== 'Never',
    podPhaseIsFinal: pod.phase === 'Failed' || pod.phase === 'Succeeded',
    podIsTerminating: pod.deleting ?? false,
  };
}

async function timeline({ given, expect }: VectorCase): Promise<void> {
  const clock = new TestClock();
  const beganMs = clock.now();
  const seconds = () => (clock.now() - beganMs) / 1000;
  const changes: { t: number; result: string }[] = [];
  const owner = createActor(
    fromCallback<ProbeVerdictChanged>(({ receive }) => {
      receive(({ verdict }) => changes.push({ t: seconds(), result: verdict }));
    }),
  ).start();
  const attempt = async (): Promise<ProbeRunResult> => {
    const now = (given.outcomes ?? []).find(
      ({ from, to }: { from?: number; to?: number | null }) =>
        (from ?? 0) <= seconds() && seconds() < (to ?? Number.POSITIVE_INFINITY),
    );
    return { kind: now?.result ?? 'error', message: '', attempts: 1 };
  };
  const attemptBroke = (_: unknown, error: unknown) => assert.fail(String(error));
  const probe = createActor(wireProbe({ clock, random: systemRandom, attempt, attemptBroke }), {
    clock,
    input: { owner, podUID: 'pod', container: 'c', ...rulesOf(given.probeType, given.probe) },
  }).start();
  probe.send({
    type: 'container.changed',
    containerID: 'c-1',
    state: 'running',
    startedAtMs: beganMs,
    started: given.probeType !== 'startup',
    willRestart: true,
  });
  await clock.advanceBy(given.untilSeconds * 1000);
  probe.stop();
  assert.deepStrictEqual(changes, expect.changes);
}

async function probeOnce({ given, expect }: VectorCase): Promise<void> {
  const outcomes: readonly string[] = [given.handlerOutcome ?? []].flat();
  let calls = 0;
  const attempt: ProbeAttempt = async () => {
    const outcome = outcomes[Math.min(calls++, outcomes.length - 1)];
    if (outcome === 'error') throw new Error('cannot be carried out');
    return { outcome, message: '' } as ProbeResult;
  };
  const run = {
    handler: 'exec',
    attempt: outcomes.length === 0 ? undefined : attempt,
    target: probeTarget(someTarget, {}),
    timeoutMs: 1000,
    clock: new TestClock(),
  };
  const { kind } = await runProbe(given.probe === null ? undefined : run, new AbortController().signal);
  const result = kind === 'success' || kind === 'warning' ? 'success' : 'failure';
  const got = {
    result,
    error: kind === 'error',
    attempts: calls,
  };
  assertShown(got, expect);
}

function readiness({ given, expect }: VectorCase): void {
  const started: Record<string, boolean> = {};
  const ready: Record<string, boolean> = {};
  const lists = { app: given.containers ?? [], init: given.initContainers ?? [] };
  for (const [list, containers] of Object.entries(lists)) {
    for (const container of containers) {
      const role = list === 'app' ? 'app' : container.restartPolicy === 'Always' ? 'sidecar' : 'init';
      const { name, state, exitCode, probes, results } = container;
      const facts = { role, state, exitCode: exitCode ?? undefined } as const;
      const found = containerReadiness({ ...facts, probes: probes ?? [], verdicts: results ?? {} });
      started[name] = found.started;
      ready[name] = found.ready;
    }
  }
  for (const [what, wanted] of Object.entries<Record<string, boolean>>(expect))
    assertShown(what === 'started' ? started : ready, wanted, what);
}
