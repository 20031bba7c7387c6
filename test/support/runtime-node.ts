/** A runtime over a directory of its own that runs real programs: what tests of different runtimes do with it. */

import {
  type ContainerConfig,
  type ContainerInfo,
  type ContainerRuntime,
  type RuntimeContext,
  type SandboxConfig,
  type SandboxInfo,
  silentLogger,
  systemClock,
} from '@mooring/core';
import { removeFolder } from './remove-folder.ts';

export const never = new AbortController().signal;

export abstract class RuntimeNode<Runtime extends ContainerRuntime> implements AsyncDisposable {
  readonly dataDir: string;
  private opened: Runtime | undefined;
  private count = 0;

  protected constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  protected abstract openRuntime(context: RuntimeContext): Promise<Runtime>;

  /** What runs a shell script, in this image where one is named. */
  protected abstract program(
    script: string,
    image: string | undefined,
  ): Promise<Pick<ContainerConfig, 'image' | 'imageRef' | 'command' | 'args'>>;

  get runtime(): Runtime {
    if (this.opened === undefined) throw new Error('the runtime is closed');
    return this.opened;
  }

  async close(): Promise<void> {
    await this.opened?.[Symbol.asyncDispose]();
    this.opened = undefined;
  }

  async reopen(): Promise<void> {
    await this.close();
    const { dataDir } = this;
    this.opened = await this.openRuntime({
      nodeName: 'test-node',
      dataDir,
      clock: systemClock,
      logger: silentLogger,
    });
  }

  /** The sandbox of a pod, made when it is not there yet. */
  async sandbox(podUID: string, changes: Partial<SandboxConfig> = {}): Promise<SandboxInfo> {
    return await this.runtime.createSandbox(
      {
        ...{ podUID, podName: podUID, namespace: 'default', attempt: 0, hostname: podUID },
        ...{ hostNetwork: false, labels: {}, ports: [] },
        ...changes,
      },
      never,
    );
  }

  /** What a container that runs a shell script is created from; its sandbox is there. */
  async config(script: string, changes: Partial<ContainerConfig> = {}): Promise<ContainerConfig> {
    this.count += 1;
    const { podUID = `pod-${this.count}`, containerName = 'main', attempt = 0 } = changes;
    const sandbox = await this.sandbox(podUID);
    return {
      name: `${podUID}_${containerName}_${attempt}`,
      sandboxID: sandbox.id,
      ...{ podUID, podName: podUID, namespace: 'default', containerName, attempt, labels: {}, env: [] },
      ...{ mounts: [], ports: [], resources: {}, stdin: false, tty: false },
      ...(await this.program(script, changes.image)),
      ...changes,
    };
  }

  /** A container that runs a shell script, with a pod of its own unless `podUID` is given. */
  async create(script: string, changes: Partial<ContainerConfig> = {}): Promise<string> {
    return await this.runtime.createContainer(await this.config(script, changes), never);
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

  /** Removes all that the runtime has. */
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

/** A machine that runs many tests at once, or an engine that many use, may take its time. */
const deadlineMs = 60_000;
const pollMs = 10;

/** Looks again and again until the condition holds; fails after a minute. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
