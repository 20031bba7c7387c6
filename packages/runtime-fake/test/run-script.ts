/** Runs commands of the fake busybox in a fake container. */

import type { ContainerConfig, ContainerID, ContainerRuntime } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { FakeHost, FakeRuntime } from '@mooring/runtime-fake';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

const { signal } = new AbortController();

export async function runScript(script: string, options: { killAfterMs?: number } = {}): Promise<Ran> {
  return await runCommand(['sh', '-c', script], options);
}

/** Runs as the only process of a container, for at most an hour of virtual time. */
export async function runCommand(
  command: readonly string[],
  { killAfterMs }: { killAfterMs?: number } = {},
): Promise<Ran> {
  const clock = new TestClock();
  const host = new FakeHost({ clock, images: { busybox: {} } });
  const runtime = new FakeRuntime(host);
  const id = await startInPod(runtime, command);
  const info = () => host.containers.get(id)?.info;
  if (killAfterMs !== undefined) {
    await clock.advanceBy(killAfterMs);
    await runtime.stopContainer(id, 0, signal);
  } else await clock.advanceUntil(() => info()?.state === 'exited', 3_600_000);
  const { exitCode = -1, startedAtMs = 0, finishedAtMs = Number.NaN } = info() ?? {};
  const texts = { stdout: '', stderr: '' };
  // A newline is put after the last line only if the process wrote one, which the log does not keep.
  for await (const { stream, text } of runtime.logs(id, {}, signal)) texts[stream] += `${text}\n`;
  return { exitCode, ...texts, tookMs: finishedAtMs - startedAtMs };
}

/** Creates a pod with one container that runs `command`, and starts it. */
export async function startInPod(
  runtime: ContainerRuntime,
  command: readonly string[],
  changes: Partial<ContainerConfig> = {},
): Promise<ContainerID> {
  const {
    podUID = 'uid',
    podName = 'pod',
    namespace = 'default',
    containerName = 'main',
    attempt = 0,
  } = changes;
  const sandbox = await runtime.createSandbox(
    { podUID, podName, namespace, attempt: 0, hostname: podName, hostNetwork: false, labels: {}, ports: [] },
    signal,
  );
  const config: ContainerConfig = {
    name: `${podUID}_${containerName}_${attempt}`,
    sandboxID: sandbox.id,
    podUID,
    podName,
    namespace,
    containerName,
    attempt,
    labels: { uid: podUID },
    image: 'busybox',
    imageRef: 'busybox',
    command,
    env: [],
    mounts: [],
    ports: [],
    resources: {},
    stdin: false,
    tty: false,
    ...changes,
  };
  const id = await runtime.createContainer(config, signal);
  await runtime.startContainer(id, signal);
  return id;
}
