/** Files in memory by absolute path: the disk of a fake node, and what a container writes outside of its mounts. */

export interface TreeFile {
  readonly content: Uint8Array;
  readonly mode: number;
}

/** Also the shape of `MemoryDisk` of `@mooring/core/testing`, so that in-memory volumes can be mounted. */
export interface FileTree {
  file(path: string): TreeFile | undefined;
  writeFile(path: string, content: Uint8Array | string, mode?: number): void;
  makeDirectory(path: string, mode?: number): void;
  /** True for files, for directories that were made, and for those that lead to a file. */
  exists(path: string): boolean;
  /** All paths of files and directories inside a directory, however deep. */
  below(directory: string): readonly string[];
  /** Takes away what is at the path and below it. Gone already => ok. */
  remove(path: string): void;
}

export class SmallTree implements FileTree {
  private readonly entries = new Map<string, TreeFile | 'directory'>();

  file(path: string): TreeFile | undefined {
    const entry = this.entries.get(path);
    return entry === 'directory' ? undefined : entry;
  }

  writeFile(path: string, content: Uint8Array | string, mode = 0o644): void {
    this.entries.set(path, { content: typeof content === 'string' ? Buffer.from(content) : content, mode });
  }

  makeDirectory(path: string): void {
    this.entries.set(path, 'directory');
  }

  exists(path: string): boolean {
    return this.entries.has(path) || this.below(path).length > 0;
  }

  below(directory: string): readonly string[] {
    const start = directory === '/' ? '/' : `${directory}/`;
    return [...this.entries.keys()].filter((path) => path.startsWith(start) && path !== '/');
  }

  remove(path: string): void {
    for (const gone of [path, ...this.below(path)]) this.entries.delete(gone);
  }
}
