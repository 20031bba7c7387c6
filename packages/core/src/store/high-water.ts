/**
 * How far a store was seen to go, in a file beside everything else that survives this process: a store that lost its disk or
 * was restored while nobody ran is noticed at the next start.
 */

import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, TimerHandle } from '../contract/clock.ts';
import type { Logger } from '../contract/logger.ts';

/** The marks of a file, by the name of the store. */
type Marks = Readonly<Record<string, unknown>>;

export interface HighWaterOptions<Mark extends object> {
  readonly path: string;
  /** Name of the store. */
  readonly store: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is there now. */
  current(): Mark;
}

/** It may be behind by so much: what is missed by that is missed, never found where it is not. */
const writeMs = 10_000;

/** `undefined` when there is none, or none that can be read. */
export async function readHighWater(path: string, store: string, logger: Logger): Promise<unknown> {
  return (await readMarks(path, logger))[store];
}

/** Writes the mark now and then, when it has changed. Disposing of it writes it once more. */
export class HighWater<Mark extends object> implements AsyncDisposable {
  private readonly options: HighWaterOptions<Mark>;
  private written = '';
  private writing: Promise<void> = Promise.resolve();
  private timer: TimerHandle | undefined;

  constructor(options: HighWaterOptions<Mark>) {
    this.options = options;
    this.arm();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.options.clock.clearTimeout(this.timer);
    this.write();
    await this.writing;
  }

  private arm(): void {
    this.timer = this.options.clock.setTimeout(() => {
      this.write();
      this.arm();
    }, writeMs);
  }

  private write(): void {
    const mark = this.options.current();
    const text = JSON.stringify(mark);
    if (text === this.written) return;
    this.written = text;
    this.writing = this.writing.then(() => this.store(mark));
  }

  private async store(mark: Mark): Promise<void> {
    const { path, store, logger } = this.options;
    try {
      const marks = await readMarks(path, logger);
      await replaceFile(path, JSON.stringify({ ...marks, [store]: mark }));
    } catch (err) {
      this.written = '';
      logger.warn({ key: path, err }, 'high-water mark of the store not written');
    }
  }
}

async function readMarks(path: string, logger: Logger): Promise<Marks> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err;
    return {};
  }
  try {
    const marks: unknown = JSON.parse(text);
    if (typeof marks === 'object' && marks !== null && !Array.isArray(marks)) return { ...marks };
  } catch {
    // Said below, as for JSON of another shape.
  }
  logger.warn({ key: path }, 'high-water mark of the store cannot be read, and begins anew');
  return {};
}

/** All or nothing, also when the power goes. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}`;
  const file = await open(next, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, path);
}
