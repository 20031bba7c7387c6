/** A watched folder of manifests (or one file) whose pods this node runs: the kubelet's static pods. */

import type { Pod, StoredPod } from '../../api/pod.ts';
import type { Clock } from '../../contract/clock.ts';
import { errorMessage } from '../../contract/error.ts';
import { FolderHint } from './folder-hint.ts';
import { manifestFiles, manifestText } from './manifest-files.ts';
import { configAnnotations, isNamed, staticPod } from './static-pod.ts';

export interface ParsedPods {
  /** Defaulted and validated. */
  readonly pods: readonly Pod[];
  /** One text for each mistake. */
  readonly errors: readonly string[];
}

export interface ManifestFolderOptions {
  /** A directory, read without its subdirectories, or one file. */
  readonly path: string;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly parse: (text: string, file: string) => ParsedPods;
  /** Gets all pods that are wanted now: once at the start, and again whenever the set changes. */
  readonly onPods: (pods: readonly StoredPod[]) => void;
  /** Gets what is wrong with a file or the folder: once, and again only when it is something else. */
  readonly onError: (error: { readonly file: string; readonly message: string }) => void;
  readonly signal: AbortSignal;
  /** How often everything is read anew, whatever the file system says. 20 s as in Kubernetes. */
  readonly rereadMs?: number;
}

const emptied = 'holds no pods any more: those that it described run on until the file is removed';
/** Editors write a file in several steps; one look at their end is enough. */
const quietMs = 100;

/**
 * Watches until `signal` aborts, and resolves then. A bad file neither keeps the others from loading nor ends the pods
 * that it described while it was good (the kubelet would end them); they go with the file.
 */
export async function watchManifestFolder(options: ManifestFolderOptions): Promise<void> {
  const { path, clock, signal, rereadMs = 20_000 } = options;
  const folder = new ManifestFolder(options);
  const hint = new FolderHint({ path, clock, quietMs, signal });
  while (!signal.aborted) {
    // First, so that no change falls between the reading and the watching.
    await hint.aim();
    await folder.read();
    await hint.next(rereadMs);
  }
}

interface KnownFile {
  /** Tells one state of the file from the next. */
  readonly text: string;
  readonly pods: readonly StoredPod[];
  readonly problem: string | undefined;
}

/** What is wrong, by file. */
type Problems = Map<string, string>;

class ManifestFolder {
  private readonly options: ManifestFolderOptions;
  private known: ReadonlyMap<string, KnownFile> = new Map();
  private told: Problems = new Map();
  private emitted: string | undefined;

  constructor(options: ManifestFolderOptions) {
    this.options = options;
  }

  async read(): Promise<void> {
    const { path, onPods, signal } = this.options;
    const problems: Problems = new Map();
    const isListed = await this.readAll(path, problems);
    if (signal.aborted) return;
    const pods = uniquePods(this.known, problems);
    this.tell(problems);
    const set = pods.map(({ metadata }) => metadata.annotations?.[configAnnotations.hash]).join(' ');
    // Before the folder could be read once, an empty set would end pods that an earlier agent left running.
    if (set === this.emitted || (!isListed && this.emitted === undefined)) return;
    this.emitted = set;
    onPods(pods);
  }

  /** False when it could not be told which files there are: what is known of them stays then. */
  private async readAll(path: string, problems: Problems): Promise<boolean> {
    try {
      const files = await manifestFiles(path);
      if (files === undefined) problems.set(path, 'does not exist');
      const next = new Map<string, KnownFile>();
      for (const file of files ?? []) {
        const known = await this.readOne(file, problems);
        if (known !== undefined) next.set(file, known);
      }
      this.known = next;
      return true;
    } catch (error) {
      problems.set(path, errorMessage(error));
      return false;
    }
  }

  private async readOne(file: string, problems: Problems): Promise<KnownFile | undefined> {
    const before = this.known.get(file);
    try {
      const text = await manifestText(file);
      if (text === undefined) return undefined;
      const known = text === before?.text ? before : this.parse(file, text, before?.pods ?? []);
      if (known.problem !== undefined) problems.set(file, known.problem);
      return known;
    } catch (error) {
      problems.set(file, errorMessage(error));
      return before;
    }
  }

  private parse(file: string, text: string, before: readonly StoredPod[]): KnownFile {
    const { pods: read, errors } = this.parsed(file, text);
    const origin = { file, nodeName: this.options.nodeName, seenMs: this.options.clock.now() };
    const pods = read.filter(isNamed).map((pod) => {
      const fresh = staticPod(pod, origin);
      // The same pod in an edited file keeps the time at which it was first seen.
      return before.find((one) => hashOf(one) === hashOf(fresh)) ?? fresh;
    });
    const unnamed = read.filter((pod) => !isNamed(pod)).map(() => 'metadata.name: Required value');
    const mistakes = [...errors, ...unnamed];
    // Most likely caught between being emptied and being written anew.
    if (read.length === 0 && mistakes.length === 0 && before.length > 0) mistakes.push(emptied);
    if (mistakes.length === 0) return { text, pods, problem: undefined };
    const names = new Set(pods.map(fullName));
    const kept = before.filter((pod) => !names.has(fullName(pod)));
    return { text, pods: [...pods, ...kept], problem: mistakes.join('\n') };
  }

  private parsed(file: string, text: string): ParsedPods {
    try {
      return this.options.parse(text, file);
    } catch (error) {
      return { pods: [], errors: [errorMessage(error)] };
    }
  }

  private tell(problems: Problems): void {
    for (const [file, message] of problems) {
      if (this.told.get(file) !== message) this.options.onError({ file, message });
    }
    this.told = problems;
  }
}

/** Of two pods with one name the first file's goes, and the other is reported. */
function uniquePods(files: ReadonlyMap<string, KnownFile>, problems: Problems): readonly StoredPod[] {
  const byName = new Map<string, StoredPod>();
  for (const [file, { pods }] of files) {
    for (const pod of pods) {
      const name = fullName(pod);
      if (!byName.has(name)) {
        byName.set(name, pod);
        continue;
      }
      const message = `Error validating pod ${name} from file due to duplicate pod name "${pod.metadata.name}", ignoring`;
      problems.set(file, [problems.get(file), message].filter((text) => text !== undefined).join('\n'));
    }
  }
  return [...byName.values()];
}

/** `web-node-a_default`, the kubelet's form. */
function fullName(pod: StoredPod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}`;
}

function hashOf(pod: StoredPod): string | undefined {
  return pod.metadata.annotations?.[configAnnotations.hash];
}
