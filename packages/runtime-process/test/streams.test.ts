import { createHash, randomBytes } from 'node:crypto';
import type { ProcessStreams } from '@mooring/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { never, until } from '../../../test/support/runtime-node.ts';
import { Node } from './support/runtime.ts';

let node: Node;
let container: string;

beforeAll(async () => {
  node = await Node.open();
  container = await node.run('exec sleep 1000');
});

afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

const wants = (stdin: boolean, tty = false) => ({ stdin, tty });

async function open(script: string, options = wants(false), signal = never): Promise<ProcessStreams> {
  return await node.runtime.execStream(container, ['/bin/sh', '-c', script], options, signal);
}

async function read(process: ProcessStreams): Promise<Record<'stdout' | 'stderr', string>> {
  const text = { stdout: '', stderr: '' };
  for await (const { stream, bytes } of process.output) text[stream] += Buffer.from(bytes).toString('latin1');
  return text;
}

describe('a command with streams', () => {
  it('is given bytes as they are, and gives them back', async () => {
    const sent = randomBytes(3 * 1024 * 1024);
    const process = await open('cat', wants(true));
    const hash = createHash('sha256');
    const reading = (async () => {
      for await (const { bytes } of process.output) hash.update(bytes);
    })();
    await process.write(sent);
    process.closeInput();
    await reading;
    expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
    expect(await process.exitCode()).toBe(0);
  });

  it('may open its own input and outputs by their names', async () => {
    const process = await open('cat /dev/stdin; echo out >/dev/stdout; echo err >/dev/stderr', wants(true));
    await process.write(Buffer.from('in\n'));
    process.closeInput();
    expect(await read(process)).toEqual({ stdout: 'in\nout\n', stderr: 'err\n' });
  });

  it('may open its input long after that was closed', async () => {
    const process = await open('read -r _ </dev/stdin; sleep 0.3; cat /dev/stdin; echo done', wants(true));
    await process.write(Buffer.from('go\nin\n'));
    process.closeInput();
    expect((await read(process)).stdout).toBe('in\ndone\n');
  });

  it('waits for a reader that is slow, and loses nothing when it ends meanwhile', async () => {
    const process = await open('head -c 60000 /dev/zero; echo done >&2; exit 4');
    // It has ended long before anybody reads.
    await until('the command has ended', async () => (await process.exitCode()) === 4);
    expect((await read(process)).stdout).toHaveLength(60_000);
    const flood = await open('yes >/dev/stdout 2>/dev/null');
    let bytes = 0;
    for await (const chunk of flood.output) {
      bytes += chunk.bytes.byteLength;
      if (bytes > 1_000_000) break;
    }
    expect(await flood.exitCode()).toBe(128 + 13);
  });

  it('has ended although it left something behind that holds its output', async () => {
    const process = await open('sleep 600 & echo begun');
    expect(await read(process)).toEqual({ stdout: 'begun\n', stderr: '' });
    expect(await process.exitCode()).toBe(0);
  });

  it('says why it cannot be run', async () => {
    const run = node.runtime.execStream(container, ['no-such-program'], wants(true, true), never);
    await expect(run).rejects.toMatchObject({
      code: 'EXEC_FAILED',
      message: 'exec: "no-such-program": executable file not found in $PATH',
    });
  });
});

describe('a command in a terminal', () => {
  it('has one, of the size that it is told, and gives its exit code', async () => {
    const process = await open(
      'test -t 0 && test -t 1 && echo "on $TERM as $SHELL"; while [ "$(stty size)" != "33 99" ]; do sleep 0.05; done; echo resized >&2; exit 7',
      wants(true, true),
    );
    process.resize({ columns: 99, rows: 33 });
    expect(await read(process)).toEqual({ stdout: 'on xterm as \r\nresized\r\n', stderr: '' });
    expect(await process.exitCode()).toBe(7);
  });

  it('hears of keys', async () => {
    const process = await open(
      'trap "echo interrupted; exit 5" INT; echo ready; while :; do sleep 0.05; done',
      wants(true, true),
    );
    let said = '';
    for await (const { bytes } of process.output) {
      said += Buffer.from(bytes).toString();
      if (said.endsWith('ready\r\n')) await process.write(Buffer.from('\u0003'));
    }
    expect(said).toContain('interrupted');
    expect(await process.exitCode()).toBe(5);
  });

  it('ends with its terminal', async () => {
    const abort = new AbortController();
    const process = await open('echo ready; exec sleep 599', wants(true, true), abort.signal);
    const reading = read(process).catch((error: unknown) => error);
    abort.abort(new Error('closed'));
    expect(await reading).toBe(abort.signal.reason);
    await until('the command has gone', async () => {
      const { output } = await node.runtime.exec(
        container,
        ['pgrep', '-f', '^sleep 599'],
        { outputBytesMax: 100 },
        never,
      );
      return output === '';
    });
  });
});

describe('what a container uses', () => {
  it('is that of all its processes', async () => {
    const id = await node.run('(while :; do :; done) & exec sleep 1000');
    const measure = async () => await node.runtime.stats(id, never);
    await until(
      'it has used a tenth of a second',
      async () => ((await measure())?.cpuNanoseconds ?? 0) > 1e8,
    );
    expect((await measure())?.memoryBytes).toBeGreaterThan(10_000);
    await node.runtime.stopContainer(id, 0, never);
    expect(await measure()).toBeUndefined();
  });
});

