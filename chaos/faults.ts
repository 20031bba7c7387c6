/** What is done to the stage, and how it is undone. */

import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostProcess } from './host-process.ts';
import { containerProcesses } from './processes.ts';
import { type NodeName, nodeNames, type Stage } from './stage.ts';

/** What a fault leaves for later. */
export interface Injury {
  /** Undoes it; nothing where there is nothing to undo. */
  heal?(): Promise<void>;
  /** Nodes that nothing is expected of until then. */
  readonly down?: NodeName;
}

export interface Fault {
  readonly kind: string;
  /** How long it lasts, in milliseconds. */
  readonly holdMs: number;
  /** The cluster gets over it before it is undone. */
  readonly isSurvived: boolean;
  /** Why it cannot be done here. */
  lack?(stage: Stage): string | undefined;
  inject(stage: Stage, pick: <T>(items: readonly T[]) => T): Promise<Injury>;
}

/** Within the lease of 8 s that the preset gives a node, and far beyond it. */
const [shortMs, longMs] = [3000, 35_000];

export const faults: readonly Fault[] = [
  {
    kind: 'container processes killed',
    holdMs: 0,
    isSurvived: true,
    async inject(stage, pick) {
      for (let i = 0; i < 3; i += 1) kill(pick(containerProcesses(stage.id)).pid);
      return {};
    },
  },
  {
    kind: 'supervisor killed',
    holdMs: 0,
    isSurvived: true,
    lack: noSupervisor,
    async inject(stage, pick) {
      kill(supervisorOf(stage, pick(nodeNames)));
      return {};
    },
  },
  {
    kind: 'agent killed, back at once',
    holdMs: 0,
    isSurvived: false,
    inject: async (stage, pick) => agentKilled(stage, pick(nodeNames)),
  },
  {
    kind: 'agent killed, back when its pods have been replaced',
    holdMs: longMs,
    isSurvived: true,
    inject: async (stage, pick) => agentKilled(stage, pick(nodeNames)),
  },
  {
    kind: 'node lost with all its processes',
    holdMs: longMs,
    isSurvived: true,
    lack: noSupervisor,
    async inject(stage, pick) {
      const node = pick(nodeNames);
      const injury = await agentKilled(stage, node);
      kill(supervisorOf(stage, node));
      for (const { pid } of containerProcesses(stage.id).filter((one) => one.node === node)) kill(pid);
      return injury;
    },
  },
  paused('agent paused for a moment', shortMs),
  paused('agent paused until it is given up', longMs),
  {
    kind: 'leading controllers killed',
    holdMs: 12_000,
    isSurvived: true,
    inject: async (stage) => killed(await stage.leading()),
  },
  {
    kind: 'leading controllers paused',
    holdMs: 12_000,
    isSurvived: true,
    inject: async (stage) => stopped(await stage.leading()),
  },
  {
    kind: 'leading NATS server killed',
    holdMs: 10_000,
    isSurvived: true,
    async inject({ servers }) {
      const index = await servers.leader();
      await servers.kill(index);
      return { heal: () => servers.up(index) };
    },
  },
  {
    kind: 'leading NATS server paused',
    holdMs: 15_000,
    isSurvived: true,
    async inject({ servers }) {
      const index = await servers.leader();
      servers.signal(index, 'SIGSTOP');
      return { heal: async () => servers.signal(index, 'SIGCONT') };
    },
  },
  {
    kind: 'NATS server killed, its disk lost',
    holdMs: 5000,
    isSurvived: true,
    async inject({ servers }, pick) {
      // Only a cluster with three whole copies may lose one.
      await servers.leader();
      const index = pick([0, 1, 2]);
      await servers.kill(index);
      servers.loseDisk(index);
      return {
        async heal() {
          await servers.up(index);
          await servers.leader();
        },
      };
    },
  },
  cut('connections of an agent cut for a moment', shortMs),
  cut('connections of an agent cut until it is given up', longMs),
  {
    kind: 'connections of an agent swallowed',
    holdMs: shortMs,
    isSurvived: false,
    async inject(stage, pick) {
      const links = stage.link(pick(nodeNames));
      for (const link of links) link.freeze();
      return {
        async heal() {
          // Those that were open stay silent for ever.
          for (const link of links) link.strand();
        },
      };
    },
  },
  {
    kind: 'disk of an agent full',
    holdMs: 8000,
    isSurvived: false,
    lack: ({ abilities, docker }) =>
      docker !== undefined
        ? 'logs and records of containers are on the disk of Docker'
        : abilities.smallDisk === undefined
          ? 'no file system can be mounted'
          : undefined,
    async inject(stage) {
      const node = stage.abilities.smallDisk ?? 'node-c';
      const ballast = join(stage.diskOf(node), 'ballast');
      fill(ballast, stage.diskOf(node));
      // What is started now has no room for its record and its log.
      for (const { pid } of containerProcesses(stage.id).filter((one) => one.node === node)) kill(pid);
      return { heal: async () => rmSync(ballast) };
    },
  },
  engineEnded('Docker engine killed', 'SIGKILL'),
  engineEnded('Docker engine restarted', 'SIGTERM'),
  {
    kind: 'Docker engine paused',
    holdMs: 20_000,
    isSurvived: false,
    lack: noDocker,
    async inject({ docker }) {
      const pid = docker?.pid ?? 0;
      process.kill(pid, 'SIGSTOP');
      return { heal: async () => void process.kill(pid, 'SIGCONT') };
    },
  },
  clock('clock of a node an hour ahead', '+3600'),
  clock('clock of a node an hour behind', '-3600'),
];

