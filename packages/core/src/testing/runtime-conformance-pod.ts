/** A pod of the runtime conformance kit: its calls move time on while they wait, and it cleans up after itself. */

import assert from 'node:assert/strict';
import type {
  ContainerConfig,
  ContainerID,
  ContainerInfo,
  ContainerRuntime,
  ExecOptions,
  ExecResult,
  LogLine,
  LogOptions,
  SandboxConfig,
  SandboxInfo,
} from '../contract/container-runtime.ts';
import type { ConformanceProgram, RuntimeConformanceContext } from './runtime-conformance-context.ts';

/** A signal that nobody aborts. */
export const unhurried: AbortSignal = new AbortController().signal;

export class ConformancePod {
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  private readonly context: RuntimeConformanceContext;
  private readonly sandbox: SandboxInfo;

  private constructor(context: RuntimeConformanceContext, uid: string, sandbox: SandboxInfo) {
    this.context = context;
    this.uid = uid;
    this.labels = podLabels(uid);
    this.sandbox = sandbox;
  }

  /** Runs `body` with a pod that has a sandbox, and removes all that is left of it afterwards. */
  static async use(context: RuntimeConformanceContext, body: (pod: ConformancePod) => Promise<void>) {
    const uid = context.unique('pod');
    const sandbox = await settle(context, context.runtime.createSandbox(sandboxConfig(uid), unhurried));
    const pod = new ConformancePod(context, uid, sandbox);
    try {
      await body(pod);
    } finally {
      await pod.cleanUp();
    }
  }

  get runtime(): ContainerRuntime {
    return this.context.runtime;
  }

  config(program: ConformanceProgram, changes: Partial<ContainerConfig> = {}): ContainerConfig {
    const { uid, sandbox } = this;
    return {
      name: `${uid}_main_0`,
      sandboxID: sandbox.id,
      podUID: uid,
      podName: 'conformance',
      namespace: 'default',
      containerName: 'main',
      attempt: 0,
      labels: this.labels,
      imageRef: program.image,
      ...program,
      env: [],
      mounts: [],
      ports: [],
      resources: {},
      stdin: false,
      tty: false,
      ...changes,
    };
  }

  async create(program: ConformanceProgram, changes: Partial<ContainerConfig> = {}): Promise<ContainerID> {
    const config = await this.configWithImage(program, changes);
    return await this.settle(this.runtime.createContainer(config, unhurried));
  }

  /** Tells the runtime that such a container may be created. */
  async prepare(program: ConformanceProgram, changes: Partial<ContainerConfig> = {}): Promise<void> {
    const config = await this.configWithImage(program, changes);
    await this.settle(this.runtime.prepareContainer?.(config, unhurried) ?? Promise.resolve());
  }

  /** Creates and starts. */
  async run(program: ConformanceProgram, changes: Partial<ContainerConfig> = {}): Promise<ContainerID> {
    const id = await this.create(program, changes);
    await this.start(id);
    return id;
  }

  /** Creates, starts and waits for the end. */
  async runToEnd(
    program: ConformanceProgram,
    changes: Partial<ContainerConfig> = {},
  ): Promise<ContainerInfo> {
    return await this.untilExited(await this.run(program, changes));
  }

  start(id: ContainerID): Promise<void> {
    return this.settle(this.runtime.startContainer(id, unhurried));
  }

  stop(id: ContainerID, gracePeriodMs: number): Promise<void> {
    return this.settle(this.runtime.stopContainer(id, gracePeriodMs, unhurried));
  }

  remove(id: ContainerID): Promise<void> {
    return this.settle(this.runtime.removeContainer(id, unhurried));
  }

  find(id: ContainerID): Promise<ContainerInfo | undefined> {
    return this.settle(this.runtime.inspectContainer(id, unhurried));
  }

  async inspect(id: ContainerID): Promise<ContainerInfo> {
    const info = await this.find(id);
    assert.ok(info, `container ${id} is known`);
    return info;
  }

  list(labels: Readonly<Record<string, string>> = this.labels): Promise<readonly ContainerInfo[]> {
    return this.settle(this.runtime.listContainers(labels, unhurried));
  }

  exec(id: ContainerID, command: readonly string[], options: Partial<ExecOptions> = {}): Promise<ExecResult> {
    return this.settle(this.runtime.exec(id, command, { outputBytesMax: 10_240, ...options }, unhurried));
  }

  /** All lines, as texts. */
  async logs(id: ContainerID, options: LogOptions = {}): Promise<readonly string[]> {
    return (await this.settle(collect(this.runtime.logs(id, options, unhurried)))).map(({ text }) => text);
  }

  async untilExited(id: ContainerID): Promise<ContainerInfo> {
    await eventually(this.context, `container ${id} exits`, async () => {
      return (await this.inspect(id)).state === 'exited';
    });
    return await this.inspect(id);
  }

  private async configWithImage(
    program: ConformanceProgram,
    changes: Partial<ContainerConfig>,
  ): Promise<ContainerConfig> {
    const config = this.config(program, changes);
    const image = await this.settle(this.runtime.ensureImage(config.image, 'IfNotPresent', unhurried));
    assert.ok(image, `the image ${config.image} of the kit is there`);
    return { ...config, imageRef: image.ref };
  }

  private settle<T>(promise: Promise<T>): Promise<T> {
    return settle(this.context, promise);
  }

  private async cleanUp(): Promise<void> {
    for (const { id } of await this.list()) {
      await this.stop(id, 0);
      await this.remove(id);
    }
    await this.settle(this.runtime.removeSandbox(this.sandbox.id, unhurried));
  }
}

export function sandboxConfig(uid: string): SandboxConfig {
  return {
    podUID: uid,
    podName: 'conformance',
    namespace: 'default',
    attempt: 0,
    hostname: 'conformance',
    hostNetwork: false,
    labels: podLabels(uid),
    ports: [],
  };
}

/** Waits for `promise` while time goes by; fails when it is not settled within the deadline of the context. */
export async function settle<T>(context: RuntimeConformanceContext, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const watched = promise.finally(() => {
    isSettled = true;
  });
  // The rejection reaches the caller through the last line; until then it must not count as unhandled.
  watched.catch(() => undefined);
  await eventually(context, 'the call settles', () => isSettled);
  return await watched;
}

/** What a call rejects with, `undefined` when it resolves; to be awaited later, when something has been done to it. */
export function rejectionOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Lets time go by until `condition` holds; fails after the deadline of the context. */
export async function eventually(
  context: RuntimeConformanceContext,
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const endMs = context.nowMs() + context.deadlineMs;
  // A call may be settled without any time going by: zero lets promises run.
  await context.advance(0);
  while (!(await condition())) {
    assert.ok(context.nowMs() < endMs, `within ${context.deadlineMs} ms ${what}`);
    await context.advance(context.stepMs);
  }
}

export async function collect(lines: AsyncIterable<LogLine>): Promise<readonly LogLine[]> {
  const collected: LogLine[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}

function podLabels(uid: string): Readonly<Record<string, string>> {
  return { 'conformance/pod-uid': uid };
}
