/** The checks of the scenarios: what has to become true, stay true, or never have been true. */

import assert from 'node:assert/strict';
import type { History, Moment, SeenObject } from './history.ts';
import { groupFetches, groupHolds, isGroupCheck, type ObjectGroup } from './object-group.ts';
import { valuesAt } from './object-path.ts';
import { holds, type Predicate } from './predicate.ts';
import type { World } from './world.ts';

export interface Check extends Partial<Predicate>, Partial<ObjectGroup> {
  readonly after: string;
  readonly kind?: string;
  readonly name?: string;
  readonly check?: 'now';
  readonly withinSeconds?: number;
  readonly forSeconds?: number;
  readonly monotonic?: boolean;
  readonly beforeGone?: boolean;
  readonly mark?: string;
  readonly sinceMark?: string;
  readonly gone?: boolean;
  readonly lastSeen?: boolean;
  readonly never?: boolean;
  readonly durationFrom?: string;
  readonly durationTo?: string;
  readonly seconds?: number;
  readonly involved?: { readonly kind?: string; readonly name?: string };
  readonly reason?: string;
  readonly type?: string;
  readonly messageContains?: string | readonly string[];
  readonly absent?: boolean;
  readonly invariant?: Predicate | { readonly if: Predicate; readonly then: Predicate };
  readonly untilComplete?: boolean;
}

/** What later checks of a scenario may refer to. */
export interface CheckMemory {
  /** Where the history stood when the step was done. */
  readonly stepMoment: Moment;
  readonly marksMs: Map<string, number>;
  readonly uids: Map<string, string>;
}

/** How long a roll-out may take that no check gives another time. */
const completeWithinSeconds = 600;

/** Throws an `AssertionError` that shows the check and the object as it was. */
export async function runCheck(world: World, check: Check, memory: CheckMemory): Promise<void> {
  if (check.invariant !== undefined) return await runInvariant(world, check, memory);
  const moment = world.history.now;
  const condition = () => isTrue(world, check, memory, moment);
  const isMet = await inTime(world, check, memory, condition);
  if (!isMet) fail(world, check);
  if (check.mark !== undefined) memory.marksMs.set(check.mark, world.nowMs());
  if (check.monotonic === true) assertNeverDecreased(world.history, check);
}

async function inTime(
  world: World,
  check: Check,
  memory: CheckMemory,
  condition: () => boolean | Promise<boolean>,
): Promise<boolean> {
  if (check.forSeconds !== undefined) {
    const isBroken = await world.waitUntil(async () => !(await condition()), check.forSeconds * 1000);
    return !isBroken;
  }
  if (check.check === 'now') return await condition();
  assert.ok(check.withinSeconds !== undefined, 'a check has a time');
  const fromMs = check.sinceMark === undefined ? world.nowMs() : memory.marksMs.get(check.sinceMark);
  assert.ok(fromMs !== undefined, `the mark ${check.sinceMark} was set`);
  return await world.waitUntil(condition, fromMs + check.withinSeconds * 1000 - world.nowMs());
}

function isTrue(world: World, check: Check, memory: CheckMemory, moment: Moment): boolean | Promise<boolean> {
  const { history } = world;
  if (check.httpGetPort !== undefined) return groupFetches(world, check);
  if (isGroupCheck(check)) return groupHolds(history, check, memory.uids);
  if (check.kind === 'Event') return eventIsThere(history, check) !== (check.absent === true);
  const { kind = '', name = '' } = check;
  const current = history.current(kind, name);
  if (check.gone === true) return current === undefined && history.versions(kind, name).length > 0;
  const last = history.versions(kind, name).at(-1);
  if (check.durationFrom !== undefined) return durationHolds(check, check.lastSeen === true ? last : current);
  const predicate = predicateOf(check);
  if (check.lastSeen === true) return holds(predicate, last);
  if (check.never === true) return !history.versions(kind, name).some((version) => holds(predicate, version));
  const since = history.since(moment, kind, name);
  // What has to stay true has to be true in every version that was seen, not only in the one at the end of an instant.
  if (check.forSeconds !== undefined)
    return [current, ...since].every((version) => holds(predicate, version));
  if (check.beforeGone === true) return [current, ...since].some((version) => holds(predicate, version));
  return holds(predicate, current);
}

