/** `exec-probe.json`: the exec prober over scripted and over real commands. */

import assert from 'node:assert/strict';
import { MooringError } from '../../packages/core/src/contract/error.ts';
import type { ProbeTarget } from '../../packages/core/src/contract/prober.ts';
import { abortable } from '../../packages/core/src/engine/abortable.ts';
import { fakeTarget } from '../../packages/core/src/testing/fake-target.ts';
import { localExec } from '../../packages/core/src/testing/local-exec.ts';
import { execProber } from '../../packages/probe-exec/src/exec-prober.ts';
import type { TopicRunners, VectorCase } from '../vectors.ts';
import { type AttemptEnd, assertEnd, attempt } from './probe-case.ts';

export const runners: TopicRunners = {
  async probe({ given, expect }) {
    const target = fakeTarget({ timeoutMs: timeoutMsOf(given), exec: scripted(given.run) });
    assertOutput(await attempt(execProber(), { command: ['check'] }, target), expect);
  },

  async command({ given, expect }) {
    const startMs = performance.now();
    const target = fakeTarget({ timeoutMs: timeoutMsOf(given), exec: localExec });
    const end = await attempt(execProber(), { command: given.command }, target);
    assertOutput(end, expect, (performance.now() - startMs) / 1000);
  },
};

function timeoutMsOf({ timeoutSeconds }: VectorCase['given']): number {
  return (timeoutSeconds ?? 1) * 1000;
}

/** A runtime that ends the command as the vector says, and leaves the cutting of the output to the prober. */
function scripted(run: VectorCase['given']): ProbeTarget['exec'] {
  const output = outputOf(run.output);
  return (_command, _options, signal) => {
    if (run.outcome === 'cannot-run')
      return Promise.reject(new MooringError('EXEC_FAILED', run.message ?? 'cannot run'));
    if (run.outcome === 'timeout') return abortable(new Promise<never>(() => {}), signal);
    return Promise.resolve({ exitCode: run.exitCode ?? 0, output });
  };
}

/** A text so many times; a text alone, or nothing, stands for itself. */
function outputOf(output: VectorCase['given']): string {
  return typeof output === 'object' && output !== null
    ? output.text.repeat(output.times ?? 1)
    : (output ?? '');
}

function assertOutput(end: AttemptEnd, expected: VectorCase['expect'], tookSeconds = 0): void {
  assertEnd(end, expected, tookSeconds);
  if (expected.output !== undefined) assert.equal(end.message, outputOf(expected.output));
  if (expected.outputText !== undefined) assert.equal(end.message, expected.outputText);
  if (expected.outputLength !== undefined)
    assert.equal(Buffer.byteLength(end.message), expected.outputLength);
  for (const text of [expected.outputContains ?? []].flat())
    assert.ok(end.message.includes(text), `${text} is not in ${end.message}`);
}
