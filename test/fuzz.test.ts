/** Nonsense from outside, against whole clusters: nothing breaks, nothing hangs, and the others go on as if it were not there. */

import { tmpdir } from 'node:os';
import {
  type Cluster,
  type ContainerRuntime,
  createCluster,
  createInProcessBus,
  createMemoryStore,
  type Logger,
  type Pod,
  type Store,
} from '@mooring/core';
import { memoryVolumes, SeededRandom, TestClock } from '@mooring/core/testing';
import { type FakeRuntimePlugin, fakeProbes, fakeRuntime, runsForever } from '@mooring/runtime-fake';
import { describe, expect, it } from 'vitest';
import { simulate } from '../packages/simulator/src/index.ts';
import { app, at, create, planOf } from './simulation/scene.ts';
import { fc } from './support/fast-check.ts';

const msMax = 120_000;
const runs = { numRuns: 8 };

interface Scene {
  readonly clock: TestClock;
  readonly cluster: Cluster;
  readonly store: Store;
  readonly bus: ReturnType<typeof createInProcessBus>;
  readonly errors: string[];
}

async function scene(): Promise<Scene> {
  const clock = new TestClock();
  const fake: FakeRuntimePlugin = fakeRuntime({ images: { '*': { run: runsForever } } });
  const store = createMemoryStore();
  const bus = createInProcessBus({ clock });
  const errors: string[] = [];
  const cluster = await createCluster({
    plugins: [fake, fakeProbes(fake)],
    nodes: [{ name: 'a' }],
    clock,
    random: new SeededRandom('fuzz'),
    store,
    bus,
    logger: listening(errors),
    volumes: () => memoryVolumes(),
    dataDir: tmpdir(),
  });
  return { clock, cluster, store, bus, errors };
}

function listening(errors: string[]): Logger {
  const ignore = () => {};
  const logger: Logger = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (_, message) => errors.push(message),
    child: () => logger,
  };
  return logger;
}

/** A pod that is made now becomes ready. */
async function expectAtWork({ clock, cluster }: Scene, name: string): Promise<void> {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'web' }] },
  };
  await cluster.apply(pod);
  const isRunning = async () => (await cluster.get('Pod', 'default', name))?.status?.phase === 'Running';
  expect(await clock.advanceUntil(isRunning, 60_000)).toBe(true);
}

const resources = [
  'pods',
  'nodes',
  'replicasets',
  'deployments',
  'services',
  'endpointslices',
  'leases',
  'events',
];

describe('whatever lies in the store', () => {
  it(
    'the cluster goes on',
    async () => {
      const values = fc.array(fc.tuple(fc.constantFrom(...resources), fc.object({ maxDepth: 3 })), {
        minLength: 1,
        maxLength: 12,
      });
      await fc.assert(
        fc.asyncProperty(values, async (given) => {
          const all = await scene();
          for (const [i, [resource, value]] of given.entries()) {
            const key = resource === 'nodes' ? `nodes/odd-${i}` : `${resource}/default/odd-${i}`;
            // As of the right kind, too: what is wrong then lies deeper.
            const kind = resource === 'pods' ? 'Pod' : 'Node';
            await all.store.create(
              key,
              i % 2 === 0 ? value : { ...value, kind, metadata: { name: `odd-${i}` } },
            );
          }
          await all.clock.advanceBy(30_000);
          await expectAtWork(all, 'web');
          expect(all.errors.filter((words) => !words.includes('is no object of its kind'))).toEqual([]);
          await all.cluster.detach();
        }),
        runs,
      );
    },
    msMax,
  );
});