describe('who is attached to a container', () => {
  const attach = async (id: string, stdin: boolean, signal = never) =>
    await node.runtime.attach(id, { stdin, tty: false }, signal);

  it('gives it its input and reads what it prints from then on', async () => {
    const id = await node.run('echo before; while read -r line; do echo "heard $line"; done; exit 3', {
      stdin: true,
    });
    const leaving = new AbortController();
    const first = await attach(id, true, leaving.signal);
    await first.write(Buffer.from('one\n'));
    for await (const { bytes } of first.output) if (Buffer.from(bytes).toString() === 'heard one\n') break;
    leaving.abort();
    // The input stays open for the next one, of another agent too.
    await node.reopen();
    const second = await attach(id, true);
    const reading = read(second);
    await second.write(Buffer.from('two\n'));
    await second.write(Buffer.from('three\n'));
    await node.untilPrinted(id, 'heard three');
    await node.runtime.stopContainer(id, 0, never);
    expect((await reading).stdout).toBe('heard two\nheard three\n');
  });

  it('ends the input of a container that is to have one once', async () => {
    const id = await node.run('sort; echo sorted', { stdin: true, stdinOnce: true });
    const process = await attach(id, true);
    const reading = read(process);
    await process.write(Buffer.from('b\na\n'));
    process.closeInput();
    expect((await reading).stdout).toBe('a\nb\nsorted\n');
    expect(await process.exitCode()).toBe(0);
  });

  it('is refused what the container was not made with', async () => {
    await expect(attach(container, true)).rejects.toMatchObject({ code: 'RUNTIME_UNSUPPORTED' });
    await expect(node.runtime.attach(container, { stdin: false, tty: true }, never)).rejects.toMatchObject({
      code: 'RUNTIME_UNSUPPORTED',
    });
    await expect(attach('nobody', false)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is told that an input was there once, and is no more', async () => {
    const id = await node.run('cat; exec 0<&-; echo read; sleep 60', { stdin: true, stdinOnce: true });
    (await attach(id, true)).closeInput();
    await node.untilPrinted(id, 'read');
    await expect(attach(id, true)).rejects.toMatchObject({
      code: 'RUNTIME_UNSUPPORTED',
      message: expect.stringMatching(/^container \S+ takes no input any more: it was read to its end/),
    });
    await node.runtime.stopContainer(id, 0, never);
  });
});

describe('a container in a terminal', () => {
  /** What is shown until it ends with these words. */
  async function shown(process: ProcessStreams, words: string): Promise<string> {
    let said = '';
    for await (const { bytes } of process.output) {
      said += Buffer.from(bytes).toString();
      if (said.endsWith(words)) return said;
    }
    throw new Error(`it ended before ${JSON.stringify(words)}, after ${JSON.stringify(said)}`);
  }

  it('shows its prompt, hears keys, has the size that it is told, and outlives its agent', async () => {
    const script = `trap 'echo stopped; exit 6' TERM; trap 'echo interrupted' INT
      while :; do printf 'your word: '; read -r word || continue; echo "heard $word at $(stty size)"; done`;
    const id = await node.run(script, { stdin: true, tty: true });
    const leaving = new AbortController();
    const first = await node.runtime.attach(id, { stdin: true, tty: true }, leaving.signal);
    first.resize({ columns: 99, rows: 33 });
    await until('it has that size', async () => {
      const read = ['sh', '-c', 'stty -F "$(readlink "/proc/$(pgrep -P "$1")/fd/0")" size', 'sh'];
      const command = [...read, String((await node.inspect(id)).pid)];
      const { output } = await node.runtime.exec(id, command, { outputBytesMax: 100 }, never);
      return output === '33 99\n';
    });
    await first.write(Buffer.from('one\n'));
    // No line is at an end there.
    await shown(first, 'heard one at 33 99\r\nyour word: ');
    leaving.abort();
    await node.reopen();
    const second = await node.runtime.attach(id, { stdin: true, tty: true }, never);
    const reading = shown(second, 'interrupted\r\nyour word: ');
    await second.write(Buffer.from('\u0003'));
    expect(await reading).toContain('interrupted');
    await node.runtime.stopContainer(id, 60_000, never);
    // The signal is for the program, not for who holds its terminal.
    expect(await node.inspect(id)).toMatchObject({ state: 'exited', exitCode: 6 });
    expect((await node.logs(id)).join('\n')).toMatch(/heard one at 33 99[\s\S]*stopped/);
  });

  it('is not at the end of its input, though nobody may write to it', async () => {
    const id = await node.run('test -t 0 && echo begun; read -r word; echo over', { tty: true });
    await node.untilPrinted(id, 'begun\r');
    await expect(node.runtime.attach(id, { stdin: true, tty: true }, never)).rejects.toMatchObject({
      code: 'RUNTIME_UNSUPPORTED',
    });
    await node.runtime.stopContainer(id, 0, never);
    expect((await node.logs(id)).join()).not.toContain('over');
  });

  it('ends with whoever was attached, where its input is to be had once', async () => {
    const id = await node.run('cat; echo over; exit 7', { stdin: true, stdinOnce: true, tty: true });
    const leaving = new AbortController();
    const process = await node.runtime.attach(id, { stdin: true, tty: true }, leaving.signal);
    await process.write(Buffer.from('hello\n'));
    await shown(process, 'hello\r\nhello\r\n');
    leaving.abort();
    expect(await node.untilExited(id)).toMatchObject({ exitCode: 7 });
  });
});
