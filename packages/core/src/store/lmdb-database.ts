/** The file behind the durable store: an LMDB database that one process at a time may write. */

import { mkdir, realpath } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { errorMessage, MooringError } from '../contract/error.ts';
import type { Revision, StoreEntry } from '../contract/store.ts';
import { deepFreeze } from './deep-freeze.ts';
import { takeDirectoryLock } from './directory-lock.ts';

/** A change in the form in which it is written; without a text the key is taken out. */
export interface DiskWrite {
  readonly key: string;
  readonly revision: Revision;
  readonly text?: string | undefined;
}

const formatVersion = 1;

export class LmdbDatabase {
  private readonly path: string;
  private readonly root: RootDatabase<string, string>;
  /** `<revision> <JSON>` by key. */
  private readonly objects: Database<string, string>;
  private readonly meta: Database<number, string>;
  private readonly unlock: () => void;
  private revision: Revision = 0;

  private constructor(path: string, root: RootDatabase<string, string>, unlock: () => void) {
    this.path = path;
    this.root = root;
    this.unlock = unlock;
    this.objects = root.openDB({ name: 'objects', encoding: 'string' });
    this.meta = root.openDB({ name: 'meta', encoding: 'json' });
  }

  /** Rejects with `NODE_NAME_TAKEN` while another store, here or in another process, is open in the directory. */
  static async open(path: string): Promise<LmdbDatabase> {
    // The store may hold secrets: nobody else on the host is to read it.
    await mkdir(path, { recursive: true, mode: 0o700 });
    const unlock = takeDirectoryLock(join(await realpath(path), 'instance.lock'), path);
    try {
      // The native module is loaded only now, so that those who use another store never do.
      const { open } = await import('lmdb');
      // Without overlapping sync a commit is on the disk when it is acknowledged, and not only in the page cache.
      // Its batches by turn of the event loop are as good as none, as commits are gathered here, and nobody hears what becomes of one.
      const root = open<string, string>({
        path,
        encoding: 'string',
        overlappingSync: false,
        eventTurnBatching: false,
      });
      const database = new LmdbDatabase(path, root, unlock);
      await database.checkFormat();
      return database;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Everything that is kept, and the revision of the last write. */
  load(): { readonly entries: readonly StoreEntry[]; readonly revision: Revision } {
    this.revision = this.meta.get('revision') ?? 0;
    const entries = [...this.objects.getRange()].map(({ key, value }) => this.decode(key, value));
    return { entries, revision: this.revision };
  }

  /**
   * Writes all or nothing; resolves when it is on the disk. Rejects with `NODE_NAME_TAKEN`, and writes nothing, when
   * another process has written since; with `STORE_FULL` when there was no room and nothing was written; with whatever
   * else went wrong when nobody knows what the disk holds.
   */
  async commit(writes: readonly DiskWrite[]): Promise<void> {
    const last = writes.at(-1)?.revision ?? this.revision;
    try {
      await this.root.transaction(() => {
        if ((this.meta.get('revision') ?? 0) !== this.revision)
          throw new MooringError('NODE_NAME_TAKEN', `another process writes to the store in ${this.path}`);
        for (const { key, revision, text } of writes)
          settled(
            text === undefined ? this.objects.remove(key) : this.objects.put(key, `${revision} ${text}`),
          );
        settled(this.meta.put('revision', last));
      });
    } catch (error) {
      throw await this.explain(error);
    }
    this.revision = last;
  }

  async close(): Promise<void> {
    try {
      await this.root.close();
    } finally {
      this.unlock();
    }
  }

  /** What a failed commit means. */
  private async explain(error: unknown): Promise<unknown> {
    const reason = await reasonOf(error);
    if (!isWantOfRoom(reason)) return error;
    // Reads would go on with what was there before the attempt.
    this.root.resetReadTxn();
    if ((this.meta.get('revision') ?? 0) !== this.revision) return error;
    const words = `the store in ${this.path} has no room for more: ${errorMessage(reason)}`;
    return new MooringError('STORE_FULL', words, { cause: reason });
  }
  private async checkFormat(): Promise<void> {
    const found = this.meta.get('format');
    if (found === undefined) await this.meta.put('format', formatVersion);
    else if (found !== formatVersion) {
      await this.close();
      const words = `the store in ${this.path} has format ${found}; this version reads ${formatVersion}`;
      throw new MooringError('INVALID', words);
    }
  }

  private decode(key: string, stored: string): StoreEntry {
    const space = stored.indexOf(' ');
    const revision = Number(stored.slice(0, space));
    try {
      const value: unknown = JSON.parse(stored.slice(space + 1));
      if (typeof value === 'object' && value !== null && Number.isSafeInteger(revision))
        return { key, value: deepFreeze(value), revision };
    } catch (error) {
      throw damaged(this.path, key, errorMessage(error));
    }
    throw damaged(this.path, key, 'not an object');
  }
}

/** Of a write inside a transaction: its promise says nothing that the transaction does not. */
function settled(write: Promise<boolean>): void {
  // The transaction rejects with the same reason, and somebody waits for it.
  write.catch(() => undefined);
}

/** LMDB keeps the reason of a failed commit in a promise, which it has rejected by now. */
async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await Promise.race([error.commitError, Promise.resolve()]);
    return error;
  } catch (reason) {
    return reason;
  }
}

/** A full disk, a quota that is used up, a file that may not grow any more, and what fitted by half, which LMDB calls an I/O error. */
const { ENOSPC, EDQUOT, EFBIG, EIO } = constants.errno;
const wantsOfRoom: ReadonlySet<unknown> = new Set([ENOSPC, EDQUOT, EFBIG, EIO]);

function isWantOfRoom(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && wantsOfRoom.has(reason.code);
}

/** Going on without a part of the data would look like a deletion to everybody who watches. */
function damaged(path: string, key: string, detail: string): MooringError {
  return new MooringError('INVALID', `the store in ${path} is damaged at ${key}: ${detail}`);
}
