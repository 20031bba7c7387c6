import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Clock } from '../../contract/clock.ts';
import { onAbort, sleep } from '../../engine/abortable.ts';

export interface FolderHintOptions {
  /** A directory, or a file: then its directory is watched, because editors replace files by renaming. */
  readonly path: string;
  readonly clock: Clock;
  /** Waited after a change, for the changes that come with it. */
  readonly quietMs: number;
  readonly signal: AbortSignal;
}

/**
 * Says that something changed at a path. A hint only: it may come late, for nothing, or not at all (network file systems,
 * exhausted watches), so whoever asks looks again after a while in any case.
 */
export class FolderHint {
  private readonly options: FolderHintOptions;
  private watcher: FSWatcher | undefined;
  /** Which directory the watcher looks at: another one may have come in its place. */
  private watched: string | undefined;
  private changed = false;
  private wake: (() => void) | undefined;

  constructor(options: FolderHintOptions) {
    this.options = options;
    onAbort(options.signal, () => {
      this.close();
      this.wake?.();
    });
  }

  /** Watches what is at the path now. */
  async aim(): Promise<void> {
    const { path, signal } = this.options;
    try {
      const at = await stat(path);
      const folder = at.isDirectory() ? path : dirname(path);
      const { dev, ino } = at.isDirectory() ? at : await stat(folder);
      if (signal.aborted || this.watched === `${dev}:${ino}`) return;
      this.close();
      const file = at.isDirectory() ? undefined : basename(path);
      this.watcher = watch(folder, { persistent: false }, (_, name) => {
        if (file === undefined || name === null || name === file) this.note();
      });
      this.watcher.on('error', () => this.close());
      this.watched = `${dev}:${ino}`;
    } catch {
      // Nothing to watch, or no watch to be had: looking again from time to time does without.
      this.close();
    }
  }

  /** Resolves after a change since the last call and the quiet time, or after `ms`, or when the signal aborts. */
  async next(ms: number): Promise<void> {
    const { clock, quietMs, signal } = this.options;
    if (!this.changed) await this.noted(ms);
    if (!this.changed || signal.aborted) return;
    await sleep(clock, quietMs, signal).catch(() => {
      // Aborted: the caller's loop looks at the signal itself.
    });
    this.changed = false;
  }

  private noted(ms: number): Promise<void> {
    const { clock, signal } = this.options;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => this.wake?.(), ms);
      this.wake = () => {
        clock.clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
    });
  }

  private note(): void {
    this.changed = true;
    this.wake?.();
  }

  private close(): void {
    this.watcher?.close();
    this.watcher = undefined;
    this.watched = undefined;
  }
}
