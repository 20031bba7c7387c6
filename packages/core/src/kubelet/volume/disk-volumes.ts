/** Volumes on the agent's own disk: `<dataDir>/pods/<uid>/volumes/<name>`. */

import { chmod, mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { errorMessage, MooringError } from '../../contract/error.ts';
import { contentDigest, replaceFiles } from './atomic-directory.ts';
import { checkHostPath, isNotFound } from './host-path.ts';
import type { PlannedMount } from './mounts.ts';
import { isMountPoint, mountPointsBelow, mountTmpfs, unmount } from './tmpfs.ts';
import type { PlannedFile } from './volume-files.ts';
import { type VolumeHost, type VolumeStorage, volumeHost } from './volume-host.ts';

export interface DiskVolumesOptions {
  readonly dataDir: string;
}

interface Made {
  readonly what: string;
  readonly difference: string | undefined;
}

export function diskVolumes(options: DiskVolumesOptions): VolumeHost {
  return volumeHost(new DiskStorage(join(options.dataDir, 'pods')));
}

class DiskStorage implements VolumeStorage {
  private readonly root: string;
  /** What this agent has made already, by path, so that looking again costs no I/O. */
  private readonly made = new Map<string, Made>();

  constructor(root: string) {
    this.root = root;
  }

  pathOf(podUID: string, volume: string): string {
    return join(this.folderOf(podUID), 'volumes', nameChecked(volume));
  }

  async keepDirectory(path: string): Promise<void> {
    await this.once(path, 'directory', async () => {
      await this.makeRoot(path, 0o777);
      return undefined;
    });
  }

  keepMemory(path: string, bytesMax: number, signal: AbortSignal): Promise<string | undefined> {
    return this.once(path, 'memory', async () => {
      await this.makeRoot(path, 0o777);
      // Mounts outlive the agent that made them.
      if (await isMountPoint(path)) return undefined;
      try {
        await mountTmpfs(path, bytesMax, signal);
        return undefined;
      } catch (error) {
        signal.throwIfAborted();
        return `a directory on disk is used: ${errorMessage(error).trim()}`;
      }
    });
  }

  checkHostPath(path: string, type: Parameters<typeof checkHostPath>[1]): Promise<void> {
    return checkHostPath(path, type);
  }

  async replaceFiles(path: string, files: readonly PlannedFile[]): Promise<void> {
    await this.once(path, contentDigest(files), async () => {
      await this.makeRoot(path, 0o755);
      await replaceFiles(path, files);
      return undefined;
    });
  }

  async subPath(mount: PlannedMount & { readonly subPath: string }, containerName: string): Promise<string> {
    const about = `subPath for volumeMount "${mount.volumeName}" of container "${containerName}"`;
    const wanted = join(mount.hostPath, mount.subPath);
    const volume = await realpath(mount.hostPath);
    const existing = await realpath(wanted).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw new Error(`failed to prepare ${about}`, { cause: error });
    });
    if (existing === undefined) await makeInside(volume, mount.subPath, about);
    // A container may have left a symbolic link in the volume that leads out of it; only what is inside is mounted.
    const real = existing ?? (await realpath(wanted));
    if (!isInside(volume, real)) throw new Error(`failed to prepare ${about}`);
    return real;
  }

  async remove(podUID: string, signal: AbortSignal): Promise<void> {
    const folder = this.folderOf(podUID);
    const volumes = join(folder, 'volumes');
    // First: should the rest fail half-way, what is gone must not be taken for made.
    for (const path of this.made.keys()) if (path.startsWith(volumes + sep)) this.made.delete(path);
    for (const path of await mountPointsBelow(volumes)) await unmount(path, signal);
    await rm(volumes, { recursive: true, force: true });
    try {
      await rmdir(folder);
    } catch (error) {
      // Others may keep things of the pod beside its volumes.
      if (!isNotFound(error) && !isNotEmpty(error)) throw error;
    }
  }

  async list(): Promise<readonly string[]> {
    try {
      return await readdir(this.root);
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  private folderOf(podUID: string): string {
    return join(this.root, nameChecked(podUID));
  }

  /** Only the agent's user may walk in from outside: containers reach their volumes through mounts. */
  private async makeRoot(path: string, mode: number): Promise<void> {
    await mkdir(this.root, { recursive: true, mode: 0o750 });
    await mkdir(path, { recursive: true });
    await chmod(path, mode);
  }

  private async once(
    path: string,
    what: string,
    make: () => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const before = this.made.get(path);
    if (before?.what === what) return before.difference;
    const difference = await make();
    this.made.set(path, { what, difference });
    return difference;
  }
}

/** Makes the missing folders of a sub-path one by one, so that a link on the way cannot lead outside. */
async function makeInside(volume: string, subPath: string, about: string): Promise<void> {
  const mode = (await stat(volume)).mode & 0o7777;
  let folder = volume;
  for (const name of subPath.split('/').filter((part) => part !== '' && part !== '.')) {
    folder = join(folder, name);
    try {
      await mkdir(folder);
      await chmod(folder, mode);
    } catch (error) {
      const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!isThere) throw new Error(`failed to create subPath directory${about.slice(7)}`, { cause: error });
    }
    folder = await realpath(folder).catch((cause: unknown) => {
      throw new Error(`failed to prepare ${about}`, { cause });
    });
    if (!isInside(volume, folder)) throw new Error(`failed to prepare ${about}`);
  }
}

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** UIDs and volume names become names of folders; validation lets no others through, and nothing else may pass. */
function nameChecked(name: string): string {
  if (/^[A-Za-z0-9][-_.A-Za-z0-9]*$/.test(name)) return name;
  throw new MooringError('INVALID', `"${name}" cannot be the name of a directory`);
}

function isNotEmpty(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}
