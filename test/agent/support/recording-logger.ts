import type { Logger } from '@mooring/core';

export interface LogRecord {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps what is logged, so that a test can ask whether anything went wrong behind the scenes. */
export function recordingLogger(records: LogRecord[], bound: Readonly<Record<string, unknown>> = {}): Logger {
  const at = (level: string) => (fields: object, message: string) => {
    records.push({ level, message, fields: { ...bound, ...fields } });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => recordingLogger(records, { ...bound, ...more }),
  };
}
