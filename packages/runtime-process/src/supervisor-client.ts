/** The agent's end of the line to its supervisor: finds the one that is alive, or starts one. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Clock,
  errorMessage,
  isRunning,
  type Logger,
  MooringError,
  readState,
  sleep,
} from '@mooring/core';
import { type Deferred, deferred } from './deferred.ts';
import {
  type ExitNotice,
  type SupervisorRecord,
  type SupervisorReply,
  type SupervisorRequest,
  type SupervisorSettings,
  supervisorVersion,
} from './supervisor-protocol.ts';

export interface SupervisorClientOptions {
  readonly dir: string;
  readonly settings: SupervisorSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onExit: (notice: ExitNotice) => void;
  /** The supervisor is gone; its containers live on without it. */
  readonly onLost: () => void;
}

type Reply<T extends SupervisorRequest['type']> = Extract<
  SupervisorReply,
  { ok: true; type: T extends 'hello' | 'start' | 'claim' ? T : 'done' }
>;

const main = fileURLToPath(new URL('./supervisor/main.js', import.meta.url));
/** Where the tools of the system are, whatever the agent was started with. */
const toolPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const connectAttemptsMax = 3;
const connectRetryMs = 20;
/** How often, and how long, the end of an idle supervisor is looked for. */
const endPollMs = 5;
const endWithinMs = 2_000;

export class SupervisorClient {
  private readonly options: SupervisorClientOptions;
  private readonly pending = new Map<number, Deferred<SupervisorReply>>();
  private seq = 0;
  private socket: Socket | undefined;
  private record: SupervisorRecord | undefined;
  /** Set when this process started the supervisor: then its end is an event. */
  private child: ChildProcess | undefined;
  /** It has answered: from then on its end is news. */
  private isEstablished = false;

  constructor(options: SupervisorClientOptions) {
    this.options = options;
  }

  get isConnected(): boolean {
    return this.socket !== undefined;
  }

  /** Resolves with the IDs of the containers that the supervisor has as children. Rejects with `RUNTIME_UNAVAILABLE`. */
  async connect(): Promise<ReadonlySet<string>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.listen((await this.tryConnect()) ?? (await this.startAndConnect()));
        const { running } = await this.request({ type: 'hello', settings: this.options.settings });
        this.isEstablished = true;
        return new Set(running);
      } catch (error) {
        const message = `the supervisor cannot be reached: ${errorMessage(error)}`;
        if (attempt === connectAttemptsMax)
          throw new MooringError('RUNTIME_UNAVAILABLE', message, { cause: error });
        // Its last container may have ended just now, and with it the supervisor; another one is started then.
        this.options.logger.debug({ err: error }, message);
        await sleep(this.options.clock, connectRetryMs);
      }
    }
  }

  /** Rejects with the words of the supervisor, or with `RUNTIME_UNAVAILABLE` when it dies before it answers. */
  async request<T extends SupervisorRequest['type']>(
    request: Extract<SupervisorRequest, { type: T }>,
  ): Promise<Reply<T>> {
    const { socket } = this;
    if (socket === undefined) throw new MooringError('RUNTIME_UNAVAILABLE', 'the supervisor is not running');
    const seq = ++this.seq;
    const answer = deferred<SupervisorReply>();
    this.pending.set(seq, answer);
    socket.write(`${JSON.stringify({ seq, request })}\n`);
    const reply = await answer.promise;
    if (!reply.ok) throw new Error(reply.message);
    // The supervisor answers each request by a reply of its type; see the protocol.
    return reply as Reply<T>;
  }

  /** Lets go of the supervisor; with `waitForEnd` resolves when it has ended, as it does when it has no container. */
  async close(waitForEnd: boolean): Promise<void> {
    this.isEstablished = false;
    const { socket, record, child } = this;
    if (socket === undefined || record === undefined) return;
    socket.destroy();
    if (!waitForEnd) return;
    const { clock } = this.options;
    const endMs = clock.monotonicMs() + endWithinMs;
    const hasEnded = () =>
      child === undefined ? !isRunning(record) : child.exitCode !== null || child.signalCode !== null;
    while (!hasEnded() && clock.monotonicMs() < endMs) await sleep(clock, endPollMs);
  }

  private async tryConnect(): Promise<Socket | undefined> {
    const record = readState<SupervisorRecord>(join(this.options.dir, 'supervisor.json'));
    if (record === undefined || record.version !== supervisorVersion || !isRunning(record)) return undefined;
    // By way of a descriptor the path stays below the 108 bytes that a socket address may have.
    const dirFd = openSync(this.options.dir, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const socket = connect(`/proc/self/fd/${dirFd}/${record.socket}`);
      await once(socket, 'connect');
      this.record = record;
      return socket;
    } catch (error) {
      this.options.logger.debug({ err: error }, 'the supervisor does not answer');
      return undefined;
    } finally {
      closeSync(dirFd);
    }
  }

  private async startAndConnect(): Promise<Socket> {
    const { dir } = this.options;
    const errors = openSync(join(dir, 'supervisor.log'), 'a', 0o600);
    try {
      const child = spawn(process.execPath, [main, dir], {
        cwd: '/',
        env: { PATH: toolPath },
        detached: true,
        stdio: ['ignore', 'pipe', errors],
      });
      child.unref();
      this.child = child;
      await firstOutput(child);
    } finally {
      closeSync(errors);
    }
    const socket = await this.tryConnect();
    if (socket === undefined)
      throw new Error(`it was started but does not answer; see ${join(dir, 'supervisor.log')}`);
    return socket;
  }

  private listen(socket: Socket): void {
    this.socket = socket;
    socket.on('error', (error) => this.options.logger.debug({ err: error }, 'connection to the supervisor'));
    socket.on('close', () => this.lost(socket));
    let rest = '';
    socket.setEncoding('utf8');
    // Not `node:readline`: that throws when the socket fails.
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.receive(line);
    });
  }

  private receive(line: string): void {
    // Both ends are of this package and speak through a socket that only this user can open.
    const message = JSON.parse(line) as ExitNotice | { seq: number; reply: SupervisorReply };
    if ('reply' in message) {
      this.pending.get(message.seq)?.resolve(message.reply);
      this.pending.delete(message.seq);
    } else this.options.onExit(message);
  }

  private lost(socket: Socket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    const error = new MooringError('RUNTIME_UNAVAILABLE', 'the supervisor ended before it answered');
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
    if (!this.isEstablished) return;
    this.isEstablished = false;
    this.options.onLost();
  }
}

/** Resolves with the first line that the supervisor prints: it listens then. */
function firstOutput(child: ChildProcess): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`it ended with exit code ${code}`)));
  }).finally(() => child.stdout?.destroy());
}
