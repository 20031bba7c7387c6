/** The input and output of the process of a container itself. */

import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import {
  type AttachOptions,
  MooringError,
  type OutputChunk,
  onAbort,
  type ProcessStreams,
  type TerminalSize,
} from '@mooring/core';
import type { Container } from './container.ts';
import { containerFiles } from './supervisor-protocol.ts';
import { writeTo } from './write-to.ts';

export interface AttachPorts {
  /** What is printed after it has resolved: it goes through the log, line by line, or what a terminal shows at once. */
  follow(): Promise<AsyncIterable<OutputChunk>>;
  /** The process reads the end of its input after what was written. */
  closeInput(): Promise<void>;
  resize(size: TerminalSize): void;
}

/** Rejects with `RUNTIME_UNSUPPORTED` for what the container was not created with. */
export async function attachTo(
  container: Container,
  ports: AttachPorts,
  { stdin, tty }: AttachOptions,
  signal: AbortSignal,
): Promise<ProcessStreams> {
  const { config, launch } = container.record;
  const what = `container ${config.containerName}`;
  if (tty && launch.tty !== true) throw unsupported(`${what} has no terminal: ${whyNone(config)}`);
  if (stdin && !config.stdin) throw unsupported(`${what} has no input: its pod does not say \`stdin: true\``);
  const input = stdin ? openInput(container) : undefined;
  const output = await ports.follow();
  const end = () => {
    input?.destroy();
    // As in Kubernetes, the input of such a container ends with the first who was attached to it.
    if (stdin && config.stdinOnce === true) ports.closeInput().catch(() => undefined);
  };
  onAbort(signal, end);
  onAbort(container.endSignal, () => input?.destroy());
  return {
    output,
    write: (bytes) => (input === undefined ? Promise.resolve() : writeTo(input, bytes)),
    closeInput: () => {
      if (input === undefined || input.writableEnded) return;
      // What was written comes before the end.
      input.end(end);
    },
    resize: (size) => {
      if (launch.tty === true) ports.resize(size);
    },
    exitCode: async () => container.exit?.exitCode ?? 0,
  };
}

function openInput(container: Container): Socket {
  const path = join(container.dir, containerFiles.launch, containerFiles.stdin);
  const input = new Socket({ fd: openWriting(path, container.record), readable: false, writable: true });
  // The process has closed its input, or has ended.
  input.on('error', () => input.destroy());
  return input;
}

function openWriting(path: string, { config }: Container['record']): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    // The supervisor holds it open for as long as the container runs and its input is not at its end.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENXIO' && code !== 'ENOENT') throw error;
    const why = config.stdinOnce === true ? 'it was read to its end (`stdinOnce: true`), or it' : 'it';
    throw unsupported(`container ${config.containerName} takes no input any more: ${why} has just ended`);
  }
}

function whyNone({ tty }: Container['record']['config']): string {
  return tty
    ? 'this host has not the programs that make one, `script` and `stty`'
    : 'its pod does not say `tty: true`; a command in the container may have one';
}

function unsupported(message: string): MooringError {
  return new MooringError('RUNTIME_UNSUPPORTED', message);
}
