/**
 * What somebody else did to containers of this agent: told them to stop, or let them run once more. Kept by what the
 * engine says as it happens, so it is known only as long as somebody listens.
 */

import { constants } from 'node:os';

/** A program that lives on that long after a stop signal has not ended because of it. */
const stopMsMax = 60_000;

export interface FirstEnd {
  readonly exitCode: number;
  readonly atMs: number;
}

interface Stop {
  readonly atMs: number;
  /** The engine has killed what did not heed it. */
  isEnforced: boolean;
}

export class OutsideActs {
  private readonly stops = new Map<string, Stop>();
  /** Signals to these are ours. */
  private readonly ownStops = new Set<string>();
  /** Started by this agent; the engine has not said so yet. */
  private readonly ownStarts = new Set<string>();
  private readonly ends = new Map<string, FirstEnd>();
  private readonly reruns = new Set<string>();

  /** From now on signals to it are ours. */
  noteOwnStop(id: string): void {
    this.ownStops.add(id);
  }

  noteOwnStart(id: string): void {
    this.ownStarts.add(id);
  }

  /** `stopSignal`: the one that tells this container to stop. */
  noteSignal(id: string, signal: string, stopSignal: string, atMs: number): void {
    if (this.ownStops.has(id)) return;
    const number = signalNumber(signal);
    const stop = this.stops.get(id);
    if (number === signalNumber(stopSignal)) this.stops.set(id, { atMs, isEnforced: false });
    else if (stop !== undefined && number === constants.signals.SIGKILL) stop.isEnforced = true;
  }

  /**
   * True when somebody else has started it. `hasEnded`: it is known to be no first start; otherwise one that this agent
   * does not know of may be that of its last life.
   */
  noteStart(id: string, hasEnded: boolean): boolean {
    if (this.ownStarts.delete(id) || !(hasEnded || this.ends.has(id))) return false;
    this.reruns.add(id);
    return true;
  }

  noteEnd(id: string, end: FirstEnd): void {
    if (!this.ends.has(id)) this.ends.set(id, end);
  }

  /** How its own life has ended, when somebody else has started it after that. */
  endBeforeRerun(id: string): FirstEnd | undefined {
    return this.reruns.has(id) ? this.ends.get(id) : undefined;
  }

  /** Whether an end at this time is the doing of somebody else. */
  isStoppedAt(id: string, endMs: number): boolean {
    const stop = this.stops.get(id);
    return this.reruns.has(id) || (stop !== undefined && (stop.isEnforced || endMs - stop.atMs <= stopMsMax));
  }

  /** It is gone. */
  forget(id: string): void {
    for (const known of [this.stops, this.ownStops, this.ownStarts, this.ends, this.reruns]) known.delete(id);
  }
}

/** `SIGTERM`, `TERM` and `15` are the same. */
export function isSameSignal(a: string, b: string): boolean {
  const number = signalNumber(a);
  return number !== undefined && number === signalNumber(b);
}

/** Of `SIGTERM`, `TERM` or `15`. */
function signalNumber(signal: string): number | undefined {
  if (/^\d+$/.test(signal)) return Number(signal);
  const name = signal.toUpperCase().replace(/^(?!SIG)/, 'SIG');
  return Object.entries(constants.signals).find(([known]) => known === name)?.[1];
}
