/** The files in which containers leave their last words, one for each, mounted into it. */

import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { engineNameOf } from './records.ts';

/** What Kubernetes keeps of them: the end. */
const messageBytesMax = 4_096;

export class MessageFiles {
  private readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
    mkdirSync(dir, { recursive: true });
  }

  /** An empty file that any user of the container can write; gives back its path. One that is there stays as it is. */
  make(container: string): string {
    const path = this.pathOf(container);
    writeFileSync(path, '', { flag: 'a' });
    chmodSync(path, 0o666);
    return path;
  }

  /** `undefined` when nothing was left. */
  async read(container: string): Promise<string | undefined> {
    // Somebody has cleared up: there are no words any more.
    const file = await open(this.pathOf(container)).catch(() => undefined);
    if (file === undefined) return undefined;
    try {
      const { size } = await file.stat();
      const length = Math.min(size, messageBytesMax);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return length === 0 ? undefined : buffer.toString('utf8');
    } finally {
      await file.close();
    }
  }

  remove(container: string): void {
    rmSync(this.pathOf(container), { force: true });
  }

  private pathOf(container: string): string {
    return join(this.dir, engineNameOf('message', container));
  }
}
