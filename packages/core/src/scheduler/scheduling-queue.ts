/**
 * The pods that wait for a node. Those that can be tried now come by priority, then by the time since which they wait;
 * those that were tried in vain rest until something changes that may help them, and then for the rest of their back-off.
 */

import type { StoredPod } from '../api/pod.ts';
import { Heap } from '../engine/heap.ts';
import type { PodNeeds } from './pod-needs.ts';

export interface QueueSettings {
  /** Doubles with each further try in vain. 1 s in Kubernetes. */
  readonly backOffMs: number;
  /** 10 s in Kubernetes. */
  readonly backOffMsMax: number;
  /** A pod that nothing has helped for so long is tried all the same. 5 min in Kubernetes. */
  readonly staleMs: number;
}

export interface WaitingPod {
  pod: StoredPod;
  needs: PodNeeds;
  /** When it came, or was last tried. */
  sinceMs: number;
  /** Tries that found no node. */
  tries: number;
  /** Tries in a row that ended in an error. */
  errors: number;
  /** Where it is: its ticket in one of the heaps, among the unschedulable, or with the one who tries it. */
  place: Ticket | 'unschedulable' | 'out';
}

interface Ticket {
  readonly waiting: WaitingPod;
  readonly priority: number;
  /** Order of waiting; in back-off, when it is over. */
  readonly atMs: number;
  /** Makes the order total. */
  readonly number: number;
}

export class SchedulingQueue {
  private readonly settings: QueueSettings;
  private readonly waiting = new Map<string, WaitingPod>();
  private readonly active = new Heap<Ticket>(byPriority);
  /** After tries in vain: they may be tried early when nothing else is to be done. */
  private readonly resting = new Heap<Ticket>(byRelease);
  /** After errors: they may not. */
  private readonly erring = new Heap<Ticket>(byRelease);
  /** By needs, which decide whom a change helps. Each set in the order in which they were tried. */
  private readonly unschedulable = new Map<PodNeeds, Set<WaitingPod>>();
  private filed = 0;
  private tickets = 0;

  constructor(settings: QueueSettings) {
    this.settings = settings;
  }

  /** All that wait, in whatever way, and those that are being tried. */
  get size(): number {
    return this.waiting.size;
  }

  /** Is there one that `take` would give? */
  get hasReady(): boolean {
    return this.first(this.active) !== undefined || this.first(this.resting) !== undefined;
  }

  /** Those that no node takes as things are. */
  get unschedulableSize(): number {
    return this.filed;
  }

  /** When the next back-off ends that has to be waited for. */
  get nextReleaseMs(): number | undefined {
    return this.first(this.erring)?.atMs;
  }

  /** A pod without a node: a new one, or another version of one that waits. */
  set(pod: StoredPod, needs: PodNeeds, nowMs: number): void {
    const known = this.waiting.get(pod.metadata.uid);
    if (known === undefined) {
      const waiting: WaitingPod = { pod, needs, sinceMs: nowMs, tries: 0, errors: 0, place: 'out' };
      this.waiting.set(pod.metadata.uid, waiting);
      this.activate(waiting);
      return;
    }
    const isChanged = known.needs !== needs || priorityOf(known.pod) !== priorityOf(pod);
    known.pod = pod;
    if (!isChanged) return;
    // Another pod for the scheduler: what was found out about it does not count any more.
    if (known.place === 'unschedulable') this.unfile(known);
    known.needs = needs;
    if (known.place !== 'out') this.retry(known, nowMs);
  }

  /** It has a node, has ended, or is gone. */
  remove(uid: string): void {
    const known = this.waiting.get(uid);
    if (known === undefined) return;
    this.waiting.delete(uid);
    if (known.place === 'unschedulable') this.unfile(known);
    known.place = 'out';
  }

  /** The next to be tried. It comes back by `failed`, `erred` or `remove`. */
  take(): WaitingPod | undefined {
    const ticket = this.first(this.active) ?? this.first(this.resting);
    if (ticket === undefined) return undefined;
    ticket.waiting.place = 'out';
    return ticket.waiting;
  }

