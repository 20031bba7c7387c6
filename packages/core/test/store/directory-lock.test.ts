import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { takeDirectoryLock } from '../../src/store/directory-lock.ts';
import { createLmdbStore } from '../../src/store/lmdb-store.ts';

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mooring-lock-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('the lock of a data directory', () => {
  it('is held by one, and can be taken again once it is released', () => {
    const folder = newFolder();
    const lock = join(folder, 'lock');
    const release = takeDirectoryLock(lock, '/data');
    expect(() => takeDirectoryLock(lock, '/data')).toThrow(
      `/data is in use by an agent in process ${process.pid}`,
    );
    release();
    takeDirectoryLock(lock, '/data')();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is told with the node that holds it, where that is known', () => {
    const lock = join(newFolder(), 'lock');
    const release = takeDirectoryLock(lock, '/data', 'node-a');
    expect(() => takeDirectoryLock(lock, '/data', 'node-b')).toThrow(
      `/data is in use by the agent of node "node-a" in process ${process.pid}`,
    );
    release();
  });

  const mine = () => {
    const lock = join(newFolder(), 'lock');
    takeDirectoryLock(lock, '/data');
    return JSON.parse(readFileSync(lock, 'utf8'));
  };
  it.each<[string, () => string]>([
    ['of a process whose pid is now another one', () => JSON.stringify({ ...mine(), startTicks: 1 })],
    ['of an earlier boot', () => JSON.stringify({ ...mine(), boot: 'before' })],
    ['of a pid that nobody has', () => JSON.stringify({ ...mine(), pid: 2 ** 30 })],
    ['that was damaged', () => '{"pid":'],
    ['that says nothing', () => 'null'],
  ])('is taken over from one %s', (_, content) => {
    const lock = join(newFolder(), 'lock');
    writeFileSync(lock, content());
    const release = takeDirectoryLock(lock, '/data');
    expect(JSON.parse(readFileSync(lock, 'utf8')).pid).toBe(process.pid);
    release();
  });
});

describe('two stores over one directory', () => {
  it('are refused, also between processes, and the first goes on', async () => {
    const path = newFolder();
    const script = join(import.meta.dirname, 'lmdb-writer.ts');
    await using first = await createLmdbStore({ path });
    await first.create('a/1', {});
    await expect(createLmdbStore({ path })).rejects.toMatchObject({
      code: 'NODE_NAME_TAKEN',
      message: expect.stringContaining(`${path} is in use by an agent in process ${process.pid}`),
    });
    const other = spawn(process.execPath, ['--import', 'tsx', script, path], { stdio: 'pipe' });
    const words: string[] = [];
    other.stderr.on('data', (chunk) => words.push(String(chunk)));
    const code = await new Promise((resolve) => other.on('close', resolve));
    expect(code).not.toBe(0);
    expect(words.join('')).toContain('NODE_NAME_TAKEN');
    await first.create('a/2', {});
    await first[Symbol.asyncDispose]();
    expect(existsSync(join(path, 'instance.lock'))).toBe(false);
    await using again = await createLmdbStore({ path });
    expect((await again.list('')).entries).toHaveLength(2);
  }, 30_000);
});
