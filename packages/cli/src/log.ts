/** The log of daemons, to standard error: pino's, a line each, for people, for machines, or for the journal of systemd. */

import type { Clock, Logger } from '@mooring/core';
import { errorMessage } from '@mooring/core/words';
import { pino } from 'pino';
import { journalPrefix } from './journal.ts';
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
  const write = (line: string) => output.write(writtenLine(line, { format, output }));
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

/** From the line for machines; the journal of systemd is told the level, and has a time of its own for people. */
function writtenLine(
  line: string,
  { format, output: { isJournal } }: { readonly format: LogFormat; readonly output: Output },
): string {
  const record = JSON.parse(line) as LogRecord;
  const prefix = isJournal ? journalPrefix(record.level) : '';
  if (format === 'json') return `${prefix}${line}`;
  return `${prefix}${isJournal ? '' : `${record.time} `}${textOf(record)}\n`;
}

interface LogRecord extends Readonly<Record<string, unknown>> {
  readonly level: LogLevel;
  readonly time: string;
  readonly msg: string;
}

/** For people. */
function textOf({ level, time: _, msg, ...fields }: LogRecord): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  return printable([level.toUpperCase().padEnd(5), msg, ...pairs].join(' '));
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
}
