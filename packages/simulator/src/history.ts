/** What happened, line by line, and what of it broke a law. The same plan gives the same lines. */

import { createHash } from 'node:crypto';
import { formatMs } from './plan.ts';

/** A law that was broken, and where in the history. */
export interface Violation {
  /** `never-restart`, `no-orphan`. */
  readonly law: string;
  readonly words: string;
  /** Lines of the history when it was found. */
  readonly atLine: number;
}

export class History {
  readonly lines: string[] = [];
  readonly violations: Violation[] = [];
  private readonly sinceMs: () => number;
  private readonly digest = createHash('sha256');

  /** `sinceMs`: virtual time since the beginning. */
  constructor(sinceMs: () => number) {
    this.sinceMs = sinceMs;
  }

  note(text: string): void {
    const line = `${formatMs(this.sinceMs())} ${text}`;
    this.digest.update(`${line}\n`);
    this.lines.push(line);
  }

  /** Something that nobody wants to read, but that must be the same each time. */
  trace(text: string): void {
    this.digest.update(`${this.sinceMs()} ${text}\n`);
  }

  violate(law: string, words: string): void {
    this.note(`VIOLATION of ${law}: ${words}`);
    this.violations.push({ law, words, atLine: this.lines.length });
  }

  get hash(): string {
    return this.digest.copy().digest('hex');
  }

  /** The last lines before the first violation, or before the end. */
  tail(count: number): readonly string[] {
    const end = this.violations[0]?.atLine ?? this.lines.length;
    return this.lines.slice(Math.max(0, end - count), end);
  }
}
