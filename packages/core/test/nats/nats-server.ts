/** A real `nats-server` on a free loopback port, with its data in a directory of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { findProgram } from '../../../../test/support/engines.ts';
import { accepts } from '../../../../test/support/ports.ts';
import { removeFolder } from '../../../../test/support/remove-folder.ts';

export interface NatsServerOptions {
  /** Further lines of its configuration. */
  readonly config?: string;
  /** No JetStream. */
  readonly plain?: boolean;
  /** Port of its monitoring, for `isHealthy`; none when not given. */
  readonly monitorPort?: number;
  /** `nats-server` in the path when not given. */
  readonly program?: string;
}

const startLimitMs = 20_000;
const healthLimitMs = 1000;
const pollMs = 20;
const reloaded = 'Reloaded server configuration';
/** Below those that connections are given: one of them might hold the port of a server that is down for a moment. */
const firstPort = 10_000;
const ports = 20_000;

export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly dir: string;
  private readonly options: NatsServerOptions;
  private config: string;
  private child: ChildProcess | undefined;

  private constructor(port: number, options: NatsServerOptions) {
    this.port = port;
    this.options = options;
    this.config = options.config ?? '';
    this.dir = mkdtempSync(join(tmpdir(), 'mooring-nats-'));
  }

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), options);
    try {
      await server.up();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get log(): string {
    return readFileSync(join(this.dir, 'log'), 'utf8');
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it says of itself: it takes part in JetStream, and its copy of every stream is current. */
  async isHealthy(): Promise<boolean> {
    const { monitorPort } = this.options;
    if (monitorPort === undefined)
      throw new Error('only a server with a port for its monitoring can be asked');
    try {
      const { ok } = await fetch(`http://127.0.0.1:${monitorPort}/healthz`, {
        signal: AbortSignal.timeout(healthLimitMs),
      });
      return ok;
    } catch {
      // It is down, or paused.
      return false;
    }
  }

  /** Starts it, or starts it again over the same data. Resolves when it takes connections. */
  async up(): Promise<void> {
    const { program = findProgram('nats-server') ?? 'nats-server' } = this.options;
    const child = spawn(program, ['-c', this.configure()], { stdio: 'ignore' });
    this.child = child;
    const isUp = () => {
      if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}:\n${this.log}`);
      return accepts(this.port);
    };
    await vi.waitUntil(isUp, { timeout: startLimitMs, interval: pollMs });
  }

  /** Resolves when it works by these further lines of its configuration. */
  async reload(config: string): Promise<void> {
    const before = this.log.split(reloaded).length;
    this.config = config;
    this.configure();
    this.child?.kill('SIGHUP');
    const isDone = () => this.log.split(reloaded).length > before;
    await vi.waitUntil(isDone, { timeout: startLimitMs, interval: pollMs });
  }

  /** SIGKILL when not given. */
  async down(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child === undefined || !this.isRunning) return;
    child.kill('SIGCONT');
    child.kill(signal);
    await once(child, 'exit');
  }

  /** SIGSTOP, or SIGCONT. */
  freeze(isFrozen = true): void {
    this.child?.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Writes its configuration. Gives back the path. */
  private configure(): string {
    const path = join(this.dir, 'nats.conf');
    const store = this.options.plain ? '' : `jetstream { store_dir: "${join(this.dir, 'data')}" }\n`;
    const { monitorPort } = this.options;
    const monitor = monitorPort === undefined ? '' : `http: "127.0.0.1:${monitorPort}"\n`;
    const own = `listen: "127.0.0.1:${this.port}"\n${monitor}log_file: "${join(this.dir, 'log')}"\n${store}`;
    writeFileSync(path, `${own}${this.config}\n`);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    removeFolder(this.dir);
  }
}

export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * ports);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      // Somebody has it.
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
