/** The log of daemons, to standard error: a line each, for people or for machines. */

import type { Clock, Logger } from '@mooring/core';
import { errorMessage } from '@mooring/core/words';
import { printable } from './output/printable.ts';
import type { Output } from './shell.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof levels)[number];
export const logLevels: readonly LogLevel[] = levels;
export const logFormats = ['text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly clock: Clock;
}

/** Pino's shape: constant message, variables in fields. */
export function createLog(output: Output, options: LogOptions, bindings: object = {}): Logger {
  const say = (level: LogLevel) => (fields: object, message: string) => {
    if (levels.indexOf(level) < levels.indexOf(options.level)) return;
    const time = new Date(options.clock.now()).toISOString();
    const all = { ...bindings, ...fields };
    output.write(
      `${options.format === 'json' ? jsonLine(level, time, all, message) : textLine(level, time, all, message)}\n`,
    );
  };
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: (more) => createLog(output, options, { ...bindings, ...more }),
  };
}

function jsonLine(level: LogLevel, time: string, fields: object, message: string): string {
  return JSON.stringify({ level, time, msg: message, ...fields }, (_, value: unknown) => plain(value));
}

function textLine(level: LogLevel, time: string, fields: object, message: string): string {
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${shown(value)}`);
  return printable([time, level.toUpperCase().padEnd(5), message, ...pairs].join(' '));
}

function shown(value: unknown): string {
  const simple = plain(value);
  if (typeof simple === 'string') return /^[\w./:@-]+$/.test(simple) ? simple : JSON.stringify(simple);
  return JSON.stringify(simple, (_, inner: unknown) => plain(inner)) ?? 'undefined';
}

function plain(value: unknown): unknown {
  if (value instanceof Error) return errorMessage(value);
  return typeof value === 'bigint' ? String(value) : value;
}
