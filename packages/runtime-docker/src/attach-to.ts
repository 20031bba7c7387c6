/** The input and output of the process of a container itself. */

import type { Duplex } from 'node:stream';
import { type AttachOptions, MooringError, type ProcessStreams, sleep } from '@mooring/core';
import type { ExecPorts } from './exec-command.ts';
import type { ExitListeners } from './exit-listeners.ts';
import { frames } from './frames.ts';
import type { Instances } from './instances.ts';
import { processStreams } from './process-streams.ts';

export interface AttachPorts extends ExecPorts {
  readonly instances: Instances;
  readonly exits: ExitListeners;
}

/** How often is asked whether it has ended, in case the engine does not say. */
const pollMs = 1_000;

/** As `ContainerRuntime.attach`. */
export async function attachTo(
  ports: AttachPorts,
  id: string,
  { stdin, tty }: AttachOptions,
  signal: AbortSignal,
): Promise<ProcessStreams> {
  const { engine, instances } = ports;
  const instance = await instances.look(id, signal);
  if (instance?.info.state !== 'running')
    throw new MooringError('NOT_FOUND', `container ${id} is not running`);
  const { record, hasInput, endsInput } = instance;
  const what = `container ${record.containerName}`;
  if (tty && !record.tty) throw unsupported(`${what} has no terminal: its pod does not say \`tty: true\``);
  if (stdin && !hasInput) throw unsupported(`${what} has no input: its pod does not say \`stdin: true\``);
  const wanted = { stream: true, stdout: true, stderr: true, stdin, ...(stdin && { hijack: true }) };
  const begun = await engine.call(`attaching to ${what}`, signal, (docker) =>
    docker.getContainer(id).attach(wanted),
  );
  const connection = engine.cutOff(begun, `attaching to ${what}`, signal);
  const streams = processStreams({
    ...{ output: frames(connection, record.tty), ...(stdin && { input: connection as Duplex }), signal },
    async resize({ columns, rows }) {
      if (record.tty) await engine.docker.getContainer(id).resize({ w: columns, h: rows });
    },
    exitCode: () => exitCodeOf(ports, id, signal),
    onAbort: () => connection.destroy(),
  });
  // Where the input goes on for others, the engine takes the end of ours for that of the output.
  return endsInput ? streams : { ...streams, closeInput() {} };
}

async function exitCodeOf(
  { clock, instances, exits }: AttachPorts,
  id: string,
  signal: AbortSignal,
): Promise<number> {
  for (;;) {
    const over = new AbortController();
    const forget = exits.add(id, () => over.abort());
    try {
      const info = (await instances.look(id, signal))?.info;
      if (info === undefined) throw new MooringError('NOT_FOUND', `container ${id} is gone`);
      if (info.state === 'exited') return info.exitCode ?? 0;
      await sleep(clock, pollMs, AbortSignal.any([over.signal, signal])).catch(ignoreHint);
      signal.throwIfAborted();
    } finally {
      forget();
    }
  }
}

function unsupported(message: string): MooringError {
  return new MooringError('RUNTIME_UNSUPPORTED', message);
}

/** The engine said that it ended: time to look. */
function ignoreHint(): void {}
