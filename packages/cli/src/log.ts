/** The log of daemons, to standard error: pino's, a line each, for people or for machines. */

import type { Clock, Logger } from '@mooring/core';
import { errorMessage } from '@mooring/core/words';
import { pino } from 'pino';
import type { LogFormat, LogLevel } from './log-options.ts';
import { printable } from './output/printable.ts';
import type { Output } from './shell.ts';

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly clock: Clock;
}

/** Names of fields that no log shows, where somebody hands over more than was meant. */
const secrets = ['authorization', 'credentials', 'password', 'token'];

export function createLog(output: Output, { level, format, clock }: LogOptions): Logger {
  const write = (line: string) => output.write(format === 'json' ? line : `${textLine(line)}\n`);
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }), log: withPlainValues },
      // Errors are told by what they say: `withPlainValues` takes care of them, under any name.
      serializers: { err: plain },
      redact: { paths: [...secrets, ...secrets.map((name) => `*.${name}`)], censor: '[redacted]' },
    },
    { write },
  );
}

function withPlainValues(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  return value instanceof Error ? errorMessage(value) : value;
}

/** For people, from the line for machines. */
function textLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  return printable([time, String(level).toUpperCase().padEnd(5), msg, ...pairs].join(' '));
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
}
