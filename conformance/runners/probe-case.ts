/** What the runners of the probe vectors share: one attempt with a real time limit, and the words for its end. */

import assert from 'node:assert/strict';
import { FieldPath } from '../../packages/core/src/api/field-error.ts';
import type { Prober, ProbeTarget } from '../../packages/core/src/contract/prober.ts';

export interface AttemptEnd {
  readonly result: 'success' | 'warning' | 'failure' | 'unknown';
  /** The attempt could not be carried out. */
  readonly error: boolean;
  readonly message: string;
}

/** Replaces `{port}` and the like in every text of a vector; a text that is nothing but a placeholder becomes a number. */
export function fillIn<T>(value: T, numbers: Readonly<Record<string, number>>): T {
  const filled = JSON.stringify(value)
    .replace(/"\{(\w+)\}"/g, (whole, name: string) => String(numbers[name] ?? whole))
    .replace(/\{(\w+)\}/g, (whole, name: string) => String(numbers[name] ?? whole));
  return JSON.parse(filled) as T;
}

/** Compiles the settings and makes one attempt, aborted after `timeoutSeconds` as an agent does. */
export async function attempt(prober: Prober, raw: unknown, target: ProbeTarget): Promise<AttemptEnd> {
  const compiled = prober.compile(raw, new FieldPath(prober.handler));
  assert.ok(compiled.ok, `refused ${JSON.stringify(raw)}: ${JSON.stringify(compiled)}`);
  return await withinSeconds(target.timeoutMs / 1000, async (signal) => {
    const { outcome, message } = await compiled.value(target, signal);
    return { result: outcome, error: false, message };
  });
}

/** Runs with a signal that aborts after `seconds`; a rejection is an attempt that could not be carried out. */
export async function withinSeconds(
  seconds: number,
  run: (signal: AbortSignal) => Promise<AttemptEnd>,
): Promise<AttemptEnd> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('timeout')), seconds * 1000);
  try {
    return await run(controller.signal);
  } catch (error) {
    const isTimeout = controller.signal.aborted && error === controller.signal.reason;
    return { result: isTimeout ? 'failure' : 'unknown', error: !isTimeout, message: '' };
  } finally {
    clearTimeout(timer);
  }
}

export interface ExpectedEnd {
  readonly result?: string;
  readonly error?: boolean;
  readonly message?: string | null;
  readonly messageNotEmpty?: boolean;
  readonly messageContains?: string | readonly string[];
  readonly messageNotContains?: string | readonly string[];
  readonly messageRepeat?: { readonly text: string; readonly times: number };
  readonly maxSeconds?: number;
}

/** Compares all of an end that a vector says something about. */
export function assertEnd(end: AttemptEnd, expected: ExpectedEnd, tookSeconds = 0): void {
  // An attempt that could not be carried out has no result; upstream hands out "failure" beside the error then.
  const isErrorAsFailure = end.error && expected.error === true && expected.result === 'failure';
  if (expected.result !== undefined && !isErrorAsFailure)
    assert.equal(end.result, expected.result, `${end.result}: ${end.message}`);
  if (expected.error !== undefined) assert.equal(end.error, expected.error);
  if (expected.message !== undefined) assert.equal(end.message, expected.message ?? '');
  if (expected.messageNotEmpty === true) assert.notEqual(end.message, '');
  for (const text of [expected.messageContains ?? []].flat())
    assert.ok(end.message.includes(text), `${text} is not in ${end.message}`);
  for (const text of [expected.messageNotContains ?? []].flat())
    assert.ok(!end.message.includes(text), `${text} is in ${end.message}`);
  if (expected.messageRepeat !== undefined)
    assert.equal(end.message, expected.messageRepeat.text.repeat(expected.messageRepeat.times));
  if (expected.maxSeconds !== undefined)
    assert.ok(tookSeconds <= expected.maxSeconds, `took ${tookSeconds} s`);
}
