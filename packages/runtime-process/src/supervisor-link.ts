/** Keeps the agent connected to a supervisor: when one dies, another takes its place and what is left of its work. */

import { type Clock, errorMessage, type Logger, MooringError, type TimerHandle } from '@mooring/core';
import type { ContainerTable } from './container-table.ts';
import type { SupervisorClient } from './supervisor-client.ts';

export interface SupervisorLinkOptions {
  readonly client: SupervisorClient;
  readonly table: ContainerTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called after each connection, before anything is started. */
  readonly onConnected: (client: SupervisorClient) => Promise<void>;
}

/** Between a loss and the next attempt; a supervisor that cannot start must not make a hot loop. */
const reconnectMs = 1000;

export class SupervisorLink {
  private readonly options: SupervisorLinkOptions;
  private connecting: Promise<SupervisorClient> | undefined;
  private timer: TimerHandle | undefined;
  private lastError: unknown;
  private isClosed = false;

  constructor(options: SupervisorLinkOptions) {
    this.options = options;
  }

  /** Why the runtime is not ready; `undefined` when it is. */
  get problem(): string | undefined {
    if (this.connected !== undefined) return undefined;
    return this.lastError === undefined ? 'the supervisor is being started' : errorMessage(this.lastError);
  }

  /** The client if it is connected now. */
  get connected(): SupervisorClient | undefined {
    const { client } = this.options;
    return client.isConnected && this.connecting === undefined ? client : undefined;
  }

  /** The connected client. Rejects with `RUNTIME_UNAVAILABLE`. */
  async get(): Promise<SupervisorClient> {
    if (this.isClosed) throw new MooringError('RUNTIME_UNAVAILABLE', 'the runtime has been closed');
    if (this.connected !== undefined) return this.connected;
    this.connecting ??= this.connect().finally(() => {
      this.connecting = undefined;
    });
    return await this.connecting;
  }

  /** To be called when the client has lost its supervisor. */
  lost(): void {
    const { table, logger } = this.options;
    logger.warn({ state: 'lost' }, 'the supervisor has ended; its containers live on');
    table.supervisedBy(new Set());
    this.reconnect();
  }

  async close(waitForEnd: boolean): Promise<void> {
    this.isClosed = true;
    this.options.clock.clearTimeout(this.timer);
    await this.options.client.close(waitForEnd);
  }

  private async connect(): Promise<SupervisorClient> {
    const { client, table, logger, onConnected } = this.options;
    try {
      const orphans = table.supervisedBy(await client.connect());
      for (const { id, dir } of orphans) {
        await client.request({ type: 'adopt', id, dir }).catch((error: unknown) =>
          // It runs on until its pipe is full; everything else about it works.
          logger.warn({ err: error, container: id }, 'the log of a container cannot be taken up'),
        );
      }
      await onConnected(client);
      this.lastError = undefined;
      return client;
    } catch (error) {
      this.lastError = error;
      throw error;
    }
  }

  private reconnect(): void {
    const { clock, logger } = this.options;
    this.timer = clock.setTimeout(() => {
      this.get().catch((error: unknown) => {
        logger.error({ err: error }, 'the supervisor cannot be started');
        if (!this.isClosed) this.reconnect();
      });
    }, reconnectMs);
  }
}
