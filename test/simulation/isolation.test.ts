/** One object that nobody can make sense of, or that is too large, costs no other object its time. */

import type { ApiObject } from '@mooring/core';
import { beforeAll, expect, test } from 'vitest';
import { type Act, type Plan, type SimulationOptions, simulate } from '../../packages/simulator/src/index.ts';
import { app, at, create, planOf } from './scene.ts';

const kinds = ['pods', 'replicasets', 'deployments', 'services', 'endpointslices', 'nodes'];
const poisons: readonly (readonly [string, Act])[] = [
  ...kinds.map((kind) => [`nonsense among ${kind}`, { act: 'poison', kind, name: 'poison' }] as const),
  ['a pod that is too large', { act: 'oversize', name: 'large' }],
];

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [app('svc:1')] } },
  },
} as ApiObject;

const stepsAt = [10, 20, 40, 50, 60, 90];

function cluster(poison: Act | undefined): Plan {
  const steps = [
    ...(poison === undefined ? [] : [at(5, poison)]),
    at(10, create({ containers: [app('exits-1:2000')] })),
    at(20, { act: 'apply', object: deployment }),
    at(40, { act: 'crash', pod: 'web', container: 'app0', end: { exitCode: 1 } }),
    at(50, { act: 'scale', kind: 'Deployment', name: 'web', replicas: 5 }),
    at(60, { act: 'roll-out', name: 'web', image: 'svc:2' }),
    at(90, { act: 'delete', pod: 'p0' }),
  ];
  return { ...planOf('isolated', steps, 110_000), controllers: ['ctl1'], preset: 'small', quietMs: 1000 };
}

/** In seconds, by what they are of: when containers started and ended, and what was removed. Names of pods are drawn. */
type Changes = ReadonlyMap<string, readonly number[]>;

async function changesOf(poison: Act | undefined, options: SimulationOptions = {}): Promise<Changes> {
  const { lines } = await simulate(cluster(poison), options);
  const times = new Map<string, number[]>();
  for (const line of lines) {
    const [, seconds, of, change] = /^\+([\d.]+)s .*\b(p0|web)\b.*(started|exited|removed)/.exec(line) ?? [];
    if (of === undefined) continue;
    const key = `${of} ${change}`;
    times.set(key, [...(times.get(key) ?? []), Number(seconds)]);
  }
  return times;
}

/** What did not happen within three times the time that it takes otherwise. */
function late(alone: Changes, beside: Changes): readonly string[] {
  return [...alone].flatMap(([what, times]) =>
    times.flatMap((time, i) => {
      const beganAt = stepsAt.findLast((step) => step <= time) ?? 0;
      const then = beside.get(what)?.[i] ?? Number.POSITIVE_INFINITY;
      return then - beganAt <= 3 * (time - beganAt) ? [] : [`${what} at ${then} s, not ${time} s`];
    }),
  );
}

let alone: Changes;
beforeAll(async () => {
  alone = await changesOf(undefined);
});

test.each(poisons)('%s', async (_, poison) => {
  expect(late(alone, await changesOf(poison))).toEqual([]);
});

test('is noticed where the caches break at it', async () => {
  const options: SimulationOptions = {
    twistStore: (store) => ({
      async *watch(prefix, own) {
        for await (const event of store.watch(prefix, own)) {
          if (event.type === 'put' && 'kind' in event.value && event.value.kind === 'Poison')
            throw new Error('nonsense');
          yield event;
        }
      },
    }),
  };
  const [, poison] = poisons[0] ?? [];
  expect(late(alone, await changesOf(poison, options))).toContain('web started at Infinity s, not 20 s');
});
