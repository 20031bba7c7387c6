/** A process runtime in a directory of its own, and real programs for it to run. */

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ContainerConfig,
  type ContainerInfo,
  parseStat,
  silentLogger,
  systemClock,
} from '@mooring/core';
import { removeFolder } from '../../../../test/support/remove-folder.ts';
import { openProcessRuntime } from '../../src/open-process-runtime.ts';
import { defaultOptions, type ProcessRuntimeOptions } from '../../src/options.ts';
import type { ProcessRuntime } from '../../src/process-runtime.ts';

export const never = new AbortController().signal;

export class Node implements AsyncDisposable {
  readonly dataDir: string;
  private readonly options: ProcessRuntimeOptions;
  private opened: ProcessRuntime | undefined;
  private count = 0;

  private constructor(dataDir: string, options: ProcessRuntimeOptions) {
    this.dataDir = dataDir;
    this.options = options;
  }

  static async open(
    options: ProcessRuntimeOptions | ((dataDir: string) => ProcessRuntimeOptions) = {},
  ): Promise<Node> {
    const dataDir = mkdtempSync(join(tmpdir(), 'mooring-process-'));
    const given = typeof options === 'function' ? options(dataDir) : options;
    const node = new Node(dataDir, { images: { sh: ['/bin/sh', '-c'], busybox: [] }, ...given });
    await node.reopen();
    return node;
  }

  /** Over a directory that is there already. */
  static async over(dataDir: string): Promise<Node> {
    const node = new Node(dataDir, { images: { sh: ['/bin/sh', '-c'] } });
    await node.reopen();
    return node;
  }

  get runtime(): ProcessRuntime {
    if (this.opened === undefined) throw new Error('the runtime is closed');
    return this.opened;
  }

  async close(): Promise<void> {
    await this.opened?.[Symbol.asyncDispose]();
    this.opened = undefined;
  }

  async reopen(): Promise<void> {
    await this.close();
    this.opened = await openProcessRuntime(
      { nodeName: 'test-node', dataDir: this.dataDir, clock: systemClock, logger: silentLogger },
      { ...defaultOptions, ...this.options },
    );
  }

  /** A container with a pod of its own that runs a shell script. */
  async create(script: string, changes: Partial<ContainerConfig> = {}): Promise<string> {
    this.count += 1;
    const podUID = changes.podUID ?? `pod-${this.count}`;
    const sandbox = await this.runtime.createSandbox(
      {
        ...{ podUID, podName: podUID, namespace: 'default', attempt: 0, hostname: podUID },
        ...{ hostNetwork: false, labels: {}, ports: [] },
      },
      never,
    );
    return await this.runtime.createContainer(
      {
        name: `${podUID}_main_${changes.attempt ?? 0}`,
        sandboxID: sandbox.id,
        ...{ podUID, podName: podUID, namespace: 'default', containerName: 'main', attempt: 0 },
        ...{ labels: {}, image: 'sh', imageRef: 'sh', args: [script], env: [], mounts: [], ports: [] },
        ...{ resources: {}, stdin: false, tty: false },
        ...changes,
      },
      never,
    );
  }

  async run(script: string, changes: Partial<ContainerConfig> = {}): Promise<string> {
    const id = await this.create(script, changes);
    await this.runtime.startContainer(id, never);
    return id;
  }

  async runToEnd(script: string, changes: Partial<ContainerConfig> = {}): Promise<ContainerInfo> {
    return await this.untilExited(await this.run(script, changes));
  }

  async inspect(id: string): Promise<ContainerInfo> {
    const info = await this.runtime.inspectContainer(id, never);
    if (info === undefined) throw new Error(`no container ${id}`);
    return info;
  }

  async untilExited(id: string): Promise<ContainerInfo> {
    await until('the container exits', async () => (await this.inspect(id)).state === 'exited');
    return await this.inspect(id);
  }

  async logs(id: string): Promise<readonly string[]> {
    const lines: string[] = [];
    for await (const { text } of this.runtime.logs(id, {}, never)) lines.push(text);
    return lines;
  }

  /** Waits until the container has printed the line. */
  async untilPrinted(id: string, line: string): Promise<void> {
    await until(`${line} is printed`, async () => (await this.logs(id)).includes(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.opened === undefined) await this.reopen();
    for (const { id } of await this.runtime.listContainers({}, never)) {
      await this.runtime.stopContainer(id, 0, never);
      await this.runtime.removeContainer(id, never);
    }
    for (const { id } of await this.runtime.listSandboxes(never)) await this.runtime.removeSandbox(id, never);
    await this.close();
    removeFolder(this.dataDir);
  }
}

/** A machine that runs many tests at once may take its time. */
const deadlineMs = 60_000;

/** Looks again and again until the condition holds; fails after a minute. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** True while the process runs, and not as a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1')).state !== 'Z';
  } catch {
    return false;
  }
}
