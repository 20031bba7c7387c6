/**
 * The engine's events, such as those about the containers of one agent. A stream that broke is resumed where it ended; when the engine does
 * not remember that place, because it was started anew or too much has happened since, readers are told to look for
 * themselves.
 */

import { type Clock, errorMessage, type Logger, sleep } from '@mooring/core';
import type { Engine, Query } from './engine.ts';
import { jsonLines } from './json-lines.ts';

export interface EngineEvent {
  /** `create`, `start`, `kill`, `die`, `oom`, `stop`, `restart`, `destroy`. */
  readonly action: string;
  readonly containerID: string;
  /** On the engine's clock. */
  readonly atMs: number;
  /** Labels of the container, and what the action brings: `signal`, `exitCode`. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface EngineEventsOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What they are about; `container` when not given. */
  readonly type?: 'container' | 'image';
  /** As `filters` of the engine. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  /** Asked for besides the usual ones; of images all are asked for. */
  readonly actions?: readonly string[];
  onEvent(event: EngineEvent): void;
  /** The stream is there, or is not. */
  onLive(isLive: boolean): void;
  /** What happened meanwhile is not known. */
  onGap(): void;
}

const usualActions = ['create', 'start', 'kill', 'die', 'oom', 'stop', 'restart', 'destroy'];
/** What podman calls some of them. It is asked for an end by its own word, and tells of it by the usual one. */
const otherWords: Readonly<Record<string, string>> = { died: 'die', remove: 'destroy' };
const retryMsMin = 100;
const retryMsMax = 2_000;

interface Place {
  /** Nanoseconds since the epoch: more digits than a number has. */
  readonly nanos: bigint;
  readonly text: string;
}

export class EngineEvents {
  private readonly options: EngineEventsOptions;
  private last: Place | undefined;
  private isFirst = true;

  constructor(options: EngineEventsOptions) {
    this.options = options;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, onLive } = this.options;
    let retryMs = retryMsMin;
    let isTold = false;
    while (!signal.aborted) {
      try {
        await this.follow(signal, () => {
          retryMs = retryMsMin;
          isTold = false;
        });
      } catch (error) {
        if (!isTold && !signal.aborted) this.tell(error);
        isTold = true;
      }
      onLive(false);
      if (signal.aborted) return;
      await sleep(clock, retryMs, signal).catch(ignoreAbort);
      retryMs = Math.min(retryMs * 2, retryMsMax);
    }
  }

  /** Once for each time that the engine is away: its containers say it for all. */
  private tell(error: unknown): void {
    const { logger, engine, type = 'container' } = this.options;
    if (type !== 'container') return;
    logger.warn({ engine: engine.address, error: errorMessage(error) }, 'event stream of the engine broke');
  }

  private async follow(signal: AbortSignal, onOpen: () => void): Promise<void> {
    const { onLive, onGap } = this.options;
    const from = this.last;
    const isKnown = from !== undefined && (await this.remembers(from, signal));
    const stream = await this.open(isKnown ? { since: secondsOf(from) } : {}, signal);
    onOpen();
    onLive(true);
    // Before the first stream there was nothing that could have been missed.
    if (!isKnown && !this.isFirst) onGap();
    this.isFirst = false;
    for await (const { text, value } of jsonLines(stream)) this.take(text, value, from);
  }

  /** Does the engine still have the last event that was seen? Then it has all that came after it as well. */
  private async remembers(place: Place, signal: AbortSignal): Promise<boolean> {
    const seconds = secondsOf(place);
    const stream = await this.open({ since: seconds, until: seconds }, signal);
    let found = false;
    for await (const { text } of jsonLines(stream)) found ||= text === place.text;
    return found;
  }

  private async open(query: Query, signal: AbortSignal) {
    const { engine, type = 'container', filters, actions = [] } = this.options;
    const words = [...usualActions, ...Object.keys(otherWords), ...actions];
    const event = type === 'container' ? { event: words } : {};
    const all = { ...filters, type: [type], ...event };
    return await engine.stream(
      'listening to events',
      '/events',
      { ...query, filters: JSON.stringify(all) },
      signal,
    );
  }

  private take(text: string, value: Readonly<Record<string, unknown>>, from: Place | undefined): void {
    const nanos = BigInt(/"timeNano":(\d+)/.exec(text)?.[1] ?? '0');
    // What was resumed from is given once more.
    if (from !== undefined && nanos <= from.nanos) return;
    this.last = { nanos, text };
    const { ID = '', Attributes = {} } = (value['Actor'] ?? {}) as {
      readonly ID?: string;
      readonly Attributes?: Readonly<Record<string, string>>;
    };
    const action = String(value['Action']);
    this.options.onEvent({
      ...{ action: otherWords[action] ?? action, containerID: ID, attributes: Attributes },
      atMs: Number(nanos / 1_000_000n),
    });
  }
}

function secondsOf({ nanos }: Place): string {
  const perSecond = 1_000_000_000n;
  return `${nanos / perSecond}.${String(nanos % perSecond).padStart(9, '0')}`;
}

/** An abort ends the loop around it; it is no failure. */
function ignoreAbort(): void {}
