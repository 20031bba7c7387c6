import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { firstProblem } from '../chaos/laws.ts';
import type { Load } from '../chaos/load.ts';
import { containerProcesses } from '../chaos/processes.ts';
import { formatReport } from '../chaos/report.ts';
import type { NodeName, Stage } from '../chaos/stage.ts';

const stageID = `test-${process.pid}`;

interface World {
  readonly pods?: readonly object[];
  readonly replicas?: number;
  readonly found?: Readonly<Record<string, string>>;
  readonly notes?: readonly (readonly [string, 'kept' | 'gone' | 'unknown'])[];
  readonly down?: readonly NodeName[];
}

function problem({
  pods = [],
  replicas = 0,
  found = {},
  notes = [],
  down = [],
}: World): Promise<string | undefined> {
  const lists: Readonly<Record<string, readonly object[]>> = {
    Pod: pods,
    ReplicaSet: [{ metadata: { name: 'steady' }, spec: { replicas } }],
    ConfigMap: Object.entries(found).map(([name, value]) => ({ metadata: { name }, data: { value } })),
  };
  const cluster = { list: async (kind: string) => lists[kind] };
  const stage = { id: stageID, cluster } as unknown as Stage;
  return firstProblem(stage, { notes: new Map(notes) } as unknown as Load, new Set(down));
}

function podOf(id: string | undefined, { ready = true, nodeName = 'node-a' } = {}): object {
  const state = id === undefined ? { waiting: {} } : { running: {} };
  const status = { name: 'main', ready, state, ...(id !== undefined && { containerID: `process://${id}` }) };
  return {
    metadata: { uid: 'u1', labels: { app: 'steady' } },
    spec: { nodeName },
    status: { containerStatuses: [status] },
  };
}

async function processOf(containerID: string): Promise<void> {
  const env = { MOORING_CONTAINER_ID: containerID, CHAOS_STAGE: stageID, POD_UID: 'u1', NODE: 'node-a' };
  const child = spawn('/bin/sleep', ['60'], { env, stdio: 'ignore' });
  await once(child, 'spawn');
  await vi.waitUntil(() => containerProcesses(stageID).some((one) => one.containerID === containerID));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
}

test('a world in which all is as wanted has no problem', async () => {
  await processOf('c1');
  const notes = [
    ['n1', 'kept'],
    ['n2', 'gone'],
    ['n3', 'unknown'],
  ] as const;
  expect(
    await problem({ pods: [podOf('c1')], replicas: 1, found: { n1: 'value of n1' }, notes }),
  ).toBeUndefined();
});

test.for<[string, World, RegExp]>([
  ['too few pods', { replicas: 1 }, /0 pods of steady, and 1 are wanted/],
  ['too many pods', { pods: [podOf('c1')] }, /1 pods of steady, and 0 are wanted/],
  ['a pod that is not ready', { pods: [podOf(undefined, { ready: false })], replicas: 1 }, /is not ready/],
  [
    'a pod on a node that is down',
    { pods: [podOf('c1')], replicas: 1, down: ['node-a'] },
    /0 pods of steady/,
  ],
  [
    'a container without a process',
    { pods: [podOf('c9')], replicas: 1 },
    /c9 is said to run, and has no process/,
  ],
  ['a note that is lost', { notes: [['n1', 'kept']] }, /n1 was acknowledged, and is lost/],
  ['a note with another value', { notes: [['n1', 'kept']], found: { n1: 'x' } }, /n1 was acknowledged/],
  [
    'a note that is back',
    { notes: [['n1', 'gone']], found: { n1: 'value of n1' } },
    /n1 was removed, and is back/,
  ],
])('%s is found', async ([, world, words]) => {
  expect(await problem(world)).toMatch(words);
});

test('a process that is left over, and a pod that runs twice, are found', async () => {
  await processOf('c1');
  expect(await problem({})).toMatch(/is of no container that is said to run/);
  await processOf('c2');
  expect(await problem({ pods: [podOf('c1'), podOf('c2')], replicas: 2 })).toMatch(/pod u1 runs twice/);
});

test('the report says how many faults of which kind, how long they took, and what was broken', () => {
  const text = formatReport({
    startedAt: '',
    seed: 1,
    outcomes: [
      { kind: 'cut', healedMs: 1000 },
      { kind: 'cut', healedMs: 3000 },
      { kind: 'killed', survivedMs: 20_000, healedMs: 100 },
    ],
    skipped: [{ kind: 'clock', reason: 'no library' }],
    violations: ['a note is lost'],
    writes: { acknowledged: 7, failed: 1 },
  });
  expect(text).toContain('| cut | 2 |  | 1.0 s, at most 3.0 s |');
  expect(text).toContain('| killed | 1 | 20.0 s | 0.1 s |');
  expect(text).toContain('Left out: clock: no library.');
  expect(text).toContain('BROKEN: a note is lost');
});
