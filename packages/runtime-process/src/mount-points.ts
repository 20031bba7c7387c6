/**
 * Places in the file system of the host that volumes are mounted on. A mount needs something to cover, so what is
 * missing is created, noted, and removed when no container wants it any more. The host sees an empty directory
 * for that time; the volumes themselves are seen only in their container.
 */

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { readState, writeState } from '@mooring/core';

export interface MountPoint {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
}

interface Created {
  readonly kind: MountPoint['kind'];
  /** What had to be created, outermost first; with directories above that were created for others, as any may be the last to go. */
  readonly paths: readonly string[];
  owners: readonly string[];
}

export class MountPoints {
  private readonly file: string;
  private readonly created: Map<string, Created>;

  constructor(file: string) {
    this.file = file;
    this.created = new Map(Object.entries(readState<Record<string, Created>>(file) ?? {}));
  }

  /** Creates what is missing. Throws what the file system says. */
  ensure(owner: string, points: readonly MountPoint[]): void {
    let hasChanged = false;
    for (const { path, kind } of points) {
      const known = this.created.get(path);
      const isThere = existsSync(path);
      const shared = this.sharedBy(path);
      if (known === undefined && isThere && !shared.includes(path)) continue;
      if (known?.owners.includes(owner) && isThere) continue;
      const paths = isThere ? (known?.paths ?? shared) : [...shared, ...create(path, kind)];
      this.created.set(path, { kind, paths, owners: [...(known?.owners ?? []), owner] });
      hasChanged = true;
    }
    if (hasChanged) this.save();
  }

  /** Removes what nobody owns any more, unless another agent of the host mounted something there. */
  release(owner: string): void {
    let hasChanged = false;
    for (const [path, point] of this.created) {
      if (!point.owners.includes(owner)) continue;
      point.owners = point.owners.filter((other) => other !== owner);
      hasChanged = true;
      if (point.owners.length > 0 || isMountedSomewhere(path)) continue;
      this.remove(path, point);
    }
    if (hasChanged) this.save();
  }

  /**
   * Once more for what was in use the last time; `isOwner` says which owners still exist. True when nothing is left
   * that nobody owns.
   */
  sweep(isOwner: (owner: string) => boolean): boolean {
    for (const [path, point] of this.created) {
      point.owners = point.owners.filter(isOwner);
      if (point.owners.length > 0 || isMountedSomewhere(path)) continue;
      this.remove(path, point);
    }
    this.save();
    return [...this.created.values()].every(({ owners }) => owners.length > 0);
  }

  /** The directories on the way to a path that were created for others, outermost first. */
  private sharedBy(path: string): readonly string[] {
    const paths = [...this.created.values()].flatMap((point) => point.paths);
    const above = paths.filter((dir) => (path === dir || path.startsWith(`${dir}/`)) && existsSync(dir));
    return [...new Set(above)].sort((a, b) => a.length - b.length);
  }

  private remove(path: string, { kind, paths }: Created): void {
    this.created.delete(path);
    // Up to what is wanted itself: a directory that is removed takes along what containers have mounted on it.
    const wanted = paths.findLastIndex((dir) => this.created.has(dir));
    remove(kind, paths.slice(wanted + 1));
  }

  private save(): void {
    // The directory of an agent that nobody succeeds is removed with its last process.
    if (existsSync(dirname(this.file))) writeState(this.file, Object.fromEntries(this.created));
  }
}

/**
 * An empty file to mount on that stays: containers of all agents of the host want it at any moment. Throws what the
 * file system says.
 */
export function keepMountPoint(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

/** What a volume is mounted on must be of the same kind as the volume. */
export function kindOf(hostPath: string): MountPoint['kind'] {
  return statSync(hostPath).isDirectory() ? 'directory' : 'file';
}

function create(path: string, kind: MountPoint['kind']): readonly string[] {
  const missing: string[] = [];
  for (let dir = dirname(path); !existsSync(dir); dir = dirname(dir)) missing.unshift(dir);
  for (const dir of missing) mkdirSync(dir);
  if (kind === 'directory') mkdirSync(path);
  else writeFileSync(path, '', { flag: 'wx' });
  return [...missing, path];
}

function remove(kind: MountPoint['kind'], paths: readonly string[]): void {
  for (const [i, path] of [...paths].reverse().entries()) {
    try {
      if (i === 0 && kind === 'file') {
        // Somebody wrote to it outside of any container: it is theirs now.
        if (statSync(path).size > 0) return;
        rmSync(path);
      } else rmdirSync(path);
    } catch {
      // Gone already, or no longer empty and so not ours alone.
      return;
    }
  }
}

/** Looks through the mount namespaces of all processes but our own. */
function isMountedSomewhere(path: string): boolean {
  const seen = new Set<string>([readlinkSync('/proc/self/ns/mnt')]);
  const escaped = path.replaceAll('\\', '\\134').replaceAll(' ', '\\040').replaceAll('\n', '\\012');
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const namespace = readlinkSync(`/proc/${pid}/ns/mnt`);
      if (seen.has(namespace)) return false;
      seen.add(namespace);
      return readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
        .split('\n')
        .some((line) => line.split(' ')[4] === escaped);
    } catch {
      // It ended meanwhile, or is another user's.
      return false;
    }
  });
}
