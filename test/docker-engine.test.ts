/** Agents on a Docker engine that is killed, hangs, is started anew or has no room left: one that belongs to these tests. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, type ContainerStatus, createAgent, type StoredPod } from '@mooring/core';
import { createHealer, dockerRuntime } from '@mooring/runtime-docker';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { docker, makeImage } from '../packages/runtime-docker/test/support/images.ts';
import { describeWithEngine, requireEngine } from './support/engines.ts';
import { PrivateDocker } from './support/private-docker.ts';
import { startProgram } from './support/program.ts';
import { removeFolder } from './support/remove-folder.ts';

const root = join(import.meta.dirname, '..');
const image = 'mooring-test/private:1';
/** Long enough for a machine that is busy with other tests. */
const timeoutMs = 150_000;
/** `MOORING_CROWD=50` tries it with more. */
const crowd = Number(process.env['MOORING_CROWD'] ?? 4);
const heeds = 'trap "exit 7" TERM; while :; do sleep 0.2; done';
const name = 'node-a';

let dir: string;
let engine: PrivateDocker;
let agent: Cluster;

const agentIn = (folder: string, nodeName: string) =>
  createAgent({
    ...{ name: nodeName, dataDir: join(dir, folder), relistMs: 1_000 },
    crashLoop: { initialMs: 1_000, maxMs: 1_000 },
    plugins: [dockerRuntime({ host: `unix://${engine.socket}`, pull: 'when-missing' })],
  });

const podOf = (pod: string) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod } },
  spec: {
    ...{ hostNetwork: true, terminationGracePeriodSeconds: 0 },
    containers: [{ name: 'main', image, command: ['sh', '-c', heeds] }],
  },
});

async function statusesWhen(
  cluster: Cluster,
  pod: string,
  isMet: (statuses: readonly ContainerStatus[]) => boolean,
): Promise<readonly ContainerStatus[]> {
  const statusesOf = (object: unknown) => (object as StoredPod | undefined)?.status?.containerStatuses ?? [];
  const found = await cluster.waitFor(`Pod/default/${pod}`, (object) => isMet(statusesOf(object)), {
    timeoutMs,
  });
  return statusesOf(found);
}

async function statusWhen(
  pod: string,
  isMet: (status: ContainerStatus) => boolean,
): Promise<ContainerStatus> {
  const [status] = await statusesWhen(agent, pod, ([one]) => one !== undefined && isMet(one));
  if (status === undefined) throw new Error(`pod ${pod} has no container`);
  return status;
}

const isRunning = ({ state }: ContainerStatus) => state?.running !== undefined;
const idOf = ({ containerID }: ContainerStatus) => containerID?.replace('docker://', '') ?? '';
const pidOf = (id: string) => Number(docker('inspect', '--format', '{{.State.Pid}}', id));
const isReady = (wanted: boolean) =>
  vi.waitUntil(() => agent.runtimeHealth(name)?.ready === wanted, { timeout: timeoutMs });