  /** No node takes it. */
  failed(waiting: WaitingPod, nowMs: number): void {
    waiting.tries += 1;
    waiting.errors = 0;
    waiting.sinceMs = nowMs;
    if (!this.isWaiting(waiting)) return;
    waiting.place = 'unschedulable';
    const alike = this.unschedulable.get(waiting.needs) ?? new Set();
    this.unschedulable.set(waiting.needs, alike.add(waiting));
    this.filed += 1;
  }

  /** Trying it, or binding it, went wrong. */
  erred(waiting: WaitingPod, nowMs: number): void {
    waiting.errors += 1;
    waiting.sinceMs = nowMs;
    if (this.isWaiting(waiting)) this.backOff(waiting, this.erring);
  }

  /** Lets those try again whose back-off is over. */
  release(nowMs: number): void {
    for (const heap of [this.resting, this.erring]) {
      for (let ticket = this.first(heap); ticket !== undefined; ticket = this.first(heap)) {
        if (ticket.atMs > nowMs) break;
        this.activate(ticket.waiting);
      }
    }
  }

  /** Something has changed: those whom it helps are tried again once their back-off is over. */
  wake(helps: (needs: PodNeeds) => boolean, nowMs: number): void {
    for (const [needs, alike] of this.unschedulable) {
      if (!helps(needs)) continue;
      this.unschedulable.delete(needs);
      this.filed -= alike.size;
      for (const waiting of alike) this.retry(waiting, nowMs);
    }
  }

  /** The safety net: whoever was not tried for a long time is. */
  wakeStale(nowMs: number): void {
    for (const alike of this.unschedulable.values()) {
      for (const waiting of alike) {
        if (nowMs - waiting.sinceMs < this.settings.staleMs) break;
        this.unfile(waiting);
        this.retry(waiting, nowMs);
      }
    }
  }

  private isWaiting(waiting: WaitingPod): boolean {
    return this.waiting.get(waiting.pod.metadata.uid) === waiting;
  }

  private retry(waiting: WaitingPod, nowMs: number): void {
    if (this.backOffEndMs(waiting) <= nowMs) this.activate(waiting);
    else this.backOff(waiting, this.resting);
  }

  private activate(waiting: WaitingPod): void {
    this.enter(this.active, waiting, waiting.sinceMs);
  }

  private backOff(waiting: WaitingPod, heap: Heap<Ticket>): void {
    this.enter(heap, waiting, this.backOffEndMs(waiting));
  }

  private enter(heap: Heap<Ticket>, waiting: WaitingPod, atMs: number): void {
    const ticket = { waiting, priority: priorityOf(waiting.pod), atMs, number: this.tickets++ };
    waiting.place = ticket;
    heap.push(ticket);
  }

  /** Rounded up to whole seconds, so that those whose waits end together are tried in the order of their priority. */
  private backOffEndMs({ tries, errors, sinceMs }: WaitingPod): number {
    const { backOffMs, backOffMsMax } = this.settings;
    const inVain = errors > 0 ? errors : tries;
    if (inVain === 0) return sinceMs;
    const delayMs = Math.min(backOffMs * 2 ** (inVain - 1), backOffMsMax);
    return Math.ceil((sinceMs + delayMs) / 1000) * 1000;
  }

  /** Tickets of pods that have left lie in the heaps until they come up. */
  private first(heap: Heap<Ticket>): Ticket | undefined {
    for (;;) {
      const ticket = heap.first;
      if (ticket === undefined || ticket.waiting.place === ticket) return ticket;
      heap.pop();
    }
  }

  private unfile(waiting: WaitingPod): void {
    const alike = this.unschedulable.get(waiting.needs);
    if (alike?.delete(waiting)) this.filed -= 1;
    if (alike?.size === 0) this.unschedulable.delete(waiting.needs);
  }
}

function priorityOf({ spec }: StoredPod): number {
  return spec.priority ?? 0;
}

function byPriority(a: Ticket, b: Ticket): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);
}

function byRelease(a: Ticket, b: Ticket): boolean {
  return a.atMs === b.atMs ? byPriority(a, b) : a.atMs < b.atMs;
}
