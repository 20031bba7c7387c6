/** Runtime conformance: commands run inside a container. */

import assert from 'node:assert/strict';
import { hasCode } from '../contract/error.ts';
import type { ConformanceCase } from './conformance-case.ts';
import type { ConformanceCommands, RuntimeConformanceContext } from './runtime-conformance-context.ts';
import { ConformancePod, rejectionOf, settle } from './runtime-conformance-pod.ts';

const outputBytesMax = 10_240;

export const execCases: readonly ConformanceCase<RuntimeConformanceContext>[] = [
  execCase('a command gives its exit code', async (pod, commands, id) => {
    for (const code of [0, 1, 42]) assert.equal((await pod.exec(id, commands.exits(code))).exitCode, code);
  }),
  execCase('a command gives its standard output, then its standard error', async (pod, commands, id) => {
    const { output } = await pod.exec(id, commands.prints('out', 'err'));
    assert.equal(output.replaceAll('\n', ''), 'outerr');
  }),
  execCase('a command sees the environment of its container and its own', async (pod, commands, id) => {
    const inherited = await pod.exec(id, commands.printsVariable('COLOUR'));
    assert.equal(inherited.output.trim(), 'blue');
    const env = [{ name: 'COLOUR', value: 'red' }];
    assert.equal((await pod.exec(id, commands.printsVariable('COLOUR'), { env })).output.trim(), 'red');
  }),
  execCase('output beyond the limit is thrown away and the command goes on', async (pod, commands, id) => {
    const { exitCode, output } = await pod.exec(id, commands.floods(outputBytesMax * 3), { outputBytesMax });
    assert.equal(exitCode, 0);
    assert.equal(output.length, outputBytesMax);
    assert.match(output, /^x+$/);
  }),
  execCase('a command that is missing is EXEC_FAILED', async (pod, commands, id) => {
    await assert.rejects(pod.exec(id, commands.missing), (error) => hasCode(error, 'EXEC_FAILED'));
  }),
  execCase('an abort rejects with its reason and kills the command', async (pod, commands, id, context) => {
    // Longer than a busy engine takes to say that the command has begun.
    const delayMs = 4000;
    const abort = new AbortController();
    const options = { outputBytesMax };
    const run = context.runtime.exec(id, commands.marksAfter('late', delayMs), options, abort.signal);
    const outcome = rejectionOf(run);
    await context.advance(context.stepMs);
    abort.abort(new Error('took too long'));
    assert.equal(await settle(context, outcome), abort.signal.reason);
    await context.advance(delayMs + 1000);
    assert.notEqual((await pod.exec(id, commands.isMarked('late'))).exitCode, 0);
    await pod.exec(id, commands.marksAfter('late', 0));
    assert.equal((await pod.exec(id, commands.isMarked('late'))).exitCode, 0);
  }),
  execCase('a command ends with its container', async (pod, commands, id, context) => {
    const run = context.runtime.exec(id, commands.hangs, { outputBytesMax }, new AbortController().signal);
    // Whether it rejects or gives the exit code of a kill is left to the runtime; it must not hang.
    const outcome = rejectionOf(run);
    await context.advance(context.stepMs);
    await pod.stop(id, 0);
    await settle(context, outcome);
  }),
  execCase('a command in a container that has exited is EXEC_FAILED', async (pod, commands, id) => {
    await pod.stop(id, 0);
    await assert.rejects(pod.exec(id, commands.exits(0)), (error) => hasCode(error, 'EXEC_FAILED'));
  }),
  execCase('a command in a container that never was is EXEC_FAILED', async (pod, commands) => {
    const exec = pod.exec('no-such-container', commands.exits(0));
    await assert.rejects(exec, (error) => hasCode(error, 'EXEC_FAILED'));
  }),
];

type ExecBody = (
  pod: ConformancePod,
  commands: ConformanceCommands,
  id: string,
  context: RuntimeConformanceContext,
) => Promise<void>;

/** A case with a container that runs, and `COLOUR=blue` in its environment. */
function execCase(name: string, body: ExecBody): ConformanceCase<RuntimeConformanceContext> {
  return {
    name,
    needs: ({ runtime, commands }) => runtime.capabilities.exec && commands !== undefined,
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const { commands, programs } = context;
        assert.ok(commands);
        const id = await pod.run(programs.runsUntilStopped, { env: [{ name: 'COLOUR', value: 'blue' }] });
        await body(pod, commands, id, context);
      }),
  };
}
