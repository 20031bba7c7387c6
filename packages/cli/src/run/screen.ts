/** Where a run is seen: lines that scroll, and on a terminal a table of the pods below them that is redrawn in place. */

import type { Clock, PodRow, TimerHandle } from '@mooring/core';
import type { Paint } from '../output/paint.ts';
import type { Environment, Output } from '../shell.ts';
import { fitTable } from './fit-table.ts';
import { meaningOf } from './status-meaning.ts';

export interface Screen {
  /** A line of data, to standard output. */
  data(line: string): void;
  /** A line of words, to standard error. */
  words(line: string): void;
  /** The pods as they are now. Without a terminal only what has changed is told. */
  showPods(rows: readonly PodRow[]): void;
  /** Leaves what is shown as it is, for further lines below. */
  close(): void;
}

export interface ScreenOptions {
  readonly out: Output;
  readonly err: Output;
  readonly env: Environment;
  readonly clock: Clock;
  readonly paint: Paint;
  /** As a shell has it. */
  onContinue?(listener: () => void): void;
}

export function openScreen(options: ScreenOptions): Screen {
  const { err, env } = options;
  const isLive = err.isTTY === true && env['TERM'] !== 'dumb' && (env['CI'] ?? '') === '';
  return isLive ? new LiveScreen(options) : plainScreen(options);
}

/** A frame at most this often. */
const frameMs = 80;
/** Without auto-wrap a long line takes one line, and the table has as many as were counted. */
const [wrapOff, wrapOn, clearLine, clearBelow] = ['\x1b[?7l', '\x1b[?7h', '\x1b[K', '\x1b[J'];

class LiveScreen implements Screen {
  private readonly options: ScreenOptions;
  private readonly waiting: (readonly [Output, string])[] = [];
  private rows: readonly PodRow[] = [];
  private linesDrawn = 0;
  private timer: TimerHandle | undefined;

  constructor(options: ScreenOptions) {
    this.options = options;
    // The shell has written below the table meanwhile.
    options.onContinue?.(() => {
      this.linesDrawn = 0;
    });
  }

  data(line: string): void {
    this.later(this.options.out, line);
  }

  words(line: string): void {
    this.later(this.options.err, line);
  }

  showPods(rows: readonly PodRow[]): void {
    this.rows = rows;
    this.drawSoon();
  }

  close(): void {
    this.options.clock.clearTimeout(this.timer);
    this.draw();
  }

  private later(output: Output, line: string): void {
    this.waiting.push([output, line]);
    this.drawSoon();
  }

  private drawSoon(): void {
    this.timer ??= this.options.clock.setTimeout(() => this.draw(), frameMs);
  }

  /** The old table goes, the lines come in its place, and the new table below them. */
  private draw(): void {
    const { err } = this.options;
    this.timer = undefined;
    if (this.linesDrawn > 0) err.write(`\x1b[${this.linesDrawn}A\r${clearBelow}`);
    for (const [output, line] of this.waiting.splice(0)) output.write(`${line}\n`);
    const lines = this.table();
    err.write(`${wrapOff}${lines.map((line) => `${line}${clearLine}\n`).join('')}${wrapOn}`);
    this.linesDrawn = lines.length;
  }

  /** No taller than half of the terminal (some say 0 rows): what has scrolled away cannot be redrawn. */
  private table(): readonly string[] {
    const { err, paint } = this.options;
    const room = Math.max(1, Math.floor((err.rows || 24) / 2) - 2);
    const shown = this.rows.slice(0, room);
    // Some say that they have 0 columns.
    const [heading = '', ...pods] = fitTable(shown, err.columns || Number.POSITIVE_INFINITY);
    const coloured = pods.map((line, i) => paintStatus(line, shown[i]?.status ?? '', paint));
    const hidden = this.rows.length - shown.length;
    const more = hidden > 0 ? [paint('gone', `and ${hidden} more`)] : [];
    return this.rows.length === 0 ? [] : ['', paint('heading', heading), ...coloured, ...more];
  }
}

function paintStatus(line: string, status: string, paint: Paint): string {
  return line.replace(` ${status}`, ` ${paint(meaningOf(status), status)}`);
}

/** A line for each pod that looks different from before; that it is older does not count. */
function plainScreen({ out, err, paint }: ScreenOptions): Screen {
  const shown = new Map<string, string>();
  return {
    data: (line) => void out.write(`${line}\n`),
    words: (line) => void err.write(`${line}\n`),
    showPods(rows) {
      for (const { name, ready, status, restarts } of rows) {
        const count = restarts.split(' ')[0] ?? '0';
        const look = `${status} ready ${ready}${count === '0' ? '' : ` restarts ${count}`}`;
        if (shown.get(name) === look) continue;
        shown.set(name, look);
        err.write(`${name}: ${look.replace(status, paint(meaningOf(status), status))}\n`);
      }
    },
    close: () => undefined,
  };
}
