/** Vectors of the back-off bookkeeping and of CrashLoopBackOff, on virtual time. */

import assert from 'node:assert/strict';
import { BackOff } from '../../packages/core/src/engine/back-off.ts';
import {
  type CrashLoopEntry,
  crashLoopDecision,
  crashLoopEvent,
  crashLoopKey,
  crashLoopSettings,
  crashLoopWaiting,
} from '../../packages/core/src/kubelet/container/crash-loop.ts';
import { assertShown } from '../shown.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';

interface GivenStep {
  readonly t: number;
  readonly call: 'get' | 'next' | 'inBackOffSince' | 'inBackOffSinceUpdate' | 'reset' | 'gc' | 'has';
  readonly id?: string;
  readonly eventTime?: number | null;
}

interface GivenOwner {
  readonly namespace: string;
  readonly podName: string;
  readonly podUID: string;
  readonly container: { readonly name: string; readonly image: string };
}

export const runners: TopicRunners = {
  sequence({ given, expect }: VectorCase) {
    const { expireAfterSeconds } = given;
    const expireAfterMs = typeof expireAfterSeconds === 'number' ? expireAfterSeconds * 1000 : undefined;
    const book = new BackOff({
      initialMs: given.initialSeconds * 1000,
      maxMs: given.maxSeconds * 1000,
      ...(expireAfterMs !== undefined && { hasExpired: (quietMs: number) => quietMs >= expireAfterMs }),
    });
    const results = given.steps.map((step: GivenStep) => call(book, step) ?? null);
    assert.deepEqual(results, expect.results);
  },

  jitter({ given, expect }: VectorCase) {
    // The lowest and the highest draw there can be, and what lies between.
    for (const draw of [0, 0.25, 0.5, 0.75, 0.999_999]) {
      const random = { next: () => draw, uuid: () => '' };
      const maxMs = given.maxSeconds * 1000;
      const settings = {
        initialMs: given.initialSeconds * 1000,
        maxMs,
        jitter: { factorMax: given.maxJitterFactor, random },
      };
      const book = new BackOff(settings);
      if (expect.before !== undefined) assert.equal(book.get('k'), expect.before);
      let previousMs = 0;
      for (let step = 0; step < given.steps; step += 1) {
        const nowMs = step * given.stepEverySeconds * 1000;
        book.next('k', nowMs, nowMs);
        const delayMs = book.get('k');
        const { above = given.initialSeconds, atMost = above * (1 + given.maxJitterFactor) } =
          expect.firstValue ?? {};
        const lowMs = step === 0 ? above * 1000 : 2 * previousMs;
        const highMs = step === 0 ? atMost * 1000 : lowMs + given.maxJitterFactor * previousMs;
        assert.ok(
          delayMs === maxMs || (delayMs > lowMs && delayMs <= highMs + 1e-6),
          `step ${step}: ${delayMs}`,
        );
        previousMs = delayMs;
      }
      assert.equal(previousMs, maxMs);
    }
  },

  crashLoop({ given, expect }: VectorCase) {
    const settings = crashLoopSettings({
      initialMs: given.initialSeconds * 1000,
      maxMs: given.maxSeconds * 1000,
    });
    let entry: CrashLoopEntry | undefined;
    const startTimes = [0];
    const exitTimes: number[] = [];
    const restartDelays: number[] = [];
    let nowMs = 0;
    for (const runSeconds of given.runSeconds) {
      const exitMs = nowMs + runSeconds * 1000;
      nowMs = exitMs;
      let decision = crashLoopDecision(entry, exitMs, nowMs, settings);
      if (!decision.start) {
        nowMs += decision.remainingMs;
        assert.ok(
          !crashLoopDecision(entry, exitMs, nowMs - 1, settings).start,
          'it waits to the last moment',
        );
        decision = crashLoopDecision(entry, exitMs, nowMs, settings);
      }
      assert.ok(decision.start, 'it starts when the wait is over');
      entry = decision.entry;
      exitTimes.push(exitMs / 1000);
      startTimes.push(nowMs / 1000);
      restartDelays.push((nowMs - exitMs) / 1000);
    }
    assertShown({ restartDelays, startTimes, exitTimes }, expect);
  },

  crashLoopState({ given, expect }: VectorCase) {
    let entry: CrashLoopEntry | undefined;
    // Each run ends at once, so an exit is as late as its start.
    let exitMs = 0;
    for (let restart = 0; restart < given.restarts; restart += 1) {
      const asked = crashLoopDecision(entry, exitMs, exitMs);
      const startMs = asked.start ? exitMs : exitMs + asked.remainingMs;
      const decision = crashLoopDecision(entry, exitMs, startMs);
      assert.ok(decision.start);
      entry = decision.entry;
      exitMs = startMs;
    }
    const decision = crashLoopDecision(entry, exitMs, exitMs + given.secondsSinceExit * 1000);
    if (expect.startsContainer !== undefined) assert.equal(decision.start, expect.startsContainer);
    if (decision.start) return;
    const waiting = crashLoopWaiting(given.pod, given.container, decision.delayMs);
    const { messageContains, ...shown } = expect.state?.waiting ?? {};
    assertShown(waiting, shown);
    assertContains(waiting.message, messageContains);
    if (!expect.event) return;
    const event = crashLoopEvent(given.pod, given.container);
    const { messageContains: inEvent, ...shownOfEvent } = expect.event;
    assertShown(event, shownOfEvent);
    assertContains(event.message, inEvent);
  },

  crashLoopKey({ given, expect }: VectorCase) {
    assert.equal(keyOf(given.a) === keyOf(given.b), expect.sameBackOff);
  },
};

function call(book: BackOff, { call: name, t, id = 'k', eventTime }: GivenStep): unknown {
  const nowMs = t * 1000;
  const eventMs = (eventTime ?? t) * 1000;
  switch (name) {
    case 'get':
      return book.get(id) / 1000;
    case 'next':
      return book.next(id, eventMs, nowMs);
    case 'inBackOffSince':
      return book.inBackOffSince(id, eventMs, nowMs);
    case 'inBackOffSinceUpdate':
      return book.inBackOffSinceUpdate(id, eventMs);
    case 'reset':
      return book.reset(id);
    case 'gc':
      return book.gc(nowMs);
    case 'has':
      return book.has(id);
    default:
      throw new Error(`there is no call ${name}`);
  }
}

function keyOf({ namespace, podName, podUID, container }: GivenOwner): string {
  return crashLoopKey({ metadata: { namespace, name: podName, uid: podUID } }, container);
}

function assertContains(text: string, parts: string | readonly string[] | undefined): void {
  for (const part of [parts ?? []].flat())
    assert.ok(text.includes(part), `${JSON.stringify(text)} lacks ${part}`);
}
