import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskVolumes } from '../../../src/kubelet/volume/disk-volumes.ts';
import type { VolumeWorld } from './volume-host-cases.ts';

/** Volumes in a fresh folder that is thrown away afterwards. */
export async function withDiskWorld(run: (world: VolumeWorld) => Promise<void>): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'mooring-volumes-')));
  try {
    const hostFolder = join(folder, 'host');
    await mkdir(hostFolder);
    await run({
      host: diskVolumes({ dataDir: join(folder, 'data') }),
      reopen: () => diskVolumes({ dataDir: join(folder, 'data') }),
      hostFolder,
      read: (path) => ifThere(readFile(path, 'utf8')),
      write: (path, text) => writeFile(path, text),
      async makeDirectory(path) {
        await mkdir(path);
      },
      mode: (path) => ifThere(stat(path).then((stats) => stats.mode & 0o7777)),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
