/** What a shell remembers, and how a subshell begins with a copy of it. */

import type { Node } from './parser.ts';

/** Leaves the shell from any depth. */
export class ShellExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** Leaves a function, or one or more loops. */
export class ShellJump extends Error {
  readonly to: 'return' | 'break' | 'continue';
  readonly code: number;
  /** Loops still to be left. */
  levels: number;

  constructor(to: ShellJump['to'], code: number, levels = 1) {
    super(to);
    this.to = to;
    this.code = code;
    this.levels = levels;
  }
}

export class ShellState {
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  readonly functions: Map<string, Node>;
  /** What a signal or `EXIT` runs; empty text ignores it. Not inherited. */
  readonly traps = new Map<string, string>();
  /** Signals that came and whose traps have not run yet. */
  readonly pending: string[] = [];
  readonly jobs = new Set<Promise<unknown>>();
  /** The script's name, then its arguments. */
  positional: readonly string[];
  lastCode = 0;
  /** Ends a `wait` when a trap is due. */
  wake: (() => void) | undefined;

  constructor(
    variables: ReadonlyMap<string, string>,
    positional: readonly string[],
    inherited?: { readonly exported: ReadonlySet<string>; readonly functions: ReadonlyMap<string, Node> },
  ) {
    this.variables = new Map(variables);
    this.positional = positional;
    this.exported = new Set(inherited?.exported ?? variables.keys());
    this.functions = new Map(inherited?.functions);
  }

  clone(): ShellState {
    const copy = new ShellState(this.variables, this.positional, this);
    copy.lastCode = this.lastCode;
    return copy;
  }

  /** The value of `$name`; `undefined` when unset. */
  value(name: string): string | undefined {
    const [, ...args] = this.positional;
    if (name === '?') return String(this.lastCode);
    if (name === '#') return String(args.length);
    if (name === '@' || name === '*') return args.join(' ');
    if (name === '$' || name === '!') return '1';
    return /^[0-9]$/.test(name) ? this.positional[Number(name)] : this.variables.get(name);
  }

  /** What a command finds in its environment. */
  environment(): ReadonlyMap<string, string> {
    return new Map([...this.variables].filter(([name]) => this.exported.has(name)));
  }
}
