/** Logs: order, streams, rotation, following. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogLine, type LogOptions, systemClock } from '@mooring/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeFolder } from '../../../test/support/remove-folder.ts';
import { never, until } from '../../../test/support/runtime-node.ts';
import { readLog } from '../src/log-reader.ts';
import { Node } from './support/runtime.ts';

const logBytesMax = 2000;

let node: Node;
beforeEach(async () => {
  node = await Node.open({ logMaxBytes: logBytesMax, logMaxFiles: 3 });
});
afterEach(async () => {
  await node[Symbol.asyncDispose]();
});

const logFiles = (id: string) =>
  readdirSync(join(node.dataDir, 'runtime/containers', id)).filter((name) => name.startsWith('output.log'));

describe('a log', () => {
  it('is rotated by size, keeps the youngest files, and is read as one', async () => {
    const { id } = await node.runToEnd('i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo "line $i"; done');
    expect(logFiles(id).sort()).toEqual(['output.log', 'output.log.1', 'output.log.2']);
    for (const name of logFiles(id))
      expect(statSync(join(node.dataDir, 'runtime/containers', id, name)).size).toBeLessThanOrEqual(
        logBytesMax,
      );
    const lines = await node.logs(id);
    expect(lines.at(-1)).toBe('line 300');
    const first = Number(lines[0]?.split(' ')[1]);
    expect(lines).toEqual(Array.from({ length: 301 - first }, (_, i) => `line ${first + i}`));
  });

  it('is followed over rotations without losing or doubling a line', async () => {
    const id = await node.run('i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo "line $i"; sleep 0.005; done');
    const lines: string[] = [];
    for await (const { text } of node.runtime.logs(id, { follow: true }, never)) lines.push(text);
    expect(lines).toEqual(Array.from({ length: 200 }, (_, i) => `line ${i + 1}`));
    expect(logFiles(id).length).toBeGreaterThan(1);
  });

  it('is followed before anything is printed', async () => {
    const id = await node.run('sleep 0.3; echo late');
    const lines: string[] = [];
    for await (const { text } of node.runtime.logs(id, { follow: true }, never)) lines.push(text);
    expect(lines).toEqual(['late']);
  });

  it('is followed to its end when it is removed at once, also one that was empty until then', async () => {
    const flag = join(node.dataDir, 'trap-is-set');
    const id = await node.run(
      `trap 'echo got-term; exit 0' TERM; : > '${flag}'; while :; do sleep 0.02; done`,
    );
    const lines: string[] = [];
    const followed = (async () => {
      for await (const { text } of node.runtime.logs(id, { follow: true }, never)) lines.push(text);
    })();
    await until('the trap is set', () => existsSync(flag));
    await node.runtime.stopContainer(id, 5000, never);
    await node.runtime.removeContainer(id, never);
    await followed;
    expect(lines).toEqual(['got-term']);
  });

  it('goes on in a new file when somebody removes it, to make room', async () => {
    const id = await node.run('while :; do echo tick; sleep 0.05; done');
    await node.untilPrinted(id, 'tick');
    rmSync(join(node.dataDir, 'runtime/containers', id, 'output.log'));
    expect(await node.logs(id)).toEqual([]);
    await node.untilPrinted(id, 'tick');
  });

  it('goes on with a whole record after one that a full disk has cut', () => {
    const path = join(node.dataDir, 'torn.log');
    const writerModule = join(import.meta.dirname, '../src/supervisor/log-writer.js');
    // Plain JavaScript, as it is run.
    const script = `
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { LogWriter } from ${JSON.stringify(writerModule)};
const path = ${JSON.stringify(path)};
const writer = new LogWriter(path, { logBytesMax: 2000, logFilesMax: 3 });
symlinkSync('/dev/full', path);
writer.append(['2026-01-01T00:00:00.000Z stdout F lost\\n']);
writer.finish();
rmSync(path);
writeFileSync(path, '2026-01-01T00:00:01.000Z stdout F ha');
writer.append(['2026-01-01T00:00:02.000Z stdout F whole\\n']);
writer.append(['2026-01-01T00:00:03.000Z stdout F again\\n']);
writer.finish();`;
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    expect(readFileSync(path, 'utf8').split('\n')).toEqual([
      '2026-01-01T00:00:01.000Z stdout F ha',
      '2026-01-01T00:00:02.000Z stdout F whole',
      '2026-01-01T00:00:03.000Z stdout F again',
      '',
    ]);
  });

  it('keeps what was printed without an end of line, and every byte', async () => {
    const { id } = await node.runToEnd(`printf 'ünï\\n\\n  cödé \\t|\\nno end'`);
    expect(await node.logs(id)).toEqual(['ünï', '', '  cödé \t|', 'no end']);
  });

  it('puts long lines together again, and splits them where asked to', async () => {
    const { id } = await node.runToEnd(`head -c 50000 /dev/zero | tr '\\0' x; echo; echo end`);
    const lengths = async (options: LogOptions) => {
      const all: number[] = [];
      for await (const { text } of node.runtime.logs(id, options, never)) all.push(text.length);
      return all;
    };
    expect((await lengths({})).at(-1)).toBe(3);
    expect(Math.max(...(await lengths({ lineBytesMax: 1000 })))).toBe(1000);
  });

  it('does not stop a container that prints more than anybody reads', async () => {
    await using roomy = await Node.open();
    const { id, exitCode } = await roomy.runToEnd('yes | head -c 1000000; echo done >&2; exit 3');
    expect(exitCode).toBe(3);
    let count = 0;
    for await (const { stream } of roomy.runtime.logs(id, {}, never)) count += stream === 'stdout' ? 1 : 0;
    // Each two bytes became 36, and five files of 10 MiB are kept.
    expect(count).toBe(500_000);
  });

  it('is kept for an instance when the next one runs', async () => {
    const first = await node.runToEnd('echo first', { podUID: 'p' });
    const second = await node.runToEnd('echo second', { podUID: 'p', attempt: 1 });
    expect(await node.logs(first.id)).toEqual(['first']);
    expect(await node.logs(second.id)).toEqual(['second']);
  });
});

describe('reading a log', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mooring-log-'));
  });
  afterEach(() => removeFolder(dir));

  const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
  const source = () => ({ path: join(dir, 'log'), filesMax: 5, isComplete: () => true, clock: systemClock });

  async function read(options: LogOptions): Promise<readonly LogLine[]> {
    const lines: LogLine[] = [];
    for await (const line of readLog(source(), options, never)) lines.push(line);
    return lines;
  }

  it('gives time and stream of each line, from a given time on', async () => {
    writeFileSync(join(dir, 'log.1'), `${at(1)} stdout F one\n${at(2)} stderr F two\n`);
    writeFileSync(join(dir, 'log'), `${at(3)} stdout F three\n`);
    expect(await read({ sinceMs: Date.parse(at(2)) })).toEqual([
      { atMs: Date.parse(at(2)), stream: 'stderr', text: 'two' },
      { atMs: Date.parse(at(3)), stream: 'stdout', text: 'three' },
    ]);
  });

  it('puts the pieces of each stream together, also over files', async () => {
    writeFileSync(join(dir, 'log.1'), `${at(1)} stdout P he\n${at(1)} stderr P go\n`);
    writeFileSync(join(dir, 'log'), `${at(2)} stdout P ll\n${at(2)} stderr F od\n${at(3)} stdout F o\n`);
    expect((await read({})).map(({ stream, text }) => `${stream} ${text}`)).toEqual([
      'stderr good',
      'stdout hello',
    ]);
  });

  it('has the same last lines when only the end of it is read', async () => {
    const long = 'x'.repeat(16_384);
    const some = (from: number) =>
      Array.from({ length: 2000 }, (_, i) => {
        const number = from + i;
        // Every hundredth line is one of two pieces, with one of the other stream between them.
        if (number % 100 === 99)
          return `${at(1)} stderr P ${long}\n${at(1)} stdout F between ${number}\n${at(1)} stderr F ${number}\n`;
        return `${at(1)} stdout F line ${number}\n`;
      }).join('');
    writeFileSync(join(dir, 'log.2'), some(0));
    writeFileSync(join(dir, 'log.1'), some(2000));
    writeFileSync(join(dir, 'log'), some(4000));
    const all = await read({});
    expect(all).toHaveLength(6060);
    for (const tailLines of [0, 1, 2, 99, 1500, 2500, 5000, 10_000])
      expect(await read({ tailLines })).toEqual(tailLines === 0 ? [] : all.slice(-tailLines));
    expect(await read({ tailLines: 3, follow: true })).toEqual(all.slice(-3));
  });

  it('counts the last lines over files', async () => {
    for (const age of [2, 1, 0])
      writeFileSync(
        join(dir, age === 0 ? 'log' : `log.${age}`),
        `${at(1)} stdout F ${age}a\n${at(1)} stdout F ${age}b\n`,
      );
    expect((await read({ tailLines: 3 })).map(({ text }) => text)).toEqual(['1b', '0a', '0b']);
  });

  it('passes over a line that is damaged, and the half of one', async () => {
    writeFileSync(join(dir, 'log'), `nonsense\n\n${at(1)} stdout F good\n${at(1)} stdout F hal`);
    expect((await read({})).map(({ text }) => text)).toEqual(['good']);
  });

  it('of a container that never printed is empty', async () => {
    expect(await read({ follow: true })).toEqual([]);
  });
});

describe('a disk that is full, or a directory that is gone', () => {
  it('costs the log, not the container', async () => {
    const id = await node.run('echo before; while :; do echo more; sleep 0.01; done');
    await node.untilPrinted(id, 'before');
    removeFolder(join(node.dataDir, 'runtime/containers', id));
    await until('some time goes by', async () => (await node.inspect(id)).state === 'running');
    expect((await node.runToEnd('exit 3')).exitCode).toBe(3);
    await node.runtime.stopContainer(id, 0, never);
    expect((await node.inspect(id)).exitCode).toBe(137);
  });
});
