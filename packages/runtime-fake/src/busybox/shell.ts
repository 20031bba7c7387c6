/**
 * A POSIX shell for fake containers: it runs a parsed script on the virtual clock. As the first process of a container
 * it ignores signals that it has no trap for, and runs a trap after the command that is going on, as a real one does.
 */

import { FileError } from '../fake-files.ts';
import type { FakeProcess } from '../fake-process.ts';
import { builtins } from './builtins.ts';
import { expandWhole, expandWords } from './expand.ts';
import { ShellSyntaxError } from './lexer.ts';
import { type Node, parse, type Redirect } from './parser.ts';
import { ShellExit, ShellJump, type ShellState } from './shell-state.ts';
import { findCommand } from './userland.ts';

/** Where a command reads from and writes to. */
export interface ShellIO {
  readonly stdin: string;
  out(text: string): void;
  err(text: string): void;
}

/** A loop that never sleeps must still make time pass, or nobody could ever stop it. */
const commandsPerMs = 1_000;

export class Shell {
  readonly process: FakeProcess;
  readonly state: ShellState;
  /** Only the first process of a container is sent signals. */
  private readonly takesSignals: boolean;
  /** Counted together with its subshells: a loop may consist of nothing else. */
  private readonly commands: { count: number };

  constructor(process: FakeProcess, state: ShellState, takesSignals: boolean, commands = { count: 0 }) {
    this.process = process;
    this.state = state;
    this.takesSignals = takesSignals;
    this.commands = commands;
  }

  /** Runs a whole script, its EXIT trap included. */
  async runScript(source: string, io: ShellIO): Promise<number> {
    const code = await this.untilExit(io, () => this.runText(source, io));
    const farewell = this.state.traps.get('EXIT');
    if (farewell === undefined || farewell === '') return code;
    return await this.untilExit(io, async () => {
      await this.runText(farewell, io);
      return code;
    });
  }

  async runText(source: string, io: ShellIO): Promise<number> {
    return await this.run(parse(source), io);
  }

  /** Sets what runs when a signal comes; an empty text ignores it. */
  trap(signal: string, script: string | undefined): void {
    const { state } = this;
    if (script === undefined) state.traps.delete(signal);
    else state.traps.set(signal, script);
    if (!this.takesSignals || signal === 'EXIT') return;
    this.process.onSignal(`SIG${signal}`, () => {
      if ((state.traps.get(signal) ?? '') === '') return;
      state.pending.push(signal);
      state.wake?.();
    });
  }

  private async run(node: Node, io: ShellIO): Promise<number> {
    const code = await this.runNode(node, io);
    this.state.lastCode = code;
    return code;
  }

  private async runNode(node: Node, io: ShellIO): Promise<number> {
    switch (node.kind) {
      case 'command':
        return await this.runCommand(node, io);
      case 'list':
        return await this.runList(node.items, io);
      case 'and': {
        const code = await this.run(node.left, io);
        return code === 0 ? await this.run(node.right, io) : code;
      }
      case 'or': {
        const code = await this.run(node.left, io);
        return code === 0 ? code : await this.run(node.right, io);
      }
      case 'not':
        return (await this.run(node.node, io)) === 0 ? 1 : 0;
      case 'if':
        if ((await this.run(node.condition, io)) === 0) return await this.run(node.then, io);
        return node.otherwise === undefined ? 0 : await this.run(node.otherwise, io);
      case 'loop': {
        const goesOn = async () => ((await this.run(node.condition, io)) === 0) !== node.isUntil;
        return await this.runLoop(goesOn, node.body, io);
      }
      case 'for':
        return await this.runFor(node, io);
      case 'function':
        this.state.functions.set(node.name, node.body);
        return 0;
      case 'subshell':
        return await this.fork().untilExit(io, (shell) => shell.run(node.body, io));
      case 'redirected':
        return await this.redirected(node.redirects, io, (inner) => this.run(node.node, inner));
    }
  }

  private async runList(items: Extract<Node, { kind: 'list' }>['items'], io: ShellIO): Promise<number> {
    let code = 0;
    for (const { node, isBackground } of items) {
      if (isBackground) {
        this.inBackground(node, io);
        code = 0;
      } else code = await this.run(node, io);
      await this.runTraps(io);
    }
    return code;
  }

  private inBackground(node: Node, io: ShellIO): void {
    const { jobs } = this.state;
    const job = this.fork().untilExit(io, (shell) => shell.run(node, { ...io, stdin: '' }));
    jobs.add(job);
    this.process.background(job.finally(() => jobs.delete(job)));
  }

  private async runFor(node: Extract<Node, { kind: 'for' }>, io: ShellIO): Promise<number> {
    const values =
      node.words === undefined ? this.state.positional.slice(1) : await this.expand(node.words, io);
    const left = [...values];
    const goesOn = async () => {
      const value = left.shift();
      if (value !== undefined) this.state.variables.set(node.name, value);
      return value !== undefined;
    };
    return await this.runLoop(goesOn, node.body, io);
  }