describe('whatever is said on the bus', () => {
  it(
    'the cluster goes on, and keeps nothing of it',
    async () => {
      const addresses = ['node.a', 'node.a.vantage.probes', 'pod.none', 'controller.replicaset.default.web'];
      const types = [
        'probe.asked',
        'probe.run-now',
        'container.restart',
        'controller.reconcile',
        'no.such-thing',
      ];
      // What looks like a message is read further.
      const sealed = fc.record({
        v: fc.constant(1),
        id: fc.string(),
        at: fc.nat(),
        from: fc.string(),
        type: fc.constantFrom(...types),
        data: fc.anything({ maxDepth: 3 }),
      });
      const message = fc.oneof(fc.anything({ maxDepth: 3 }), sealed);
      const messages = fc.array(fc.tuple(fc.constantFrom(...addresses), message), {
        minLength: 1,
        maxLength: 40,
      });
      await fc.assert(
        fc.asyncProperty(messages, async (given) => {
          const all = await scene();
          const before = all.bus.stats();
          for (const [address, data] of given) {
            const subject = `mooring.v1.mooring.actor.${address}.inbox`;
            all.bus.publish(subject, data);
            // Nobody there, refused, or never answered: all of that is an answer to nonsense.
            all.bus.request(subject, data, { timeoutMs: 5000 }).catch(() => undefined);
          }
          await all.clock.advanceBy(10_000);
          expect(all.bus.stats()).toEqual(before);
          await expectAtWork(all, 'web');
          expect(all.errors).toEqual([]);
          await all.cluster.detach();
        }),
        runs,
      );
    },
    msMax,
  );
});

const verbs = [
  'status',
  'createSandbox',
  'createContainer',
  'listContainers',
  'listSandboxes',
  'inspectContainer',
  'ensureImage',
  'exec',
] as const;

interface Answer {
  readonly value: unknown;
  readonly isThrown: boolean;
  /** Among others: only of what is a list. */
  readonly isWithin: boolean;
}

describe('whatever a runtime answers', () => {
  it(
    'what is no answer changes nothing, and no law is broken',
    async () => {
      const value = fc.anything({ maxDepth: 2 });
      const answer: fc.Arbitrary<Answer> = fc.record({
        value,
        isThrown: fc.boolean(),
        isWithin: fc.boolean(),
      });
      const given = fc.record({
        answers: fc.dictionary(fc.constantFrom(...verbs), fc.array(answer, { maxLength: 4 })),
        events: fc.array(value, { maxLength: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(given, async ({ answers, events }) => {
          const plan = planOf('fuzz', [at(0, create(probed)), at(60, { act: 'delete', pod: 'p0' })]);
          const twist = (runtime: ContainerRuntime) => ({
            ...babbling(runtime, answers),
            events: (signal: AbortSignal) => rumours(runtime, events, signal),
          });
          const { violations } = await simulate({ ...plan, quietMs: 30_000 }, { twist });
          expect(violations).toEqual([]);
        }),
        runs,
      );
    },
    msMax,
  );
});

const probed = {
  containers: [
    app('svc:1', { readinessProbe: { exec: { command: ['check', 'readiness'] }, periodSeconds: 5 } }),
  ],
};

/** Each verb does what it should, and says the given things first. What is a good answer by chance is left out. */
function babbling(
  runtime: ContainerRuntime,
  given: Readonly<Record<string, readonly Answer[]>>,
): Partial<ContainerRuntime> {
  const wrapped = verbs.map((verb) => {
    const nonsense = (given[verb] ?? []).filter(({ isThrown, value }) => isThrown || isNonsense(value));
    const call: (...args: unknown[]) => Promise<unknown> = runtime[verb].bind(runtime) as never;
    return [
      verb,
      async (...args: unknown[]) => {
        const answer = await call(...args);
        const next = nonsense.shift();
        if (next?.isThrown === true) throw next.value;
        if (next === undefined) return answer;
        return next.isWithin && Array.isArray(answer) ? [...answer, next.value] : next.value;
      },
    ];
  });
  return Object.fromEntries(wrapped);
}

async function* rumours(runtime: ContainerRuntime, first: readonly unknown[], signal: AbortSignal) {
  yield* first as readonly never[];
  yield* runtime.events(signal);
}

/** An empty list, a text and nothing at all are what some verbs may answer. */
function isNonsense(value: unknown): boolean {
  return value !== undefined && typeof value !== 'string' && !Array.isArray(value);
}
