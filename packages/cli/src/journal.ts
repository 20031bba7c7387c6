/** The journal of systemd: what is written to a service's standard error is a message a line. */

import { fstatSync } from 'node:fs';
import type { LogLevel } from './log-options.ts';
import type { Environment } from './shell.ts';

/** Is this descriptor read by the journal? It says so by device and inode, as children may have others of the same variable. */
export function isReadByJournal(descriptor: number, env: Environment): boolean {
  const stream = env['JOURNAL_STREAM'] ?? '';
  if (stream === '') return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    // Closed by whoever started moor.
    return false;
  }
}

/** What a line begins with, for the journal to know how much it matters. */
export function journalPrefix(level: LogLevel): string {
  return `<${priorities[level]}>`;
}

/** Those of syslog. */
const priorities: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 };