  private async runLoop(goesOn: () => Promise<boolean>, body: Node, io: ShellIO): Promise<number> {
    let code = 0;
    while (await goesOn()) {
      try {
        code = await this.run(body, io);
      } catch (error) {
        if (!(error instanceof ShellJump) || error.to === 'return') throw error;
        if (error.levels > 1) {
          error.levels -= 1;
          throw error;
        }
        code = 0;
        if (error.to === 'break') break;
      }
    }
    return code;
  }

  private async runCommand(node: Extract<Node, { kind: 'command' }>, io: ShellIO): Promise<number> {
    await this.takeTime();
    const { state } = this;
    const argv = await this.expand(node.words, io);
    const outputOf = (script: string) => this.outputOf(script, io);
    const own = new Map<string, string>();
    for (const { name, value } of node.assignments) own.set(name, await expandWhole(value, state, outputOf));
    const [name] = argv;
    if (name === undefined) {
      for (const [variable, value] of own) state.variables.set(variable, value);
      return await this.redirected(node.redirects, io, async () =>
        node.words.length === 0 ? 0 : state.lastCode,
      );
    }
    return await this.redirected(node.redirects, io, (inner) => this.invoke(name, argv.slice(1), own, inner));
  }

  /** Runs a function, a builtin or a command; 127 when there is none of that name. */
  async invoke(
    name: string,
    args: readonly string[],
    own: ReadonlyMap<string, string>,
    io: ShellIO,
  ): Promise<number> {
    const body = this.state.functions.get(name);
    if (body !== undefined) return await this.call(body, args, io);
    const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
    if (builtin !== undefined) return await builtin(this, args, io);
    const command = findCommand(name);
    if (command === undefined) {
      io.err(`sh: ${name}: not found\n`);
      return 127;
    }
    const env = new Map([...this.state.environment(), ...own]);
    return await command({ ...io, process: this.process, args, env });
  }

  private async call(body: Node, args: readonly string[], io: ShellIO): Promise<number> {
    const { state } = this;
    const before = state.positional;
    state.positional = [before[0] ?? 'sh', ...args];
    try {
      return await this.run(body, io);
    } catch (error) {
      if (error instanceof ShellJump && error.to === 'return') return error.code;
      throw error;
    } finally {
      state.positional = before;
    }
  }

  /** Runs `body` with its input and output as the redirections say; 1 when one of them cannot be done. */
  private async redirected(
    redirects: readonly Redirect[],
    io: ShellIO,
    body: (io: ShellIO) => Promise<number>,
  ): Promise<number> {
    let inner = io;
    for (const { descriptor, operator, target } of redirects) {
      const path = await expandWhole(target, this.state, (script) => this.outputOf(script, io));
      try {
        inner = this.redirect(inner, descriptor, operator, path);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        io.err(`sh: can't ${operator === '<' ? 'open' : 'create'} ${path}: ${error.message}\n`);
        return 1;
      }
    }
    return await body(inner);
  }

  private redirect(io: ShellIO, descriptor: number, operator: Redirect['operator'], path: string): ShellIO {
    const { files } = this.process;
    if (operator === '<') return { ...io, stdin: files.read(path) };
    if (operator === '>') files.write(path, '');
    else if (operator === '>>') files.append(path, '');
    const sink =
      operator === '>&' ? (path === '2' ? io.err : io.out) : (text: string) => files.append(path, text);
    return descriptor === 2 ? { ...io, err: sink } : { ...io, out: sink };
  }

  private expand(words: Parameters<typeof expandWords>[0], io: ShellIO): Promise<readonly string[]> {
    return expandWords(words, this.state, (script) => this.outputOf(script, io));
  }

  private async outputOf(script: string, io: ShellIO): Promise<string> {
    let output = '';
    const out = (text: string) => {
      output += text;
    };
    this.state.lastCode = await this.fork().untilExit(io, (shell) => shell.runText(script, { ...io, out }));
    return output;
  }

  /** A shell of its own that begins with all that this one knows, but traps. */
  private fork(): Shell {
    return new Shell(this.process, this.state.clone(), false, this.commands);
  }

  private async untilExit(io: ShellIO, body: (shell: Shell) => Promise<number>): Promise<number> {
    try {
      return await body(this);
    } catch (error) {
      if (error instanceof ShellExit || error instanceof ShellJump) return error.code;
      if (!(error instanceof ShellSyntaxError)) throw error;
      io.err(`sh: syntax error: ${error.message}\n`);
      return 2;
    }
  }

  private async runTraps(io: ShellIO): Promise<void> {
    const { state } = this;
    for (let signal = state.pending.shift(); signal !== undefined; signal = state.pending.shift()) {
      const before = state.lastCode;
      await this.runText(state.traps.get(signal) ?? '', io);
      state.lastCode = before;
    }
  }

  private async takeTime(): Promise<void> {
    this.commands.count += 1;
    if (this.commands.count % commandsPerMs === 0) await this.process.sleep(1);
  }
}