describeWithEngine(['docker', 'dockerd', 'busybox'], 'agents on an engine of their own', () => {
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'mooring-engine-test-'));
    engine = await PrivateDocker.open();
    await engine.start({ liveRestore: true });
    process.env['DOCKER_HOST'] = `unix://${engine.socket}`;
    makeImage(image);
    agent = await agentIn('agent', name);
  }, timeoutMs);
  afterAll(async () => {
    await agent?.close();
    await engine?.[Symbol.asyncDispose]();
    removeFolder(dir);
  }, timeoutMs);

  it('an engine that is killed costs nobody’s life; who died meanwhile is known with the code', {
    timeout: timeoutMs,
  }, async () => {
    await agent.apply([podOf('lives'), podOf('dies')]);
    const lives = await statusWhen('lives', isRunning);
    const pid = pidOf(idOf(await statusWhen('dies', isRunning)));
    await engine.end('SIGKILL');
    await isReady(false);
    process.kill(pid, 'SIGTERM');
    for (const pod of ['lives', 'dies'])
      expect((await agent.get('Pod', 'default', pod))?.status?.phase).toBe('Running');
    await engine.start({ liveRestore: true });
    const dead = await statusWhen('dies', (status) => status.restartCount === 1 && isRunning(status));
    expect(dead.lastState?.terminated).toMatchObject({ exitCode: 7 });
    await isReady(true);
    const still = await statusWhen('lives', isRunning);
    expect([still.containerID, still.restartCount]).toEqual([lives.containerID, 0]);
  });

  it('an engine that hangs makes the node unready, and its pods live on', {
    timeout: timeoutMs,
  }, async (context) => {
    requireEngine(context, 'patience');
    const before = await statusWhen('lives', isRunning);
    process.kill(engine.pid, 'SIGSTOP');
    await isReady(false);
    const condition = (node: unknown) =>
      (node as { status?: { conditions?: { type: string; status: string }[] } })?.status?.conditions?.find(
        ({ type }) => type === 'Ready',
      )?.status;
    await agent.waitFor(`Node/${name}`, (node) => condition(node) === 'False', { timeoutMs });
    expect((await agent.get('Pod', 'default', 'lives'))?.status?.phase).toBe('Running');
    process.kill(engine.pid, 'SIGCONT');
    await agent.waitFor(`Node/${name}`, (node) => condition(node) === 'True', { timeoutMs });
    const after = await statusWhen('lives', isRunning);
    expect([after.containerID, after.restartCount]).toEqual([before.containerID, before.restartCount]);
  });

  it('what ended with its engine runs again when that is back', { timeout: timeoutMs }, async () => {
    await engine.end('SIGTERM');
    await engine.start({ liveRestore: false });
    const before = await statusWhen('lives', isRunning);
    await engine.end('SIGTERM');
    await engine.start({ liveRestore: false });
    const after = await statusWhen(
      'lives',
      (status) => isRunning(status) && status.containerID !== before.containerID,
    );
    expect(after.restartCount).toBeGreaterThan(before.restartCount ?? 0);
  });

  it('a healer goes on looking after what its engine has stopped and started again', {
    timeout: timeoutMs,
  }, async () => {
    const check = ['--health-cmd', 'test -e /well', '--health-interval', '1s', '--health-retries', '1'];
    const options = ['--name', 'sick', '--network', 'host', '--restart', 'always', ...check];
    const label = 'mooring.dev/heal=test';
    docker('run', '--detach', ...options, '--label', label, image, 'sh', '-c', heeds);
    const told: string[] = [];
    await using _ = await createHealer({
      ...{ host: `unix://${engine.socket}`, label, backOff: { initialMs: 1_000, maxMs: 1_000 } },
      onEvent: ({ type }) => told.push(type),
    });
    const isRestarted = () => vi.waitUntil(() => told.includes('restarted'), { timeout: timeoutMs });
    await isRestarted();
    await engine.end('SIGTERM');
    told.length = 0;
    await engine.start({ liveRestore: false });
    await isRestarted();
    docker('rm', '--force', 'sick');
  });

  it('a disk without room keeps a pod waiting, with the words of the engine, until there is some', {
    timeout: timeoutMs,
  }, async (context) => {
    requireEngine(context, 'patience');
    const before = (await statusWhen('lives', isRunning)).restartCount;
    engine.fillDisk();
    await agent.apply(podOf('roomy'));
    const said = async () => (await agent.events('Pod/default/roomy')).map(({ message }) => message).join();
    try {
      await vi.waitUntil(async () => /no space left on device/.test(await said()), { timeout: 60_000 });
    } finally {
      engine.freeDisk();
    }
    await statusWhen('roomy', isRunning);
    expect((await statusWhen('lives', isRunning)).restartCount).toBe(before);
  });

  it('an agent that was killed finds a crowd again, and with which codes some of them have died', {
    timeout: 2 * timeoutMs,
  }, async () => {
    const folder = join(dir, 'crowd');
    const script = join(root, 'test/support/docker-crowd-agent.ts');
    const args = ['--import=tsx', '--conditions=@mooring/source', script, folder, image, String(crowd)];
    const child = startProgram(process.execPath, args, { cwd: root, env: process.env });
    await child.says('all run');
    // One that has crashed before.
    process.kill(pidOf(docker('ps', '--quiet', '--no-trunc', '--filter', 'name=_k_c0_')), 'SIGTERM');
    const crashed = () => docker('ps', '--quiet', '--no-trunc', '--filter', 'name=_k_c0_.*_1$');
    await vi.waitUntil(() => crashed() !== '', { timeout: timeoutMs });
    child.kill('SIGKILL');
    await child.end;
    const first = crashed();
    const ids = docker('ps', '--quiet', '--no-trunc', '--filter', 'name=_k_c').split('\n');
    const others = ids.filter((id) => id !== first);
    const dying = others.slice(0, 2);
    for (const id of dying) process.kill(pidOf(id), 'SIGTERM');
    await using next = await agentIn('crowd', 'crowded');
    const restarted = (all: readonly ContainerStatus[]) =>
      all.filter(({ restartCount }) => restartCount === 1);
    const statuses = await statusesWhen(
      next,
      'crowd',
      (all) => all.every(isRunning) && restarted(all).length === 3,
    );
    const kept = statuses.filter((status) => !restarted(statuses).includes(status)).map(idOf);
    expect(kept.sort()).toEqual(others.slice(2).sort());
    // Nobody restarts what still runs, and its count is the one that it had.
    expect(statuses.find(({ name: one }) => one === 'c0')).toMatchObject({
      ...{ containerID: `docker://${first}`, restartCount: 1 },
    });
    const codes = restarted(statuses).map(({ lastState }) => lastState?.terminated?.exitCode);
    expect(codes).toEqual([7, 7, 7]);
  });
});
