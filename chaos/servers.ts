/** Three `nats-server`s with three copies of everything, each to be killed, paused, or robbed of its disk. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { accepts, freePorts } from '../test/support/ports.ts';
import { untilNone } from './wait-until.ts';

const startMsMax = 60_000;
const stream = 'KV_mooring';

export class Servers {
  readonly ports: readonly number[];
  private readonly dir: string;
  private readonly program: string;
  private readonly routes: readonly number[];
  private readonly children: (ChildProcess | undefined)[] = [undefined, undefined, undefined];

  private constructor(dir: string, program: string, ports: readonly number[], routes: readonly number[]) {
    this.dir = dir;
    this.program = program;
    this.ports = ports;
    this.routes = routes;
  }

  static async start(dir: string, program: string): Promise<Servers> {
    const ports = await freePorts(6);
    const servers = new Servers(dir, program, ports.slice(0, 3), ports.slice(3));
    await Promise.all([0, 1, 2].map((index) => servers.up(index)));
    return servers;
  }

  get urls(): readonly string[] {
    return this.ports.map((port) => `nats://127.0.0.1:${port}`);
  }

  async up(index: number): Promise<void> {
    const dir = join(this.dir, `nats-${index}`);
    mkdirSync(dir, { recursive: true });
    const path = join(dir, 'nats.conf');
    const routes = this.routes.map((port) => `nats://127.0.0.1:${port}`).join(', ');
    const lines = [
      `server_name: s${index}`,
      `listen: "127.0.0.1:${this.ports[index]}"`,
      `log_file: "${join(dir, 'log')}"`,
      `jetstream { store_dir: "${join(dir, 'data')}" }`,
      // Clients keep to the links that they were given, or none of these could be cut.
      `cluster { name: chaos, listen: "127.0.0.1:${this.routes[index]}", routes: [${routes}], no_advertise: true }`,
    ];
    writeFileSync(path, `${lines.join('\n')}\n`);
    const child = spawn(this.program, ['-c', path], { stdio: 'ignore' });
    this.children[index] = child;
    await untilNone(
      async () => {
        if (child.exitCode !== null) throw new Error(readFileSync(join(dir, 'log'), 'utf8'));
        return (await accepts(this.ports[index] ?? 0)) ? undefined : 'it does not listen';
      },
      { what: `the start of server s${index}`, timeoutMs: startMsMax },
    );
  }

  async kill(index: number): Promise<void> {
    const child = this.children[index];
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  signal(index: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.children[index]?.kill(signal);
  }

  loseDisk(index: number): void {
    rmSync(join(this.dir, `nats-${index}`, 'data'), { recursive: true });
  }

  /** The index of the server that leads the bucket, once all three have everything. */
  async leader(): Promise<number> {
    let leader = '';
    const client = await this.client();
    try {
      await untilNone(
        async () => {
          const manager = await client.jetstreamManager({ timeout: 2000, checkAPI: false });
          const { cluster } = await manager.streams.info(stream);
          leader = cluster?.leader ?? '';
          const others = cluster?.replicas ?? [];
          const isWhole = others.length === 2 && others.every(({ current, offline }) => current && !offline);
          return leader !== '' && isWhole ? undefined : 'a copy is behind';
        },
        { what: 'three whole copies', timeoutMs: startMsMax },
      );
    } finally {
      await client.close();
    }
    return Number(leader.slice(1));
  }

  async close(): Promise<void> {
    await Promise.all([0, 1, 2].map((index) => this.kill(index)));
  }

  private client(): Promise<NatsConnection> {
    return connect({ servers: [...this.urls], reconnectTimeWait: 100, maxReconnectAttempts: -1 });
  }
}
