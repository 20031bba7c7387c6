/** Plays a scenario: its steps in order, and after each step its checks. */

import assert from 'node:assert/strict';
import { type Check, type CheckMemory, runCheck } from './check.ts';
import type { DeleteOptions, World } from './world.ts';

export interface Step extends DeleteOptions {
  readonly id: string;
  readonly do: 'create' | 'delete' | 'deleteOneOf' | 'patch' | 'scale';
  readonly manifest?: { readonly kind: string };
  readonly kind?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly patch?: object;
  readonly replicas?: number;
}

export interface Scenario {
  readonly steps: readonly Step[];
  readonly checks: readonly Check[];
}

/** The kinds of objects that the steps are about. */
export function kindsOf(scenario: Scenario): ReadonlySet<string> {
  return new Set(scenario.steps.map(({ manifest, kind }) => manifest?.kind ?? kind ?? ''));
}

/** Throws an `AssertionError` at the first check that is not met. */
export async function playScenario(world: World, { steps, checks }: Scenario): Promise<void> {
  const known = new Set(steps.map(({ id }) => id));
  for (const { after } of checks) assert.ok(known.has(after), `there is a step ${after}`);
  const marksMs: CheckMemory['marksMs'] = new Map();
  const uids: CheckMemory['uids'] = new Map();
  for (const step of steps) {
    const stepMoment = world.history.now;
    await perform(world, step);
    for (const check of checks.filter(({ after }) => after === step.id))
      await runCheck(world, check, { stepMoment, marksMs, uids });
  }
}

async function perform(world: World, step: Step): Promise<void> {
  const { kind = '', name = '' } = step;
  switch (step.do) {
    case 'create':
      return await world.create(step.manifest ?? {});
    case 'delete':
      return await world.delete(kind, name, step);
    case 'deleteOneOf':
      return await world.delete(kind, oneOf(world, step), step);
    case 'patch':
      return await world.patch(kind, name, step.patch ?? {});
    case 'scale':
      return await world.scale(kind, name, step.replicas ?? 0);
  }
}

function oneOf(world: World, { kind = '', labels = {} }: Step): string {
  const found = world.history
    .all(kind)
    .find(({ metadata }) => Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value));
  assert.ok(found?.metadata.name, `there is a ${kind} with these labels`);
  return found.metadata.name;
}
