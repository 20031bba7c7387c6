/** Volumes that exist in memory only: for virtual clusters, where nothing may touch a disk or wait for one. */

import { posix } from 'node:path';
import type { HostPathType } from '../api/pod.ts';
import type { PlannedMount } from '../kubelet/volume/mounts.ts';
import type { PlannedFile } from '../kubelet/volume/volume-files.ts';
import { type VolumeHost, type VolumeStorage, volumeHost } from '../kubelet/volume/volume-host.ts';
import { MemoryDisk } from './memory-disk.ts';

/** Volumes without a disk: give them as `volumes` of a cluster. */
export interface MemoryVolumes extends VolumeHost {
  /** What pods were given, by the `hostPath` of their mounts; tests may put paths of the host there beforehand. */
  readonly files: MemoryDisk;
}

/** Every promise it gives is settled already: no virtual time passes and no real time is waited for. */
export function memoryVolumes(files = new MemoryDisk()): MemoryVolumes {
  return { files, ...volumeHost(new MemoryStorage(files)) };
}

const root = '/volumes';

class MemoryStorage implements VolumeStorage {
  private readonly disk: MemoryDisk;

  constructor(disk: MemoryDisk) {
    this.disk = disk;
  }

  pathOf(podUID: string, volume: string): string {
    return `${root}/${podUID}/${volume}`;
  }

  async keepDirectory(path: string): Promise<void> {
    if (this.disk.directory(path) === undefined) this.disk.makeDirectory(path, 0o777);
  }

  /** Everything is in memory here. */
  async keepMemory(path: string): Promise<string | undefined> {
    await this.keepDirectory(path);
    return undefined;
  }

  async checkHostPath(path: string, type: HostPathType): Promise<void> {
    const { disk } = this;
    if (!disk.exists(path)) {
      if (type === '' || type === 'DirectoryOrCreate') disk.makeDirectory(path);
      if (type === 'FileOrCreate') disk.writeFile(path, '');
    }
    const words = expected[type];
    if (words === undefined) return;
    const isFile = disk.file(path) !== undefined;
    const isDirectory = disk.exists(path) && !isFile;
    const holds = words === 'a directory' ? isDirectory : words === 'a file' && isFile;
    if (!holds) throw new Error(`hostPath type check failed: ${path} is not ${words}`);
  }

  async replaceFiles(path: string, files: readonly PlannedFile[]): Promise<void> {
    const { disk } = this;
    const wanted = new Set(files.map((file) => `${path}/${file.path}`));
    for (const known of disk.below(path)) if (!wanted.has(known)) disk.remove(known);
    disk.makeDirectory(path);
    for (const file of files) disk.writeFile(`${path}/${file.path}`, file.content, file.mode);
  }

  async subPath(mount: PlannedMount & { readonly subPath: string }): Promise<string> {
    const { disk } = this;
    const path = posix.join(mount.hostPath, mount.subPath).replace(/\/$/, '');
    if (!disk.exists(path)) disk.makeDirectory(path, disk.directory(mount.hostPath) ?? 0o777);
    return path;
  }

  async remove(podUID: string): Promise<void> {
    this.disk.remove(`${root}/${podUID}`);
  }

  async list(): Promise<readonly string[]> {
    const prefix = `${root}/`;
    const folders = this.disk.folders().filter((folder) => folder.startsWith(prefix));
    return folders.map((folder) => folder.slice(prefix.length));
  }
}

/** There are no sockets and no devices in memory. */
const expected: Readonly<Record<HostPathType, string | undefined>> = {
  '': undefined,
  DirectoryOrCreate: 'a directory',
  Directory: 'a directory',
  FileOrCreate: 'a file',
  File: 'a file',
  Socket: 'a socket file',
  CharDevice: 'a character device',
  BlockDevice: 'a block device',
};
