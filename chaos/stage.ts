/** Everything that faults are done to: three servers, three agents with real processes, controllers in two processes. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, createControllers } from '@mooring/core';
import { installNatsStore, nats } from '@mooring/core/nats';
import { makeImage } from '../packages/runtime-docker/test/support/images.ts';
import { replicatedNatsServer } from '../test/support/engines.ts';
import { PrivateDocker } from '../test/support/private-docker.ts';
import { TcpProxy } from '../test/support/tcp-proxy.ts';
import { HostProcess } from './host-process.ts';
import { containerProcesses } from './processes.ts';
import { Servers } from './servers.ts';
import { untilNone } from './wait-until.ts';

export const nodeNames = ['node-a', 'node-b', 'node-c'] as const;
export type NodeName = (typeof nodeNames)[number];

/** The node whose disk can be filled, and the one whose clock can be set; `undefined` where this machine cannot. */
export interface Abilities {
  readonly smallDisk: NodeName | undefined;
  readonly ownClock: NodeName | undefined;
}

const readyMsMax = 120_000;
const diskMiB = 48;
const fakeTimeLibrary = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

type StageParts = Pick<
  Stage,
  'id' | 'dir' | 'abilities' | 'servers' | 'docker' | 'agents' | 'controllers' | 'cluster'
>;

export class Stage {
  /** Marks the processes of its containers. */
  readonly id: string;
  readonly dir: string;
  readonly abilities: Abilities;
  readonly servers: Servers;
  /** The engine of all nodes; absent where containers are processes. */
  readonly docker: PrivateDocker | undefined;
  readonly agents: ReadonlyMap<NodeName, HostProcess>;
  readonly controllers: readonly HostProcess[];
  /** A client of the cluster that no fault is done to; nothing is decided in it. */
  readonly cluster: Cluster;
  private readonly links: ReadonlyMap<NodeName, readonly TcpProxy[]>;

  private constructor(parts: StageParts, links: Links) {
    this.id = parts.id;
    this.dir = parts.dir;
    this.abilities = parts.abilities;
    this.servers = parts.servers;
    this.docker = parts.docker;
    this.agents = parts.agents;
    this.controllers = parts.controllers;
    this.cluster = parts.cluster;
    this.links = links;
  }

  static async start({ isDocker }: { readonly isDocker: boolean }): Promise<Stage> {
    const dir = mkdtempSync(join(tmpdir(), 'mooring-chaos-'));
    const id = dir.slice(-6);
    const servers = await Servers.start(dir, replicatedNatsServer());
    const { urls } = servers;
    await untilNone(
      async () => {
        await installNatsStore({ servers: urls, replicas: 3, bytesMax: 256 * 1024 * 1024 });
        return undefined;
      },
      { what: 'the buckets', timeoutMs: readyMsMax, everyMs: 500 },
    );
    const links: Links = new Map();
    for (const node of nodeNames)
      links.set(node, await Promise.all(servers.ports.map((port) => TcpProxy.start(port))));
    const docker = isDocker ? await engineOfItsOwn() : undefined;
    // An engine has mounts of its own, and would not see it.
    const abilities = { smallDisk: isDocker ? undefined : smallDisk(dir), ownClock: ownClock() };
    const agents = new Map(nodeNames.map((node) => [node, agentOf(node, { dir, links, abilities, docker })]));
    const controllers = ['one', 'two'].map((name) => controllersOf(name, { dir, urls }));
    await Promise.all([...agents.values(), ...controllers].map((host) => host.start()));
    const transport = nats({ servers: [...urls], silenceMsMax: 3000 });
    const cluster = await createControllers({ plugins: [], transport, controllers: false, scheduler: false });
    for (const node of nodeNames) await cluster.waitFor(`Node/${node}`, 'Ready', { timeoutMs: readyMsMax });
    return new Stage({ id, dir, abilities, servers, docker, agents, controllers, cluster }, links);
  }

  /** The links of a node to the three servers. */
  link(node: NodeName): readonly TcpProxy[] {
    return this.links.get(node) ?? [];
  }

  agent(node: NodeName): HostProcess {
    const agent = this.agents.get(node);
    if (agent === undefined) throw new Error(`no agent ${node}`);
    return agent;
  }

