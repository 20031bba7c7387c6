/** One watch of one client: a line of JSON for each event, as fast as the client reads, and no faster. */

import type { ServerResponse } from 'node:http';
import type { ApiObject, Clock, Logger, Revision, TimerHandle } from '@mooring/core';
import type { ObjectForm } from '../list/object-form.ts';
import type { Selection } from '../select/selection.ts';
import { type StatusBody, StatusError } from '../status/status-error.ts';
import { type FeedEvent, watchLine } from './feed-event.ts';
import type { FeedListener, KindFeed, Subscription } from './kind-feed.ts';
import type { Writer, WriteTurns } from './write-turns.ts';

export interface WatchWish {
  /** Only what came after it is told. */
  readonly from: Revision;
  /** Told first, once: a watch that goes on for hours keeps nothing of it. */
  readonly initial: Iterator<ApiObject> | undefined;
  readonly selection: Selection;
  readonly form: ObjectForm;
  /** Tells from time to time how far the watch is. */
  readonly bookmarks: boolean;
  /** Tells when everything that there was has been told. */
  readonly marksInitialEnd: boolean;
  readonly timeoutMs: number;
}

export interface WatchLimits {
  /** Events that wait for one slow client; one that falls further behind is cut off. */
  readonly pendingMax: number;
  readonly bookmarkMs: number;
  /** How long a client that was cut off may take to read why. */
  readonly partingMs: number;
}

export interface WatchSurroundings {
  readonly feed: KindFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: WatchLimits;
  readonly turns: WriteTurns;
}

/** Joined until there is this much: a line alone is too small for a packet. */
const batchBytesMax = 32_768;

const nothing = Buffer.alloc(0);

export class WatchStream implements FeedListener, Writer {
  private readonly response: ServerResponse;
  private readonly wish: WatchWish;
  private readonly around: WatchSurroundings;
  private readonly timers: TimerHandle[] = [];
  private subscription: Subscription | undefined;
  /** What there was at the beginning and is still to be told. */
  private initial: Iterator<ApiObject> | undefined;
  private pending: FeedEvent[] = [];
  private isInitialEndTold = false;
  private isEnded = false;
  private isWaiting = false;
  private resolveDone: () => void = () => {};

  constructor(response: ServerResponse, wish: WatchWish, around: WatchSurroundings) {
    this.response = response;
    this.wish = wish;
    this.around = around;
  }

  /** Resolves when the watch is over. */
  run(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.resolveDone = resolve;
      const { response, wish, around } = this;
      response.setHeader('content-type', 'application/json');
      response.writeHead(200);
      response.flushHeaders();
      signal.addEventListener('abort', this.leave, { once: true });
      response.on('close', this.leave);
      // A client that has gone already says so no more.
      if (signal.aborted) {
        this.leave();
        return;
      }
      const subscription = around.feed.subscribe(wish.from, this);
      if (subscription === undefined) {
        this.part(tooOld(wish.from));
        return;
      }
      this.subscription = subscription;
      this.initial = wish.initial;
      this.pending = [...subscription.missed];
      this.isInitialEndTold = !wish.marksInitialEnd;
      this.after(wish.timeoutMs, () => this.close());
      if (wish.bookmarks) this.remindLater();
      this.pump();
    });
  }

  onEvent(event: FeedEvent): void {
    if (this.isEnded || event.revision <= this.wish.from) return;
    this.pending.push(event);
    if (this.pending.length <= this.around.limits.pendingMax) this.around.turns.add(this);
    else this.cutOff();
  }

  onLost(): void {
    this.part(expired('the watch has missed changes: list again'));
  }

  /** Writes as long as there is something to write and the client takes it. */
  pump(): void {
    if (this.isWaiting || this.isEnded) return;
    for (;;) {
      const batch = this.nextBatch();
      if (batch === undefined || this.isEnded) return;
      if (this.response.write(batch)) continue;
      this.isWaiting = true;
      this.response.once('drain', () => {
        this.isWaiting = false;
        this.pump();
      });
      return;
    }
  }

  private nextBatch(): Buffer | undefined {
    const lines: Buffer[] = [];
    for (let size = 0; size < batchBytesMax; ) {
      const line = this.nextLine();
      if (line === undefined) break;
      if (line === nothing) continue;
      lines.push(line);
      size += line.length;
    }
    return lines.length < 2 ? lines[0] : Buffer.concat(lines);
  }

  /** `nothing` where an event does not concern this client; `undefined` when there is nothing more. */
  private nextLine(): Buffer | undefined {
    const { form, selection, from } = this.wish;
    const first = this.initial?.next();
    if (first?.done === false) return watchLine('ADDED', form.text(first.value).json);
    this.initial = undefined;
    if (!this.isInitialEndTold) {
      this.isInitialEndTold = true;
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      return this.bookmark(from, { annotations });
    }
    const event = this.pending.shift();
    if (event === undefined) return undefined;
    const told = event.toldTo(selection);
    return told === undefined ? nothing : event.lineOf(told, form);
  }

  private bookmark(revision: Revision, more: object = {}): Buffer {
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...more };
    return watchLine('BOOKMARK', JSON.stringify(this.wish.form.bookmark(metadata)));
  }

  private remindLater(): void {
    this.after(this.around.limits.bookmarkMs, () => {
      const isIdle = !this.isWaiting && this.initial === undefined && this.pending.length === 0;
      const revision = Math.max(this.around.feed.revision, this.wish.from);
      if (isIdle) this.response.write(this.bookmark(revision));
      this.remindLater();
    });
  }

  private cutOff(): void {
    const { logger, feed, limits } = this.around;
    logger.warn(
      { key: feed.kind, pending: this.pending.length, max: limits.pendingMax },
      'a watch is cut off: its client reads too slowly',
    );
    this.pending = [];
    this.part(
      expired(`the watch was cut off: more than ${limits.pendingMax} events were waiting; list again`),
    );
  }

  /** The last line says why; a client that does not even read that is left. */
  private part({ body }: StatusError): void {
    if (this.isEnded) return;
    this.response.write(watchLine('ERROR', JSON.stringify(body satisfies StatusBody)));
    this.close();
  }

  private close(): void {
    if (this.isEnded) return;
    this.release();
    const { clock, limits } = this.around;
    const timer = clock.setTimeout(() => this.response.destroy(), limits.partingMs);
    this.response.end(() => clock.clearTimeout(timer));
    this.resolveDone();
  }

  private readonly leave = (): void => {
    if (this.isEnded) return;
    this.release();
    this.response.destroy();
    this.resolveDone();
  };

  private release(): void {
    this.isEnded = true;
    this.subscription?.end();
    this.around.turns.delete(this);
    this.pending = [];
    this.initial = undefined;
    for (const timer of this.timers) this.around.clock.clearTimeout(timer);
    this.response.off('close', this.leave);
  }

  private after(delayMs: number, fn: () => void): void {
    const timer = this.around.clock.setTimeout(() => {
      this.timers.splice(this.timers.indexOf(timer), 1);
      if (!this.isEnded) fn();
    }, delayMs);
    this.timers.push(timer);
  }
}

function expired(message: string): StatusError {
  return new StatusError('Expired', message);
}

function tooOld(from: Revision): StatusError {
  return expired(`too old resource version: ${from}`);
}
