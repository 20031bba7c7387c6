/** Where a test starts programs, and finds out what is left of them. */

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type Child, startProgram } from './program.ts';
import { removeFolder } from './remove-folder.ts';
import { shareTranspiled } from './transpiled.ts';

/** How long what was killed may take to be gone. */
const goneWithinMs = 5000;

export class Stage {
  private readonly root: string;
  private readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'examples-test-')));
  private readonly mark = `/no-such-directory/${randomUUID()}`;
  private readonly children: Child[] = [];

  /** Programs run in `root`. */
  constructor(root: string) {
    this.root = root;
    shareTranspiled(this.dir);
  }

  /**
   * In a process group of its own, as a shell starts it. Its directory for temporary files is ours, and its containers
   * inherit the PATH: whatever is left of it can be told by either.
   */
  start(command: string, ...args: string[]): Child {
    const env = { ...process.env, TMPDIR: this.dir, PATH: `${process.env['PATH']}:${this.mark}` };
    const child = startProgram(command, args, { cwd: this.root, env });
    this.children.push(child);
    return child;
  }

  example(name: string, ...args: string[]): Child {
    const options = ['--import=tsx', '--conditions=@mooring/source'];
    return this.start(process.execPath, ...options, `examples/${name}/main.ts`, ...args);
  }

  /** Resolves once something has made a directory of ours. */
  async untilUsed(): Promise<void> {
    await vi.waitUntil(() => this.directories().length > 0, { timeout: 30_000, interval: 5 });
  }

  /** What all of them have said so far, and what of them runs now. */
  said(): string {
    return [...this.children.map((child) => child.said()), ...this.processes()].join('\n');
  }

  /** Command lines of processes, and directories, that are still there after a moment. */
  async remains(): Promise<readonly string[]> {
    const left = () => [...this.processes(), ...this.directories()];
    // What is left is shown by the caller.
    await vi.waitUntil(() => left().length === 0, { timeout: goneWithinMs }).catch(() => undefined);
    return left();
  }

  /** Stops our processes whose command line has this word, so that they heed nothing but KILL; says how many. */
  freeze(word: string): number {
    const pids = this.processes()
      .filter((line) => line.includes(word))
      .map((line) => Number.parseInt(line, 10));
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    return pids.length;
  }

  close(): void {
    for (const child of this.children) child.kill('SIGKILL');
    removeFolder(this.dir);
  }

  private directories(): readonly string[] {
    return readdirSync(this.dir).filter((name) => name.startsWith('mooring'));
  }

  private processes(): readonly string[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    const isOurs = (pid: string) =>
      [this.dir, this.mark].some((word) => `${read(pid, 'environ')} ${read(pid, 'cmdline')}`.includes(word));
    return pids.filter(isOurs).map((pid) => `${pid} ${read(pid, 'cmdline').replaceAll('\0', ' ')}`);
  }
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended meanwhile, or is somebody else's.
    return '';
  }
}
