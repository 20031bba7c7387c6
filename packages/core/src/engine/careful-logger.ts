/** A logger may be anybody's: whatever goes wrong in it ends nobody's work, and is told the process once. */

import { errorMessage } from '../contract/error.ts';
import { type Logger, silentLogger } from '../contract/logger.ts';
import { onLaterFailure, refusePromise } from './later-failure.ts';

/** The same logger, none of whose methods throws. */
export function carefulLogger(logger: Logger): Logger {
  return logger === silentLogger || logger instanceof CarefulLogger
    ? logger
    : new CarefulLogger(logger, { isTold: false });
}

/** What went wrong in a logger and its children. */
interface Failures {
  isTold: boolean;
}

class CarefulLogger implements Logger {
  private readonly logger: Logger;
  private readonly failures: Failures;

  constructor(logger: Logger, failures: Failures) {
    this.logger = logger;
    this.failures = failures;
  }

  debug(fields: object, message: string): void {
    this.log('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.log('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.log('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.log('error', fields, message);
  }

  /** Without what is bound where the logger cannot bind it. */
  child(bindings: object): Logger {
    try {
      const child: unknown = this.logger.child(bindings);
      if (isLogger(child)) return new CarefulLogger(child, this.failures);
      refusePromise(child, 'child');
      this.failed('child', 'it gave no logger');
    } catch (error) {
      this.failed('child', error);
    }
    return this;
  }

  private log(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void {
    try {
      const given: unknown = this.logger[level](fields, message);
      // One that writes later may still fail to.
      if (given !== undefined) onLaterFailure(given, (error) => this.failed(level, error));
    } catch (error) {
      this.failed(level, error);
    }
  }

  private failed(method: string, error: unknown): void {
    if (this.failures.isTold) return;
    this.failures.isTold = true;
    const words = `the logger failed in ${method}(), and lines of it are lost: ${errorMessage(error)}`;
    process.emitWarning(words, 'MooringWarning');
  }
}

const methods = ['debug', 'info', 'warn', 'error', 'child'] as const;

function isLogger(value: unknown): value is Logger {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every((method) => typeof (value as Partial<Logger>)[method] === 'function');
}
