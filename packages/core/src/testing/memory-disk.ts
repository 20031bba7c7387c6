/** Stands for the disk of a virtual node: files and directories by absolute path. */

export interface MemoryFile {
  readonly content: Uint8Array;
  readonly mode: number;
}

type MemoryEntry = MemoryFile | { readonly content?: undefined; readonly mode: number };

/** Entries are kept apart by their top two folders, so that dropping one pod of ten thousand looks at its own only. */
export class MemoryDisk {
  private readonly trees = new Map<string, Map<string, MemoryEntry>>();

  file(path: string): MemoryFile | undefined {
    const entry = this.entry(path);
    return entry?.content === undefined ? undefined : entry;
  }

  /** The mode of a directory that was made, `undefined` when there is none. */
  directory(path: string): number | undefined {
    const entry = this.entry(path);
    return entry?.content === undefined ? entry?.mode : undefined;
  }

  writeFile(path: string, content: Uint8Array | string, mode = 0o644): void {
    this.put(path, { content: typeof content === 'string' ? Buffer.from(content) : content, mode });
  }

  makeDirectory(path: string, mode = 0o755): void {
    this.put(path, { mode });
  }

  /** True for files, for directories that were made, and for those that lead to a file. */
  exists(path: string): boolean {
    return this.entry(path) !== undefined || this.below(path).length > 0;
  }

  /** All paths of files and directories inside a directory, however deep. */
  below(directory: string): readonly string[] {
    const tree = this.trees.get(treeOf(`${directory}/`));
    return tree === undefined ? [] : [...tree.keys()].filter((path) => path.startsWith(`${directory}/`));
  }

  /** Takes away what is at the path and below it. Gone already => ok. */
  remove(path: string): void {
    if (treeOf(`${path}/`) === path) {
      this.trees.delete(path);
      return;
    }
    const tree = this.trees.get(treeOf(path));
    for (const gone of [path, ...this.below(path)]) tree?.delete(gone);
  }

  /** The top two folders that hold anything: `/volumes/<pod UID>`. */
  folders(): readonly string[] {
    return [...this.trees.keys()];
  }

  private entry(path: string): MemoryEntry | undefined {
    return this.trees.get(treeOf(path))?.get(path);
  }

  private put(path: string, entry: MemoryEntry): void {
    const key = treeOf(path);
    const tree = this.trees.get(key) ?? new Map<string, MemoryEntry>();
    this.trees.set(key, tree.set(path, entry));
  }
}

/** `/volumes/uid/config/app.yaml` -> `/volumes/uid`; what lies higher is kept in one tree. */
function treeOf(path: string): string {
  return /^\/[^/]+\/[^/]+(?=\/)/.exec(path)?.[0] ?? '/';
}
