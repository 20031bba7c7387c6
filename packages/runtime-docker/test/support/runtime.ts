/** A Docker runtime over a directory of its own, and real programs for it to run. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContainerConfig, type ContainerInfo, silentLogger, systemClock } from '@mooring/core';
import { dockerSocket } from '../../../../test/support/engines.ts';
import { removeFolder } from '../../../../test/support/remove-folder.ts';
import type { DockerRuntime } from '../../src/docker-runtime.ts';
import { openDockerRuntime } from '../../src/open-docker-runtime.ts';
import { type DockerRuntimeOptions, defaultOptions } from '../../src/options.ts';

export const never = new AbortController().signal;

export class Node implements AsyncDisposable {
  readonly dataDir: string;
  private readonly options: DockerRuntimeOptions;
  private opened: DockerRuntime | undefined;
  private count = 0;

  private constructor(dataDir: string, options: DockerRuntimeOptions) {
    this.dataDir = dataDir;
    this.options = options;
  }

  static async open(options: DockerRuntimeOptions = {}): Promise<Node> {
    const node = new Node(mkdtempSync(join(tmpdir(), 'mooring-docker-')), options);
    await node.reopen();
    return node;
  }

  get runtime(): DockerRuntime {
    if (this.opened === undefined) throw new Error('the runtime is closed');
    return this.opened;
  }

  /** The client of the runtime. */
  get docker() {
    return this.runtime.engine.docker;
  }

  async close(): Promise<void> {
    await this.opened?.[Symbol.asyncDispose]();
    this.opened = undefined;
  }

  async reopen(): Promise<void> {
    await this.close();
    this.opened = await openDockerRuntime(
      { nodeName: 'test-node', dataDir: this.dataDir, clock: systemClock, logger: silentLogger },
      { ...defaultOptions, host: `unix://${dockerSocket()}`, ...this.options },
    );
  }

  /** The sandbox of a pod, made when it is not there yet. */
  async sandbox(podUID: string, changes: Partial<Parameters<DockerRuntime['createSandbox']>[0]> = {}) {
    return await this.runtime.createSandbox(
      {
        ...{ podUID, podName: podUID, namespace: 'default', attempt: 0, hostname: podUID },
        ...{ hostNetwork: false, labels: {}, ports: [] },
        ...changes,
      },
      never,
    );
  }

  /** A container that runs a shell script, with a pod of its own unless `podUID` is given. */
  async create(script: string, changes: Partial<ContainerConfig> = {}): Promise<string> {
    return await this.runtime.createContainer(await this.config(script, changes), never);
  }

  /** What such a container is created from; its sandbox is there. */
  async config(script: string, changes: Partial<ContainerConfig> = {}): Promise<ContainerConfig> {
    this.count += 1;
    const podUID = changes.podUID ?? `pod-${this.count}`;
    const sandbox = await this.sandbox(podUID);
    const image = changes.image ?? 'mooring-test/busybox:1';
    const found = await this.runtime.ensureImage(image, 'Never', never);
    return {
      name: `${podUID}_${changes.containerName ?? 'main'}_${changes.attempt ?? 0}`,
      sandboxID: sandbox.id,
      ...{ podUID, podName: podUID, namespace: 'default', containerName: 'main', attempt: 0 },
      ...{ labels: {}, image, imageRef: found?.ref ?? image, command: ['sh', '-c', script], env: [] },
      ...{ mounts: [], ports: [], resources: {}, stdin: false, tty: false },
      ...changes,
    };
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

  /** Removes all that the runtime has on the engine. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.opened === undefined) await this.reopen();
    const { runtime } = this;
    await Promise.all(
      (await runtime.listContainers({}, never)).map(async ({ id }) => {
        await runtime.stopContainer(id, 0, never);
        await runtime.removeContainer(id, never);
      }),
    );
    const sandboxes = await runtime.listSandboxes(never);
    await Promise.all(sandboxes.map(({ id }) => runtime.removeSandbox(id, never)));
    await this.close();
    removeFolder(this.dataDir);
  }
}

/** An engine that many tests use at once may take its time. */
const deadlineMs = 60_000;

/** Looks again and again until the condition holds; fails after a minute. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
