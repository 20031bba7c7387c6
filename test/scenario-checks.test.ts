import { describe, expect, test } from 'vitest';
import { type Check, runCheck } from '../conformance/support/check.ts';
import { History, type SeenObject } from '../conformance/support/history.ts';
import { valuesAt } from '../conformance/support/object-path.ts';
import { holds, type Predicate } from '../conformance/support/predicate.ts';
import { playScenario, type Step } from '../conformance/support/scenario.ts';
import type { World } from '../conformance/support/world.ts';

const pod = (fields: object): SeenObject => ({ kind: 'Pod', metadata: { name: 'web' }, ...fields });

describe('a path', () => {
  const object = {
    metadata: { labels: { 'a.b/c': 'x' } },
    status: { conditions: [{ type: 'Ready', status: 'True' }, { type: 'Other' }], count: 0, nothing: null },
  };

  test.each([
    { path: 'status.count', want: [0] },
    { path: 'status.conditions[type=Ready].status', want: ['True'] },
    { path: 'status.conditions[type=Absent].status', want: [] },
    { path: 'status.conditions[type=Other].status', want: [] },
    { path: 'metadata.labels[a.b/c]', want: ['x'] },
    { path: 'status.nothing', want: [] },
    { path: 'spec.a.b', want: [] },
    { path: 'spec.a|status.count', want: [0] },
    { path: 'status.constructor', want: [] },
  ])('$path finds $want', ({ path, want }) => {
    expect(valuesAt(object, path)).toEqual(want);
  });
});

describe('a predicate', () => {
  const rows: readonly (Predicate & { readonly want: boolean })[] = [
    { path: 'n', op: '==', value: 3, want: true },
    { path: 'n', op: '!=', value: 3, want: false },
    { path: 'm', op: '!=', value: 3, want: true },
    { path: 'm', op: '==', value: 3, want: false },
    { path: 'm', op: '==', value: 3, missingMeans: 3, want: true },
    { path: 'n', op: '>=', value: 3, want: true },
    { path: 'n', op: '>', value: 3, want: false },
    { path: 'm', op: '<', value: 3, want: false },
    { path: 'n', op: 'exists', value: true, want: true },
    { path: 'm', op: 'exists', value: true, want: false },
    { path: 'm', op: 'absent', want: true },
  ];
  test.each(rows)('$path $op $value (missing means $missingMeans) is $want', ({ want, ...predicate }) => {
    expect(holds(predicate, { n: 3 })).toBe(want);
  });

  test.each(['==', '!=', '>=', 'exists'] as const)('%s is false of an object that is missing', (op) => {
    expect(holds({ path: 'n', op, value: 3 }, undefined)).toBe(false);
  });
});

/** A world in which the objects change by a script: second -> what happens then. */
class ScriptedWorld implements World {
  readonly history = new History();
  private seconds = 0;
  private readonly script: ReadonlyMap<number, (history: History) => void>;
  readonly done: string[] = [];

  constructor(script: Readonly<Record<number, (history: History) => void>>) {
    this.script = new Map(Object.entries(script).map(([at, act]) => [Number(at), act]));
    this.script.get(0)?.(this.history);
  }

  nowMs(): number {
    return this.seconds * 1000;
  }

  async waitUntil(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
    const end = this.seconds + limitMs / 1000;
    while (!(await condition())) {
      if (this.seconds >= end) return false;
      this.seconds += 1;
      this.script.get(this.seconds)?.(this.history);
    }
    return true;
  }

  async create(): Promise<void> {
    this.done.push('create');
  }

  async delete(_kind: string, name: string): Promise<void> {
    this.done.push(`delete ${name}`);
  }

  async patch(): Promise<void> {
    this.done.push('patch');
  }

  async scale(): Promise<void> {
    this.done.push('scale');
  }