/** Without a path it is about the object itself. */
function predicateOf({ path = '', op = 'exists', value, missingMeans }: Check): Predicate {
  return { path, op, value, ...(missingMeans !== undefined && { missingMeans }) };
}

function eventIsThere(history: History, check: Check): boolean {
  return history.ever('Event').some((event) => {
    const text = (path: string) => String(valuesAt(event, path)[0] ?? '');
    const { involved, reason, type, messageContains = [] } = check;
    if (involved?.kind !== undefined && text('involvedObject.kind') !== involved.kind) return false;
    if (involved?.name !== undefined && text('involvedObject.name') !== involved.name) return false;
    if (reason !== undefined && text('reason') !== reason) return false;
    if (type !== undefined && text('type') !== type) return false;
    return [messageContains].flat().every((part) => text('message').includes(part));
  });
}

function durationHolds(check: Check, object: SeenObject | undefined): boolean {
  const { durationFrom = '', durationTo = '', op = '==', seconds = 0 } = check;
  const [from, to] = [durationFrom, durationTo].map((path) => Date.parse(String(valuesAt(object, path)[0])));
  const duration = ((to ?? Number.NaN) - (from ?? Number.NaN)) / 1000;
  return holds({ path: 'duration', op, value: seconds }, Number.isNaN(duration) ? {} : { duration });
}

function assertNeverDecreased(history: History, check: Check): void {
  const { kind = '', name = '', path = '' } = check;
  const values = history.versions(kind, name).flatMap((version) => valuesAt(version, path).map(Number));
  const sorted = [...values].sort((a, b) => a - b);
  assert.deepEqual(values, sorted, `${path} of ${kind} ${name} never decreases`);
}

async function runInvariant(world: World, check: Check, memory: CheckMemory): Promise<void> {
  const { invariant, kind = '', name = '', untilComplete = false } = check;
  const { forSeconds, withinSeconds = untilComplete ? completeWithinSeconds : 0 } = check;
  assert.ok(invariant !== undefined);
  const isKept = (version: SeenObject) =>
    'if' in invariant
      ? !holds(invariant.if, version) || holds(invariant.then, version)
      : holds(invariant, version);
  const broken = () => world.history.since(memory.stepMoment, kind, name).find((version) => !isKept(version));
  const isOver = () => untilComplete && isComplete(world.history.current(kind, name));
  const limitMs = (forSeconds ?? withinSeconds) * 1000;
  const hasEnded = await world.waitUntil(() => broken() !== undefined || isOver(), limitMs);
  assert.deepEqual(broken(), undefined, `${JSON.stringify(invariant)} holds in every version`);
  if (untilComplete) assert.ok(hasEnded, `the roll-out of ${name} is complete`);
}

/** A roll-out is complete when all replicas are of the newest template and available, and no other is left. */
function isComplete(object: SeenObject | undefined): boolean {
  if (object === undefined) return false;
  const number = (path: string) => Number(valuesAt(object, path)[0] ?? 0);
  const wanted = number('spec.replicas');
  const counts = ['status.updatedReplicas', 'status.replicas', 'status.availableReplicas'].map(number);
  return (
    counts.every((count) => count === wanted) &&
    number('status.observedGeneration') >= number('metadata.generation')
  );
}

function fail(world: World, check: Check): never {
  const { kind = '', name = '' } = check;
  const actual =
    kind === 'Event'
      ? world.history.ever('Event').map((event) => valuesAt(event, 'message')[0])
      : world.history.versions(kind, name).at(-1);
  throw new assert.AssertionError({
    message: 'the check is not met',
    expected: check,
    actual,
    operator: 'check',
  });
}
