import { rmSync } from 'node:fs';

const [tries, betweenMs] = [50, 100];

/** Removes a folder in which processes may still write while they end; waits 5 s for them at most. */
export function removeFolder(path: string): void {
  for (let tried = 1; ; tried++) {
    try {
      rmSync(path, { recursive: true, force: true });
      return;
    } catch (error) {
      if (tried === tries) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, betweenMs);
  }
}