  async fetchBody(podIP: string): Promise<string | undefined> {
    return podIP === '10.0.0.1' ? 'web' : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const becomes =
  (phase: string, more: object = {}) =>
  (history: History) =>
    history.put(pod({ status: { phase }, ...more }));
const gone = (history: History) => history.remove(pod({}));
const phaseIs = (value: string): Partial<Check> => ({
  kind: 'Pod',
  name: 'web',
  path: 'status.phase',
  op: '==',
  value,
});
const restarts = (restartCount: number) => (history: History) =>
  history.put(pod({ status: { restartCount } }));
const event = (message: string) => (history: History) =>
  history.put({
    kind: 'Event',
    metadata: { name: message },
    ...{ type: 'Warning', reason: 'Unhealthy', message, involvedObject: { kind: 'Pod', name: 'web' } },
  });

interface Row {
  readonly name: string;
  readonly script: Readonly<Record<number, (history: History) => void>>;
  readonly check: Partial<Check>;
  readonly passes: boolean;
}

const rows: readonly Row[] = [
  {
    name: 'within: true in time',
    script: { 3: becomes('Running') },
    check: { ...phaseIs('Running'), withinSeconds: 3 },
    passes: true,
  },
  {
    name: 'within: too late',
    script: { 4: becomes('Running') },
    check: { ...phaseIs('Running'), withinSeconds: 3 },
    passes: false,
  },
  {
    name: 'for: stays true',
    script: { 0: becomes('Running') },
    check: { ...phaseIs('Running'), forSeconds: 5 },
    passes: true,
  },
  {
    name: 'for: not true at first',
    script: { 1: becomes('Running') },
    check: { ...phaseIs('Running'), forSeconds: 5 },
    passes: false,
  },
  {
    name: 'for: not even for an instant',
    script: {
      0: becomes('Running'),
      2: (history) => {
        becomes('Failed')(history);
        becomes('Running')(history);
      },
    },
    check: { ...phaseIs('Running'), forSeconds: 5 },
    passes: false,
  },
  {
    name: 'for: gone on the way',
    script: { 0: becomes('Running'), 2: gone },
    check: { ...phaseIs('Running'), forSeconds: 5 },
    passes: false,
  },
  {
    name: 'now: true',
    script: { 0: becomes('Running') },
    check: { ...phaseIs('Running'), check: 'now' },
    passes: true,
  },
  {
    name: 'now: not yet',
    script: { 1: becomes('Running') },
    check: { ...phaseIs('Running'), check: 'now' },
    passes: false,
  },
  {
    name: 'monotonic: grows',
    script: { 0: restarts(0), 1: restarts(1), 2: restarts(2) },
    check: {
      kind: 'Pod',
      name: 'web',
      path: 'status.restartCount',
      op: '>=',
      value: 2,
      withinSeconds: 9,
      monotonic: true,
    },
    passes: true,
  },
  {
    name: 'monotonic: fell in between',
    script: { 0: restarts(1), 1: restarts(0), 2: restarts(2) },
    check: {
      kind: 'Pod',
      name: 'web',
      path: 'status.restartCount',
      op: '>=',
      value: 2,
      withinSeconds: 9,
      monotonic: true,
    },
    passes: false,
  },
  {
    name: 'gone: in time',
    script: { 0: becomes('Running'), 2: gone },
    check: { kind: 'Pod', name: 'web', gone: true, withinSeconds: 3 },
    passes: true,
  },
  {
    name: 'gone: still there',
    script: { 0: becomes('Running') },
    check: { kind: 'Pod', name: 'web', gone: true, withinSeconds: 3 },
    passes: false,
  },
  {
    name: 'gone: never was',
    script: {},
    check: { kind: 'Pod', name: 'web', gone: true, withinSeconds: 3 },
    passes: false,
  },
  {
    name: 'before gone: seen, and gone in the same instant',
    script: {
      0: becomes('Running'),
      1: (history) => {
        becomes('Failed')(history);
        gone(history);
      },
    },
    check: { ...phaseIs('Failed'), withinSeconds: 3, beforeGone: true },
    passes: true,
  },
  {
    name: 'last seen',
    script: { 0: becomes('Running'), 1: gone },
    check: { ...phaseIs('Running'), withinSeconds: 0, lastSeen: true },
    passes: true,
  },
  {
    name: 'never: was once',
    script: { 0: becomes('Failed'), 1: becomes('Running') },
    check: { ...phaseIs('Failed'), withinSeconds: 0, never: true },
    passes: false,
  },
  {
    name: 'never: never was',
    script: { 0: becomes('Running') },
    check: { ...phaseIs('Failed'), forSeconds: 2, never: true },
    passes: true,
  },
  {
    name: 'duration',
    script: { 0: becomes('Running', { from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:00:30Z' }) },
    check: {
      kind: 'Pod',
      name: 'web',
      durationFrom: 'from',
      durationTo: 'to',
      op: '>=',
      seconds: 30,
      check: 'now',
    },
    passes: true,
  },
  {
    name: 'event: there',
    script: { 2: event('Liveness probe failed: x') },
    check: {
      kind: 'Event',
      involved: { kind: 'Pod', name: 'web' },
      reason: 'Unhealthy',
      type: 'Warning',
      messageContains: ['failed'],
      withinSeconds: 3,
    },
    passes: true,
  },
  {
    name: 'event: of another pod',
    script: { 2: event('Liveness probe failed: x') },
    check: { kind: 'Event', involved: { kind: 'Pod', name: 'other' }, withinSeconds: 3 },
    passes: false,
  },
  {
    name: 'event: stays away',
    script: {},
    check: { kind: 'Event', messageContains: ['failed'], absent: true, forSeconds: 3 },
    passes: true,
  },
  {
    name: 'event: comes after all',
    script: { 2: event('failed') },
    check: { kind: 'Event', messageContains: ['failed'], absent: true, forSeconds: 3 },
    passes: false,
  },
  {
    name: 'count: one',
    script: { 1: becomes('Running') },
    check: { countOf: 'Pod', op: '==', value: 1, withinSeconds: 3 },
    passes: true,
  },
  {
    name: 'count: those being deleted do not count',
    script: {
      0: (history) => history.put({ kind: 'Pod', metadata: { name: 'web', deletionTimestamp: 'now' } }),
    },
    check: { countOf: 'Pod', op: '==', value: 1, withinSeconds: 3 },
    passes: false,
  },
  {
    name: 'each: of none',
    script: {},
    check: { eachOf: 'Pod', path: 'a', op: '==', value: 1, check: 'now' },
    passes: true,
  },
  {
    name: 'each: not one',
    script: { 0: becomes('Failed') },
    check: { eachOf: 'Pod', path: 'status.phase', op: '==', value: 'Running', check: 'now' },
    passes: false,
  },
  {
    name: 'each answers with its name',
    script: { 0: becomes('Running', { status: { podIP: '10.0.0.1' } }) },
    check: { eachOf: 'Pod', httpGetPort: 80, bodyIsPodName: true, withinSeconds: 3 },
    passes: true,
  },
  {
    name: 'invariant: kept until complete',
    script: { 1: (history) => history.put(deployment(3, 2)), 2: (history) => history.put(deployment(3, 3)) },
    check: {
      kind: 'Deployment',
      name: 'd',
      invariant: { path: 'status.replicas', op: '<=', value: 3 },
      untilComplete: true,
      withinSeconds: 9,
    },
    passes: true,
  },
  {
    name: 'invariant: broken on the way',
    script: { 1: (history) => history.put(deployment(4, 2)), 2: (history) => history.put(deployment(3, 3)) },
    check: {
      kind: 'Deployment',
      name: 'd',
      invariant: { path: 'status.replicas', op: '<=', value: 3 },
      untilComplete: true,
      withinSeconds: 9,
    },
    passes: false,
  },
  {
    name: 'invariant: never complete',
    script: { 1: (history) => history.put(deployment(3, 2)) },
    check: {
      kind: 'Deployment',
      name: 'd',
      invariant: { path: 'status.replicas', op: '<=', value: 3 },
      untilComplete: true,
      withinSeconds: 9,
    },
    passes: false,
  },
];

function deployment(replicas: number, availableReplicas: number): SeenObject {
  const status = { replicas, availableReplicas, updatedReplicas: 3 };
  return { kind: 'Deployment', metadata: { name: 'd' }, ...{ spec: { replicas: 3 }, status } };
}

const memory = () => ({ stepMoment: 0, marksMs: new Map<string, number>(), uids: new Map<string, string>() });

describe('a check', () => {
  test.each(rows)('$name: $passes', async ({ script, check, passes }) => {
    const checked = runCheck(new ScriptedWorld(script), { after: 'step', ...check }, memory());
    if (passes) await expect(checked).resolves.toBeUndefined();
    else await expect(checked).rejects.toThrow();
  });

  test('counts from a mark', async () => {
    const world = new ScriptedWorld({ 2: becomes('Running'), 8: becomes('Succeeded') });
    const kept = memory();
    await runCheck(world, { after: 's', ...phaseIs('Running'), withinSeconds: 9, mark: 'up' }, kept);
    const inTime = { after: 's', ...phaseIs('Succeeded'), sinceMark: 'up', withinSeconds: 6 };
    await expect(runCheck(world, inTime, kept)).resolves.toBeUndefined();
    const tooLate = { after: 's', ...phaseIs('Failed'), sinceMark: 'up', withinSeconds: 6 };
    await expect(runCheck(world, tooLate, kept)).rejects.toThrow();
    expect(world.nowMs()).toBe(8000);
  });

  test('remembers an object and knows it again', async () => {
    const named = (uid: string): SeenObject => ({ kind: 'ReplicaSet', metadata: { name: 'rs', uid } });
    const world = new ScriptedWorld({ 0: (history) => history.put(named('1')) });
    const kept = memory();
    const count = { after: 's', countOf: 'ReplicaSet', op: '==', value: 1, check: 'now' } as const;
    await runCheck(world, { ...count, remember: 'rs' }, kept);
    await runCheck(world, { ...count, sameUidAs: 'rs' }, kept);
    world.history.remove(named('1'));
    world.history.put(named('2'));
    await expect(runCheck(world, { ...count, sameUidAs: 'rs' }, kept)).rejects.toThrow();
  });
});

describe('a scenario', () => {
  const steps: readonly Step[] = [
    { id: 'create', do: 'create', manifest: { kind: 'Pod' } },
    { id: 'delete', do: 'deleteOneOf', kind: 'Pod', labels: {} },
  ];

  test('is played in order', async () => {
    const world = new ScriptedWorld({ 1: becomes('Running') });
    await playScenario(world, {
      steps,
      checks: [{ after: 'create', ...phaseIs('Running'), withinSeconds: 1 }],
    });
    expect(world.done).toEqual(['create', 'delete web']);
  });

  test('stops at the first check that is not met', async () => {
    const world = new ScriptedWorld({});
    const checks = [{ after: 'create', ...phaseIs('Running'), withinSeconds: 1 }];
    await expect(playScenario(world, { steps, checks })).rejects.toThrow('not met');
    expect(world.done).toEqual(['create']);
  });

  test('may not check after a step that is not there', async () => {
    const checks = [{ after: 'typo', ...phaseIs('Running'), withinSeconds: 1 }];
    await expect(playScenario(new ScriptedWorld({}), { steps, checks })).rejects.toThrow(
      'there is a step typo',
    );
  });
});
