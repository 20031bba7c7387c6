/** Runtime conformance: commands whose input and output are streams, where a runtime has such. */

import assert from 'node:assert/strict';
import { hasCode } from '../contract/error.ts';
import type { ExecStreamOptions, ProcessStreams } from '../contract/process-streams.ts';
import type { ConformanceCase } from './conformance-case.ts';
import type { ConformanceCommands, RuntimeConformanceContext } from './runtime-conformance-context.ts';
import { ConformancePod, settle } from './runtime-conformance-pod.ts';

const plain: ExecStreamOptions = { stdin: false, tty: false };
const never = new AbortController().signal;

export const streamCases: readonly ConformanceCase<RuntimeConformanceContext>[] = [
  streamCase('a streamed command gives both outputs apart', async ({ commands, open }) => {
    const { stdout, stderr } = await outputOf(await open(commands.prints('out', 'err')));
    assert.deepEqual([stdout.trim(), stderr.trim()], ['out', 'err']);
  }),
  streamCase('a streamed command gives its exit code after its output', async ({ commands, open }) => {
    for (const code of [0, 42]) {
      const process = await open(commands.exits(code));
      await outputOf(process);
      assert.equal(await process.exitCode(), code);
    }
  }),
  streamCase(
    'a streamed command sees the environment of its container and its own',
    async ({ commands, open }) => {
      const env = [{ name: 'COLOUR', value: 'red' }];
      const command = commands.printsVariable('COLOUR');
      assert.equal((await outputOf(await open(command))).stdout.trim(), 'blue');
      assert.equal((await outputOf(await open(command, { ...plain, env }))).stdout.trim(), 'red');
    },
  ),
  streamCase('a streamed command reads its input up to the end', async ({ commands, open }) => {
    if (commands.echoes === undefined) return;
    const process = await open(commands.echoes, { stdin: true, tty: false });
    const reading = outputOf(process);
    for (const word of ['one ', 'two ', 'three']) await process.write(Buffer.from(word));
    process.closeInput();
    assert.equal((await reading).stdout, 'one two three');
    assert.equal(await process.exitCode(), 0);
  }),
  streamCase('a streamed command without input reads an end at once', async ({ commands, open }) => {
    if (commands.echoes === undefined) return;
    assert.equal((await outputOf(await open(commands.echoes))).stdout, '');
  }),
  streamCase('a streamed command that is missing is EXEC_FAILED', async ({ commands, open }) => {
    await assert.rejects(open(commands.missing), (error) => hasCode(error, 'EXEC_FAILED'));
  }),
  streamCase('an abort kills a streamed command', async ({ commands, open, context, pod, id }) => {
    // Longer than a busy engine takes to say that the command has begun.
    const delayMs = 4000;
    const abort = new AbortController();
    const process = await open(commands.marksAfter('too-late', delayMs), plain, abort.signal);
    const outcome = outputOf(process).then(
      () => undefined,
      (error: unknown) => error,
    );
    abort.abort(new Error('nobody reads any more'));
    assert.equal(await settle(context, outcome), abort.signal.reason);
    await context.advance(delayMs + 1000);
    assert.notEqual((await pod.exec(id, commands.isMarked('too-late'))).exitCode, 0);
  }),
];

interface StreamScene {
  readonly pod: ConformancePod;
  readonly commands: ConformanceCommands;
  readonly id: string;
  readonly context: RuntimeConformanceContext;
  open(
    command: readonly string[],
    options?: ExecStreamOptions,
    signal?: AbortSignal,
  ): Promise<ProcessStreams>;
}

function streamCase(
  name: string,
  body: (scene: StreamScene) => Promise<void>,
): ConformanceCase<RuntimeConformanceContext> {
  return {
    name,
    needs: ({ runtime, commands }) => runtime.execStream !== undefined && commands !== undefined,
    run: (context) =>
      ConformancePod.use(context, async (pod) => {
        const { commands, programs, runtime } = context;
        assert.ok(commands);
        const id = await pod.run(programs.runsUntilStopped, { env: [{ name: 'COLOUR', value: 'blue' }] });
        const open: StreamScene['open'] = async (command, options = plain, signal = never) => {
          const process = await runtime.execStream?.(id, command, options, signal);
          assert.ok(process);
          return process;
        };
        await body({ pod, commands, id, context, open });
      }),
  };
}

async function outputOf(
  process: ProcessStreams,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const kept = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for await (const { stream, bytes } of process.output) kept[stream].push(bytes);
  return { stdout: Buffer.concat(kept.stdout).toString(), stderr: Buffer.concat(kept.stderr).toString() };
}
