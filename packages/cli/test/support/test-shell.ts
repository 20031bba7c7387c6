/** A shell without a terminal: what moor writes is kept, and it is interrupted by hand. */

import { systemClock } from '@mooring/core';
import { type Environment, runMoor, type Shell } from '../../src/index.ts';

export interface TestShell extends Shell {
  /** Everything on standard output so far. */
  readonly outText: () => string;
  readonly errText: () => string;
  interrupt(): void;
}

export interface TestShellOptions {
  readonly cwd?: string;
  readonly env?: Environment;
  readonly input?: string;
  readonly isTTY?: boolean;
}

export function testShell({
  cwd = '/nowhere',
  env = {},
  input = '',
  isTTY = false,
}: TestShellOptions = {}): TestShell {
  const texts = { out: '', err: '' };
  const gentle = new AbortController();
  const keep = (name: keyof typeof texts) => ({
    isTTY,
    columns: 120,
    write(text: string) {
      texts[name] += text;
    },
  });
  return {
    out: keep('out'),
    err: keep('err'),
    env,
    cwd,
    clock: systemClock,
    interrupts: { gentle: gentle.signal, hard: new AbortController().signal },
    readInput: async () => input,
    outText: () => texts.out,
    errText: () => texts.err,
    interrupt: () => gentle.abort(),
  };
}

/** Runs moor to its end. */
export async function moor(argv: readonly string[], options: TestShellOptions = {}) {
  const shell = testShell(options);
  const exitCode = await runMoor(argv, shell);
  return { exitCode, out: shell.outText(), err: shell.errText() };
}
