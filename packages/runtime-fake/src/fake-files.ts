/**
 * The files that one container sees: its own, and those of the node below its mounts. A directory must exist before
 * something is written into it, as on a real system: a mount that was forgotten shows.
 */

import type { Mount } from '@mooring/core';
import { type FileTree, SmallTree } from './file-tree.ts';

/** Directories that every image has. */
const ownDirectories: ReadonlySet<string> = new Set([
  ...['/', '/bin', '/dev', '/etc', '/home', '/opt', '/proc', '/root', '/run', '/tmp', '/usr', '/var'],
  ...['/usr/bin', '/usr/local', '/var/lib', '/var/log', '/var/run', '/var/tmp'],
]);

/** Writing there is forgotten, reading there gives nothing. */
const nowhere = '/dev/null';

/** A failed file operation, in the words of the C library. */
export class FileError extends Error {}

interface Place {
  readonly tree: FileTree;
  readonly path: string;
  readonly readOnly: boolean;
}

/** The files that a scripted container sees: its own, and its mounts. */
export class FakeFiles {
  private readonly own: FileTree = new SmallTree();
  private readonly node: FileTree;
  private readonly mounts: readonly Mount[];

  constructor(node: FileTree, mounts: readonly Mount[]) {
    this.node = node;
    // The deepest mount wins.
    this.mounts = [...mounts].sort((a, b) => b.containerPath.length - a.containerPath.length);
  }

  /** Throws a `FileError` when there is no such file. */
  read(path: string): string {
    const place = this.place(path);
    if (place.path === nowhere) return '';
    const file = place.tree.file(place.path);
    if (file !== undefined) return Buffer.from(file.content).toString();
    throw new FileError(this.isDirectory(path) ? 'Is a directory' : 'No such file or directory');
  }

  /** Replaces or creates. Throws a `FileError` when the directory is missing or the mount is read only. */
  write(path: string, content: string): void {
    const { tree, path: at } = this.writable(path);
    if (at !== nowhere) tree.writeFile(at, content, tree.file(at)?.mode);
  }

  append(path: string, content: string): void {
    const { tree, path: at } = this.writable(path);
    this.write(path, Buffer.from(tree.file(at)?.content ?? '').toString() + content);
  }

  exists(path: string): boolean {
    return this.isFile(path) || this.isDirectory(path);
  }

  isFile(path: string): boolean {
    const place = this.place(path);
    return place.path === nowhere || place.tree.file(place.path) !== undefined;
  }

  isDirectory(path: string): boolean {
    const place = this.place(path);
    if (place.tree.file(place.path) !== undefined) return false;
    const isMount = this.mounts.some(({ containerPath }) => normal(containerPath) === normal(path));
    if (isMount || (place.tree === this.own && ownDirectories.has(place.path))) return true;
    return place.tree.exists(place.path);
  }

  makeDirectory(path: string): void {
    if (this.exists(path)) throw new FileError('File exists');
    const place = this.writable(path);
    place.tree.makeDirectory(place.path);
  }

  /** Removes a file, or a directory with all that is in it. False when there was nothing. */
  remove(path: string): boolean {
    if (!this.exists(path)) return false;
    const place = this.place(path);
    if (place.readOnly) throw new FileError('Read-only file system');
    place.tree.remove(place.path);
    return true;
  }

  /** Names in a directory, sorted. */
  list(path: string): readonly string[] {
    const { tree, path: at } = this.place(path);
    const start = at === '/' ? 1 : at.length + 1;
    return [...new Set(tree.below(at).map((entry) => entry.slice(start).split('/')[0] ?? ''))].sort();
  }

  /** Makes an empty file, whatever lies above it: how a runtime brings in the termination message file. */
  offer(path: string): void {
    const { tree, path: at } = this.place(path);
    if (tree.file(at) === undefined) tree.writeFile(at, '');
  }

  private writable(path: string): Place {
    const place = this.place(path);
    if (place.path === nowhere) return place;
    if (place.readOnly) throw new FileError('Read-only file system');
    if (this.isDirectory(path)) throw new FileError('Is a directory');
    if (!this.isDirectory(parentOf(normal(path)))) throw new FileError('nonexistent directory');
    return place;
  }

  private place(path: string): Place {
    const at = normal(path);
    for (const { containerPath, hostPath, readOnly } of this.mounts) {
      const root = normal(containerPath);
      if (at === root) return { tree: this.node, path: normal(hostPath), readOnly };
      if (at.startsWith(root === '/' ? '/' : `${root}/`))
        return { tree: this.node, path: normal(`${hostPath}/${at.slice(root.length)}`), readOnly };
    }
    return { tree: this.own, path: at, readOnly: false };
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** Absolute, without doubled or trailing slashes, `.` and `..`. */
function normal(path: string): string {
  const kept: string[] = [];
  for (const word of path.split('/')) {
    if (word === '..') kept.pop();
    else if (word !== '' && word !== '.') kept.push(word);
  }
  return `/${kept.join('/')}`;
}
