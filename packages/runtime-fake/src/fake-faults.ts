/** What goes wrong with the calls to a fake runtime: scripted for each verb, counted, and lifted again. */

import type { ErrorCode } from '@mooring/core';

export const fakeVerbs = [
  'status',
  'ensureImage',
  'createSandbox',
  'removeSandbox',
  'listSandboxes',
  'createContainer',
  'startContainer',
  'stopContainer',
  'removeContainer',
  'inspectContainer',
  'listContainers',
  'events',
  'exec',
  'logs',
] as const;

/** The calls of a runtime that can be made to go wrong. */
export type FakeVerb = (typeof fakeVerbs)[number];

/** One call, as far as a fault may want to tell it from others. */
export interface FakeCall {
  readonly verb: FakeVerb;
  readonly podName?: string;
  readonly containerName?: string;
  readonly image?: string;
}

/** How calls of a verb go wrong; see `FakeHost.fault`. */
export interface FakeFault {
  /** How long the call takes. */
  readonly delayMs?: number;
  /** What it rejects with, after the delay. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  /** It never settles by itself, only by an abort. */
  readonly hangs?: boolean;
  /** The call takes effect first and then suffers: its outcome is unknown to the caller. */
  readonly afterEffect?: boolean;
  /** It takes effect after the delay even when its caller has given up on it meanwhile. */
  readonly outlivesAbort?: boolean;
  /** How many calls it hits; every one when absent. */
  readonly times?: number;
  /** Which calls it hits; all when absent. */
  readonly when?: (call: FakeCall) => boolean;
}

export class FaultScript {
  private readonly faults = new Map<FakeVerb, { readonly fault: FakeFault; left: number }[]>();

  /** Faults of one verb are looked at in the order they were added. Dispose of what is given back to lift it. */
  add(verb: FakeVerb, fault: FakeFault): Disposable {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    const entries = this.faults.get(verb) ?? [];
    this.faults.set(verb, entries);
    entries.push(entry);
    return {
      [Symbol.dispose]: () => {
        const at = entries.indexOf(entry);
        if (at >= 0) entries.splice(at, 1);
      },
    };
  }

  /** The fault that hits this call, used up by one. */
  take(call: FakeCall): FakeFault | undefined {
    const entry = this.faults
      .get(call.verb)
      ?.find(({ fault, left }) => left > 0 && (fault.when?.(call) ?? true));
    if (entry === undefined) return undefined;
    entry.left -= 1;
    return entry.fault;
  }
}
