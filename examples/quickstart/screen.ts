/** Where the run is seen: a table redrawn in place with the newest events below it, or plain lines. */

import { stripVTControlCharacters } from 'node:util';
import type { PodRow } from '@mooring/core';
import { formatTable } from './pod-table.ts';

export interface Screen {
  /** To be called with all pods after each change, and now and then for their ages. */
  showPods(rows: readonly PodRow[]): void;
  showEvent(event: EventLine): void;
  /** Leaves the screen as it is, for further lines below. */
  close(): void;
}

export interface EventLine {
  /** Since the beginning. */
  readonly atMs: number;
  readonly pod: string;
  readonly isWarning: boolean;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

export interface Terminal {
  readonly isTTY?: boolean;
  readonly rows?: number;
  write(text: string): unknown;
}

const colours = { bold: [1, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], gray: [90, 39] } as const;
export type Colour = keyof typeof colours;
export type Paint = (colour: Colour, text: string) => string;

type Environment = Readonly<Record<string, string | undefined>>;

export function openScreen(terminal: Terminal, environment: Environment): Screen {
  const isLive = terminal.isTTY === true && environment['TERM'] !== 'dumb';
  return isLive ? liveScreen(terminal, painter(terminal, environment)) : plainScreen(terminal);
}

/** Colours only where somebody sees them and has not said no: https://no-color.org. */
export function painter(terminal: Terminal, environment: Environment): Paint {
  const isColourful =
    terminal.isTTY === true && environment['TERM'] !== 'dumb' && (environment['NO_COLOR'] ?? '') === '';
  return (colour, text) => {
    const [on, off] = colours[colour];
    return isColourful ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  };
}

/** One line without anything that could move the cursor or reorder text: messages carry words of strangers. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
}

const eventsKept = 200;
/** A frame at most this often. */
const frameMs = 100;
/** Without auto-wrap a long line takes one line, and the frame has as many as were counted. */
const [wrapOff, wrapOn, clearLine, clearBelow] = ['\x1b[?7l', '\x1b[?7h', '\x1b[K', '\x1b[J'];

function liveScreen(terminal: Terminal, paint: Paint): Screen {
  const events: EventLine[] = [];
  let rows: readonly PodRow[] = [];
  let linesDrawn = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = () => {
    timer = undefined;
    const lines = frame(rows, events, terminal.rows ?? 24, paint);
    const up = linesDrawn === 0 ? '' : `\x1b[${linesDrawn}A\r`;
    terminal.write(
      `${up}${wrapOff}${lines.map((line) => `${line}${clearLine}\n`).join('')}${wrapOn}${clearBelow}`,
    );
    linesDrawn = lines.length;
  };
  const drawSoon = () => {
    timer ??= setTimeout(draw, frameMs);
  };
  return {
    showPods(now) {
      rows = now;
      drawSoon();
    },
    showEvent(event) {
      events.push(event);
      if (events.length > eventsKept) events.shift();
      drawSoon();
    },
    close() {
      clearTimeout(timer);
      draw();
    },
  };
}

/** No taller than the terminal: what has scrolled away cannot be redrawn. */
function frame(
  rows: readonly PodRow[],
  events: readonly EventLine[],
  heightMax: number,
  paint: Paint,
): readonly string[] {
  const [heading = '', ...pods] = formatTable(rows);
  const coloured = pods.map((line, i) => {
    const status = rows[i]?.status ?? '';
    return line.replace(` ${status} `, ` ${paint(colourOf(status), status)} `);
  });
  const table = [paint('bold', heading), ...coloured, ''].slice(0, heightMax - 1);
  const room = heightMax - 1 - table.length;
  const newest = room > 0 ? events.slice(-room) : [];
  return [...table, ...newest.map((event) => formatEvent(event, paint))];
}

function colourOf(status: string): Colour {
  if (status === 'Running') return 'green';
  if (status === 'Completed' || status === 'Terminating') return 'gray';
  return /BackOff|Err|OOM|Signal|ExitCode/.test(status) ? 'red' : 'yellow';
}

function formatEvent(event: EventLine, paint: Paint): string {
  const times = event.count > 1 ? ` (x${event.count})` : '';
  const reason = paint(event.isWarning ? 'yellow' : 'gray', event.reason.padEnd(16));
  return `${clock(event.atMs)}  ${event.pod.padEnd(14)} ${reason} ${printable(event.message)}${times}`;
}

/** A line for each event, and for each pod that looks different from before; that it is older does not count. */
function plainScreen(terminal: Terminal): Screen {
  const shown = new Map<string, string>();
  const beganMs = performance.now();
  let isHeaded = false;
  return {
    showPods(rows) {
      const [heading, ...lines] = formatTable(rows);
      const changed = rows.flatMap((row, i) => {
        const look = `${row.ready} ${row.status} ${row.restarts.split(' ')[0]}`;
        if (shown.get(row.name) === look) return [];
        shown.set(row.name, look);
        return [lines[i]];
      });
      const at = clock(performance.now() - beganMs);
      if (!isHeaded) terminal.write(`${at}  ${heading}\n`);
      isHeaded = true;
      for (const line of changed) terminal.write(`${at}  ${line}\n`);
    },
    showEvent: (event) => terminal.write(`${formatEvent(event, (_, text) => text)}\n`),
    close: () => undefined,
  };
}

/** `03.2s` */
function clock(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(5)}s`;
}