  /** Those that decide. */
  async leading(): Promise<HostProcess> {
    for (const host of this.controllers) if ((await host.ask('leading?')) === true) return host;
    throw new Error('no controllers lead');
  }

  diskOf(node: NodeName): string {
    return join(this.dir, node);
  }

  /** How far the clock of the node with a clock of its own is off, as libfaketime writes it: `+3600`. */
  setClock(offset: string): void {
    writeFileSync(join(this.dir, 'clock'), `${offset}\n`);
  }

  async close(): Promise<void> {
    for (const proxy of [...this.links.values()].flat()) proxy.restore();
    await this.cluster.detach();
    await Promise.all([...this.agents.values(), ...this.controllers].map((host) => host.kill()));
    for (let left = containerProcesses(this.id); left.length > 0; left = containerProcesses(this.id))
      for (const { pid } of left) killed(pid);
    await this.docker?.[Symbol.asyncDispose]();
    await this.servers.close();
    await Promise.all([...this.links.values()].flat().map((proxy) => proxy[Symbol.asyncDispose]()));
    const { smallDisk: node } = this.abilities;
    // Supervisors end a moment after their last container.
    await untilNone(
      async () => {
        if (node !== undefined) unmounted(this.diskOf(node));
        rmSync(this.dir, { recursive: true, force: true });
        return undefined;
      },
      { what: 'the end of the last process', timeoutMs: readyMsMax, everyMs: 200 },
    );
  }
}

type Links = Map<NodeName, readonly TcpProxy[]>;

function agentOf(
  node: NodeName,
  {
    dir,
    links,
    abilities,
    docker,
  }: Pick<StageParts, 'dir' | 'abilities' | 'docker'> & { readonly links: Links },
): HostProcess {
  const dataDir = join(dir, node);
  mkdirSync(dataDir, { recursive: true });
  if (node === abilities.smallDisk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m`, 'chaos', dataDir]);
  const urls = (links.get(node) ?? []).map(({ url }) => url);
  const clock = node === abilities.ownClock ? clockVariables(join(dir, 'clock')) : {};
  return new HostProcess({
    name: node,
    program: 'agent',
    env: {
      CHAOS_NODE: node,
      CHAOS_SERVERS: urls.join(),
      CHAOS_DATA: dataDir,
      ...(docker && { CHAOS_DOCKER: docker.socket }),
      ...clock,
    },
    logPath: join(dir, `${node}.log`),
  });
}

async function engineOfItsOwn(): Promise<PrivateDocker> {
  const docker = await PrivateDocker.open();
  await docker.start({ liveRestore: true });
  process.env['DOCKER_HOST'] = `unix://${docker.socket}`;
  makeImage('app');
  return docker;
}

function controllersOf(
  name: string,
  { dir, urls }: { readonly dir: string; readonly urls: readonly string[] },
): HostProcess {
  return new HostProcess({
    name: `controllers-${name}`,
    program: 'controllers',
    env: { CHAOS_SERVERS: urls.join() },
    logPath: join(dir, `controllers-${name}.log`),
  });
}

function clockVariables(path: string): Readonly<Record<string, string>> {
  writeFileSync(path, '+0\n');
  return {
    LD_PRELOAD: fakeTimeLibrary,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_NO_CACHE: '1',
    // As on a real host: a clock that is set moves the time of day, and not what timers run by.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

function smallDisk(dir: string): NodeName | undefined {
  const probe = join(dir, 'mount-probe');
  mkdirSync(probe);
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'chaos', probe], { stdio: 'ignore' });
    execFileSync('umount', [probe]);
    return 'node-c';
  } catch {
    return undefined;
  }
}

function ownClock(): NodeName | undefined {
  try {
    const env = { ...process.env, LD_PRELOAD: fakeTimeLibrary, FAKETIME: '+3600' };
    const told = execFileSync(process.execPath, ['-p', 'Date.now()'], { env, encoding: 'utf8' });
    return Number(told) - Date.now() > 3_000_000 ? 'node-b' : undefined;
  } catch {
    return undefined;
  }
}

function unmounted(path: string): void {
  try {
    execFileSync('umount', [path], { stdio: 'ignore' });
  } catch {
    // It is unmounted already; whether it is, shows when the directory is removed.
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
