/** What may be shown of an actor's snapshot: plain JSON, bounded, without references to live things. */

import { isRecord } from './envelope.ts';

export interface SnapshotView {
  readonly status: string;
  /** The state, as XState writes it. */
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
}

export function snapshotView(snapshot: unknown): SnapshotView {
  // Only the parts that say something: XState keeps the machine and the live children beside them.
  const { status, value, context, output, error } = isRecord(snapshot) ? snapshot : {};
  const parts = Object.entries({ value, context, output, error }).map(([name, part]) => [
    name,
    plainJson(part),
  ]);
  const known = Object.fromEntries(parts.filter(([, part]) => part !== undefined));
  return { status: typeof status === 'string' ? status : 'unknown', ...known };
}

/** Levels and values that are shown; beyond them stands a word in brackets. */
const depthMax = 12;
const valuesMax = 20_000;

/** A copy of any value as JSON can hold it: functions are left out, actors and repeated ancestors become a word. */
function plainJson(value: unknown): unknown {
  let count = 0;
  const ancestors = new Set<object>();
  const visit = (item: unknown): unknown => {
    count += 1;
    if (typeof item === 'bigint') return String(item);
    if (typeof item === 'function' || typeof item === 'symbol') return undefined;
    if (typeof item !== 'object' || item === null) return item;
    if (ancestors.has(item)) return '[circular]';
    if (ancestors.size >= depthMax) return '[deep]';
    if (count > valuesMax) return '[cut]';
    const special = plainForm(item);
    if (special !== undefined) return special;
    ancestors.add(item);
    const copy = Array.isArray(item) ? item.map(visit) : copyRecord(item, visit);
    ancestors.delete(item);
    return copy;
  };
  return visit(value);
}

function copyRecord(item: object, visit: (value: unknown) => unknown): unknown {
  const copy: [string, unknown][] = [];
  const entries = item instanceof Map ? item.entries() : Object.entries(item);
  for (const [key, value] of entries) {
    const plain = visit(value);
    if (plain !== undefined) copy.push([String(key), plain]);
  }
  return Object.fromEntries(copy);
}

/** Things that are shown as one word or as their essence. */
function plainForm(item: object): unknown {
  if (item instanceof Date) return Number.isNaN(item.getTime()) ? null : item.toISOString();
  if (item instanceof Error) return { name: item.name, message: item.message };
  if (item instanceof Set) return [...item].map((value) => plainJson(value));
  if ('sessionId' in item && 'send' in item) return '[actor]';
  return undefined;
}
