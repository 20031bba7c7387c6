/** Whole agents on a real Docker engine, with the manifests of the seed and images made on this host. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Cluster,
  type Container,
  type ContainerStatus,
  createAgent,
  createCluster,
  createMemoryStore,
  loadManifest,
  type StoredPod,
} from '@mooring/core';
import { execProbe } from '@mooring/probe-exec';
import { httpProbe } from '@mooring/probe-http';
import { tcpProbe } from '@mooring/probe-tcp';
import { type DockerRuntimeOptions, dockerRuntime } from '@mooring/runtime-docker';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  docker,
  makeImages,
  removeContainersOf,
  removeImages,
} from '../examples/quickstart/docker-images.ts';
import { describeWithEngine, dockerSocket } from './support/engines.ts';
import { startProgram } from './support/program.ts';
import { removeFolder } from './support/remove-folder.ts';
import { UnixProxy } from './support/unix-proxy.ts';

const root = join(import.meta.dirname, '..');
const seed = (name: string) => loadManifest(join(root, 'examples/seed', name));
/** Long enough for a machine that is busy with other tests. */
const timeoutMs = 120_000;
const dirs: string[] = [];

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'mooring-docker-test-'));
  dirs.push(dir);
  return dir;
}

const plugins = (options: DockerRuntimeOptions = {}) => [
  ...[httpProbe(), tcpProbe(), execProbe()],
  dockerRuntime({ host: `unix://${dockerSocket()}`, pull: 'when-missing', ...options }),
];

const agentIn = (dataDir: string, options: DockerRuntimeOptions = {}, name = 'node-a') =>
  createAgent({ name, plugins: plugins(options), dataDir });

const podOf = (name: string, container: Partial<Container>) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: 'busybox:1.36', command: ['sleep', '600'], ...container }],
  },
});

/** The status of the only container, as soon as it is as wanted. */
async function statusWhen(
  cluster: Cluster,
  pod: string,
  isMet: (status: ContainerStatus) => boolean,
): Promise<ContainerStatus> {
  const statusOf = (object: unknown) => (object as StoredPod | undefined)?.status?.containerStatuses?.[0];
  const found = await cluster.waitFor(
    `Pod/default/${pod}`,
    (object) => {
      const status = statusOf(object);
      return status !== undefined && isMet(status);
    },
    { timeoutMs },
  );
  const status = statusOf(found);
  if (status === undefined) throw new Error(`pod ${pod} has no container`);
  return status;
}

/** An agent in a process of its own; the ID of the container that it leaves. */
async function runAndKill(...dataDir: readonly string[]): Promise<string> {
  const options = ['--import=tsx', '--conditions=@mooring/source'];
  const script = join(root, 'test/support/docker-agent.ts');
  const child = startProgram(process.execPath, [...options, script, ...dataDir], {
    cwd: root,
    env: process.env,
  });
  await child.says('running docker://');
  child.kill('SIGKILL');
  const { output } = await child.end;
  return /docker:\/\/([0-9a-f]{64})/.exec(output)?.[1] ?? '';
}

const isRunning = ({ state }: ContainerStatus) => state?.running !== undefined;
const idOf = (status: { readonly containerID?: string | undefined } | undefined) =>
  status?.containerID?.replace('docker://', '') ?? '';

