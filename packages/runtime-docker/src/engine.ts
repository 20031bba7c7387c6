/** The Docker engine behind its client: each call has a deadline, can be cancelled, and fails in the engine's words. */

import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { abortable, type Clock, formatDuration, onAbort } from '@mooring/core';
import type Docker from 'dockerode';
import type { DockerOptions } from 'dockerode';
import { connectionTo } from './engine-address.ts';
import { engineWords, isConnectionError, statusOf, unavailable } from './engine-error.ts';

/** What an answer may take where nothing is waited for. */
const callMs = 30_000;

/** The client would take from `DOCKER_HOST` and its like whatever it is not given, and go to another engine than it is told. */
const heedNothingElse = {
  ...{ socketPath: undefined, host: undefined, port: undefined, pathPrefix: undefined, timeout: undefined },
  ...{ username: undefined, ca: undefined, cert: undefined, key: undefined },
};

export type Query = Readonly<Record<string, string | number | boolean>>;

export class Engine {
  readonly docker: Docker;
  /** `unix:///var/run/docker.sock` */
  readonly address: string;
  private readonly clock: Clock;
  private readonly sockets: Agent | undefined;

  private constructor(docker: Docker, address: string, clock: Clock, sockets: Agent | undefined) {
    this.docker = docker;
    this.address = address;
    this.clock = clock;
    this.sockets = sockets;
  }

  /** Loads the client, which takes a moment and is not needed before; does not connect. */
  static async open(address: string, clock: Clock): Promise<Engine> {
    const { default: Client } = await import('dockerode');
    const connection = connectionTo(address, process.env);
    const sockets = connection.socketPath === undefined ? undefined : new Sockets({ keepAlive: true });
    // The client takes an agent, its types do not know of it.
    const options = { ...heedNothingElse, ...connection, agent: sockets };
    return new Engine(new Client(options as DockerOptions), address, clock, sockets);
  }

  /** Programs of this host and files of this host are also the engine's. */
  get isLocal(): boolean {
    return this.address.startsWith('unix://');
  }

  /**
   * One call. Rejects with `signal.reason`, with `RUNTIME_UNAVAILABLE` when no answer came, or with the client's error, which
   * has the status of the answer.
   */
  async call<T>(
    what: string,
    signal: AbortSignal,
    run: (docker: Docker, abortSignal: AbortSignal) => Promise<T>,
    deadlineMs: number = callMs,
  ): Promise<T> {
    signal.throwIfAborted();
    const { clock, address } = this;
    const abort = new AbortController();
    const forget = onAbort(signal, () => abort.abort(signal.reason));
    const timer = clock.setTimeout(
      () => abort.abort(unavailable(address, `${what} was not done within ${formatDuration(deadlineMs)}`)),
      deadlineMs,
    );
    try {
      return await abortable(run(this.docker, abort.signal), abort.signal);
    } catch (error) {
      if (abort.signal.aborted) throw abort.signal.reason;
      if (isConnectionError(error)) throw unavailable(address, engineWords(error), error);
      // The client wraps the engine's words in its own.
      if (error instanceof Error && statusOf(error) !== undefined) error.message = engineWords(error);
      throw error;
    } finally {
      forget();
      clock.clearTimeout(timer);
    }
  }

  /** An answer that is read as it comes; the deadline is for its beginning. It is cut off when `signal` aborts. */
  async stream(what: string, path: string, query: Query, signal: AbortSignal): Promise<Readable> {
    const words = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) words.set(name, String(value));
    const dial = ({ modem }: Docker, abortSignal: AbortSignal) =>
      new Promise<unknown>((resolve, reject) => {
        const settle = (error: unknown, stream: unknown) =>
          error === null ? resolve(stream) : reject(error);
        // Without options of its own the client drops the last character of a path with a question mark.
        const request = {
          method: 'GET',
          path: `${path}?${words.toString()}&`,
          statusCodes: { 200: true as const },
        };
        modem.dial({ ...request, isStream: true, abortSignal }, settle);
      });
    return this.cutOff(await this.call(what, signal, dial), what, signal);
  }

  /** A stream that the client gave, closed when `signal` aborts. */
  cutOff(stream: unknown, what: string, signal: AbortSignal): Readable {
    if (!(stream instanceof Readable)) throw unavailable(this.address, `${what} gave no stream`);
    const forget = onAbort(signal, () => stream.destroy());
    stream.once('close', forget);
    return stream;
  }

  /** Lets go of the connections. */
  close(): void {
    this.sockets?.destroy();
  }
}

/**
 * The client writes each request out for a debug log that nobody reads, with all that can be reached from it: from the
 * connections that is half of the program, and takes longer than most answers.
 */
class Sockets extends Agent {
  [inspect.custom](): string {
    return 'Sockets';
  }
}