async function agentKilled(stage: Stage, node: NodeName): Promise<Injury> {
  return { ...(await killed(stage.agent(node))), down: node };
}

async function killed(host: HostProcess): Promise<Injury> {
  await host.kill();
  return { heal: () => host.start() };
}

function stopped(host: HostProcess): Injury {
  host.signal('SIGSTOP');
  return { heal: async () => host.signal('SIGCONT') };
}

function paused(kind: string, holdMs: number): Fault {
  return {
    kind,
    holdMs,
    isSurvived: holdMs === longMs,
    async inject(stage, pick) {
      const node = pick(nodeNames);
      return { ...stopped(stage.agent(node)), down: node };
    },
  };
}

function cut(kind: string, holdMs: number): Fault {
  return {
    kind,
    holdMs,
    isSurvived: holdMs === longMs,
    async inject(stage, pick) {
      const node = pick(nodeNames);
      for (const link of stage.link(node)) link.cut();
      return {
        down: node,
        async heal() {
          for (const link of stage.link(node)) link.restore();
        },
      };
    },
  };
}

function clock(kind: string, offset: string): Fault {
  return {
    kind,
    holdMs: 10_000,
    isSurvived: true,
    lack: ({ abilities }) =>
      abilities.ownClock === undefined ? 'no libfaketime (Debian: apt-get install faketime)' : undefined,
    async inject(stage) {
      stage.setClock(offset);
      return { heal: async () => stage.setClock('+0') };
    },
  };
}

/** Its containers live on. */
function engineEnded(kind: string, signal: 'SIGKILL' | 'SIGTERM'): Fault {
  return {
    kind,
    holdMs: 5000,
    isSurvived: false,
    lack: noDocker,
    async inject({ docker, id }, pick) {
      await docker?.end(signal);
      // Who dies now is found dead by the next engine.
      kill(pick(containerProcesses(id)).pid);
      return { heal: async () => await docker?.start({ liveRestore: true }) };
    },
  };
}

function noDocker({ docker }: Stage): string | undefined {
  return docker === undefined ? 'containers are processes here: it is for --docker' : undefined;
}

function noSupervisor({ docker }: Stage): string | undefined {
  return docker === undefined ? undefined : 'containers of Docker have no supervisor';
}

function supervisorOf(stage: Stage, node: NodeName): number {
  const path = join(stage.diskOf(node), 'nodes', node, 'runtime/supervisor.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly pid: number }).pid;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** Writes until there is no room for anything more. */
function fill(path: string, disk: string): void {
  while (statfsSync(disk).bavail > 0) {
    try {
      writeFileSync(path, Buffer.alloc(64 * 1024), { flag: 'a' });
    } catch {
      return;
    }
  }
}