describeWithEngine(['docker', 'busybox'], 'agents on Docker', () => {
  beforeAll(() => {
    process.env['DOCKER_HOST'] = `unix://${dockerSocket()}`;
    makeImages();
  }, timeoutMs);
  afterAll(() => {
    // What a test that failed has left.
    const keys = execFileSync(
      'grep',
      ['-rhoE', '"key":"[0-9a-f]+"', '--include=docker-agent.json', ...dirs],
      {
        encoding: 'utf8',
      },
    );
    for (const [, key] of keys.matchAll(/"key":"(\w+)"/g)) removeContainersOf(key);
    removeImages();
    for (const dir of dirs) removeFolder(dir);
  }, timeoutMs);

  it.concurrent('the manifests of the seed run as they are', { timeout: 2 * timeoutMs }, async () => {
    await using cluster = await createCluster({ plugins: plugins(), nodes: [{ name: 'node-a' }] });
    for (const name of ['replicationcontroller', 'replicaset', 'pod-liveness-http', 'pod-tcp-probes'])
      await cluster.apply(await seed(`${name}.yaml`));
    await Promise.all([
      cluster.waitFor('ReplicationController/default/my-app-rc', 'Available', { timeoutMs }),
      cluster.waitFor('ReplicaSet/default/my-app-rs', 'Available', { timeoutMs }),
      cluster.waitFor('Pod/default/goproxy', 'Ready', { timeoutMs }),
      statusWhen(cluster, 'liveness-http', ({ restartCount }) => (restartCount ?? 0) >= 1),
    ]);
    const events = await cluster.events('Pod/default/liveness-http');
    expect(events.map(({ message }) => message)).toContainEqual(expect.stringMatching(/statuscode: 500/));
  });

  it.concurrent('what crashes, runs out of memory or is stopped from outside runs again', {
    timeout: timeoutMs,
  }, async () => {
    await using agent = await createAgent({ name: 'node-a', plugins: plugins() });
    await agent.apply([
      podOf('crashes', { command: ['sh', '-c', 'echo "last words" >/dev/termination-log; sleep 1; exit 3'] }),
      podOf('hungry', {
        command: ['sh', '-c', 'sleep 1; exec tail /dev/zero'],
        resources: { limits: { memory: '16Mi' } },
      }),
      podOf('stopped', { command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.05; done'] }),
    ]);
    docker('stop', idOf(await statusWhen(agent, 'stopped', isRunning)));
    const after = (pod: string) => statusWhen(agent, pod, ({ restartCount }) => (restartCount ?? 0) >= 1);
    const [crashed, hungry, stopped] = await Promise.all(['crashes', 'hungry', 'stopped'].map(after));
    expect(crashed?.lastState?.terminated).toMatchObject({
      exitCode: 3,
      reason: 'Error',
      message: 'last words\n',
    });
    const { containerID, exitCode, reason } = hungry?.lastState?.terminated ?? {};
    // A busy engine misses some (containerd/containerd#8893).
    const isSeen = docker('inspect', '--format', '{{.State.OOMKilled}}', idOf({ containerID })) === 'true';
    expect({ exitCode, reason }).toEqual({ exitCode: 137, reason: isSeen ? 'OOMKilled' : 'Error' });
    expect(stopped?.lastState?.terminated).toMatchObject({ reason: 'StoppedExternally' });
  });

  it.concurrent('what is restarted from outside is counted, and runs once', {
    timeout: timeoutMs,
  }, async () => {
    await using agent = await createAgent({ name: 'node-a', plugins: plugins(), relistMs: 1_000 });
    const heeds = 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done';
    await agent.apply(podOf('restarted', { command: ['sh', '-c', heeds] }));
    const first = idOf(await statusWhen(agent, 'restarted', isRunning));
    await vi.waitUntil(() => docker('logs', first) === 'ready', { timeout: timeoutMs });
    docker('restart', first);
    const after = await statusWhen(
      agent,
      'restarted',
      (status) => isRunning(status) && idOf(status) !== first && (status.restartCount ?? 0) >= 1,
    );
    expect(after.lastState?.terminated).toMatchObject({ exitCode: 5, reason: 'StoppedExternally' });
    const filters = ['--filter', 'name=_k_main_', '--filter', 'label=io.kubernetes.pod.name=restarted'];
    const running = () => docker('ps', '--quiet', '--no-trunc', ...filters);
    await vi.waitUntil(() => running() === idOf(after), { timeout: timeoutMs });
  });

  it.concurrent('what is added to look into a pod has its network, and the processes of its target', {
    timeout: timeoutMs,
  }, async () => {
    await using agent = await createAgent({ name: 'node-a', plugins: plugins() });
    await agent.apply(podOf('debugged', {}));
    const main = await statusWhen(agent, 'debugged', isRunning);
    const look = { image: 'busybox:1.36', command: ['sleep', '599'] };
    const ephemeralContainers = [
      { ...look, name: 'with', targetContainerName: 'main' },
      { ...look, name: 'without' },
    ];
    const spec = { ephemeralContainers };
    await agent.patch('Pod/default/debugged', { spec }, { subresource: 'ephemeralcontainers' });
    const addedIn = ({ status }: StoredPod) => status?.ephemeralContainerStatuses ?? [];
    const isAdded = (pod: unknown) => addedIn(pod as StoredPod).filter(isRunning).length === 2;
    await agent.waitFor('Pod/default/debugged', isAdded, { timeoutMs });
    const script = 'readlink /proc/self/ns/net; tr "\\0" " " < /proc/1/cmdline';
    const seenBy = async (container: string) => {
      const reference = { namespace: 'default', pod: 'debugged', container };
      return (await agent.exec(reference, ['sh', '-c', script])).output.split('\n');
    };
    const [net] = await seenBy('main');
    expect(await seenBy('with')).toEqual([net, 'sleep 600 ']);
    expect(await seenBy('without')).toEqual([net, 'sleep 599 ']);
    // Its processes live in the space of their target, and go with it; the pod goes on, and they do not come back.
    docker('kill', idOf(main));
    await statusWhen(agent, 'debugged', (status) => status.restartCount === 1 && isRunning(status));
    const hasEnded = (pod: unknown) =>
      addedIn(pod as StoredPod).some(({ name, state }) => name === 'with' && state?.terminated);
    await agent.waitFor('Pod/default/debugged', hasEnded, { timeoutMs });
    const pod = (await agent.get('Pod', 'default', 'debugged')) as StoredPod;
    expect(addedIn(pod).find(({ name }) => name === 'without')).toMatchObject({ state: { running: {} } });
  });

  it.concurrent('a second agent of one node is told to stay away, and touches nothing', {
    timeout: timeoutMs,
  }, async () => {
    const store = createMemoryStore();
    const agentOf = (dataDir: string) => createAgent({ name: 'node-a', plugins: plugins(), dataDir, store });
    await using first = await agentOf(newDir());
    await first.apply(podOf('alone', {}));
    const before = await statusWhen(first, 'alone', isRunning);
    await expect(agentOf(newDir())).rejects.toMatchObject({
      code: 'NODE_NAME_TAKEN',
      message: expect.stringMatching(/node node-a is held by an agent on .+, process \d+, since .+: stop/),
    });
    const after = await statusWhen(first, 'alone', isRunning);
    expect([after.containerID, after.restartCount]).toEqual([before.containerID, 0]);
    const pods = docker('ps', '--quiet', '--no-trunc', '--filter', 'label=io.kubernetes.pod.name=alone');
    expect(pods.split('\n')).toContain(idOf(after));
  });

  it.concurrent('an agent that was killed finds its containers again', { timeout: timeoutMs }, async () => {
    const dataDir = newDir();
    const before = await runAndKill(dataDir);
    await using agent = await agentIn(dataDir, {}, 'killed');
    const after = await statusWhen(agent, 'adopted', isRunning);
    expect({ id: idOf(after), restartCount: after.restartCount }).toEqual({ id: before, restartCount: 0 });
    docker('kill', idOf(after));
    const next = await statusWhen(agent, 'adopted', ({ restartCount }) => restartCount === 1);
    expect(next.lastState?.terminated?.exitCode).toBe(137);
    await agent.delete('Pod', 'default', 'adopted');
    await agent.waitFor('Pod/default/adopted', 'deleted', { timeoutMs });
  });

  it.concurrent('what an agent without a folder left when it was killed goes at the next start of one', {
    timeout: timeoutMs,
  }, async () => {
    const left = await runAndKill();
    expect(docker('ps', '--quiet', '--no-trunc', '--filter', `id=${left}`)).toBe(left);
    await using _ = await createAgent({ name: 'node-a', plugins: plugins() });
    await vi.waitUntil(() => docker('ps', '--all', '--quiet', '--filter', `id=${left}`) === '', {
      timeout: timeoutMs,
    });
  });

  it.concurrent('an engine that is away is no death; what died meanwhile is restarted', {
    timeout: timeoutMs,
  }, async () => {
    const dir = newDir();
    await using proxy = new UnixProxy(join(dir, 'engine.sock'), dockerSocket());
    await proxy.open();
    await using agent = await agentIn(join(dir, 'agent'), { host: `unix://${proxy.path}` }, 'cut-off');
    await agent.apply([podOf('lives', {}), podOf('dies', {})]);
    const [lives, dies] = await Promise.all(
      ['lives', 'dies'].map((pod) => statusWhen(agent, pod, isRunning)),
    );
    proxy.cut();
    await vi.waitUntil(() => agent.runtimeHealth('cut-off')?.ready === false, { timeout: timeoutMs });
    docker('kill', idOf(dies));
    expect((await agent.get('Pod', 'default', 'dies'))?.status?.phase).toBe('Running');
    await proxy.open();
    await statusWhen(agent, 'dies', (status) => status.restartCount === 1 && isRunning(status));
    const still = await statusWhen(agent, 'lives', isRunning);
    expect({ id: idOf(still), restartCount: still.restartCount }).toEqual({
      id: idOf(lives),
      restartCount: 0,
    });
    for (const pod of ['lives', 'dies']) {
      await agent.delete('Pod', 'default', pod);
      await agent.waitFor(`Pod/default/${pod}`, 'deleted', { timeoutMs });
    }
  });

  it.concurrent('an image that is removed under a pod keeps it waiting until it is back', {
    timeout: timeoutMs,
  }, async () => {
    const image = 'mooring-test/fleeting:1';
    docker('tag', 'busybox:1.36', image);
    await using agent = await createAgent({ name: 'node-a', plugins: plugins() });
    await agent.apply(podOf('fleeting', { image, imagePullPolicy: 'Never', command: ['sleep', '600'] }));
    const first = await statusWhen(agent, 'fleeting', isRunning);
    docker('rmi', image);
    docker('kill', idOf(first));
    await statusWhen(agent, 'fleeting', ({ state }) => state?.waiting?.reason === 'ErrImageNeverPull');
    docker('tag', 'busybox:1.36', image);
    await statusWhen(agent, 'fleeting', (status) => status.restartCount === 1 && isRunning(status));
    docker('rmi', image);
  });
});
