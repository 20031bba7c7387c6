/** Plans that lead straight to a mistake which the standard seeds come by too seldom. */

import type { ApiObject, Container } from '@mooring/core';
import type { Act, Plan, Step } from '../../packages/simulator/src/index.ts';
import { app, at, create, fault, planOf } from '../simulation/scene.ts';

const scale = (replicas: number): Act => ({ act: 'scale', kind: 'ReplicaSet', name: 'web', replicas });
const check = (probe: string) => ({ exec: { command: ['check', probe] }, periodSeconds: 1 });
const ready = app('svc:1', { readinessProbe: check('readiness') });

/** A pod with a liveness probe. */
function probed(failureThreshold: number, what: Act): Plan {
  const livenessProbe = { ...check('liveness'), failureThreshold };
  return planOf('probed', [at(0, create({ containers: [app('svc:1', { livenessProbe })] })), at(10, what)]);
}

export const oneFailure = probed(3, {
  act: 'sicken',
  pod: 'p0',
  container: 'app0',
  probe: 'liveness',
  how: 'fails',
  forMs: 1500,
});

export const brokenProber = probed(
  1,
  fault('exec', { error: { code: 'RUNTIME_UNAVAILABLE', message: 'simulated' } }, 10),
);

/** The ReplicaSet `web`, and what becomes of it. */
function replicaSet(container: Container, steps: readonly Step[]): Plan {
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { terminationGracePeriodSeconds: 1, containers: [container] },
  };
  const object = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template },
  } as ApiObject;
  const plan = planOf('set', [at(1, { act: 'apply', object }), ...steps]);
  return { ...plan, controllers: ['ctl1'], preset: 'small' };
}

const unready = at(20, {
  act: 'sicken',
  pod: 'web',
  container: 'app0',
  probe: 'readiness',
  how: 'fails',
  forMs: 80_000,
});

export const oneIsUnready = replicaSet(ready, [unready, at(70, scale(2))]);

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
} as ApiObject;

export const servedAndUnready = replicaSet(ready, [at(2, { act: 'apply', object: service }), unready]);

export const ownerGone = replicaSet(app('svc:1'), [
  at(30, { act: 'remove', kind: 'ReplicaSet', name: 'web' }),
]);

/** A pod is gone, not only on its way out, when the controllers watch again. */
export const deletedUnseen = replicaSet(app('svc:1'), [
  at(20, { act: 'store-fault', node: 'ctl1', fault: 'stall', share: 1, forMs: 20_000 }),
  // The first thing that happens is still told when the watch has broken.
  at(21, { act: 'crash', pod: 'web', container: 'app0', end: { exitCode: 1 } }),
  at(22, { act: 'delete', pod: 'web', graceSeconds: 0 }),
  at(30, { act: 'break-watches', node: 'ctl1' }),
]);

/** The cache of the controllers is behind while they look again. */
export const lateNews = replicaSet(app('svc:1'), [
  at(10, { act: 'store-fault', node: 'ctl1', fault: 'lag', share: 1, forMs: 100_000 }),
  at(90, scale(4)),
  at(90.1, scale(5)),
]);

/**
 * The controllers that lead are paused while a pod of theirs is on its way to the store, and others lead when they go on.
 */
export const leaderPaused: Plan = {
  ...replicaSet(app('svc:1'), [
    at(31, { act: 'store-fault', node: 'ctl1', fault: 'slow', share: 1, forMs: 5000 }),
    at(31, scale(8)),
    at(31.01, { act: 'pause', node: 'ctl1', forMs: 60_000 }),
  ]),
  controllers: ['ctl1', 'ctl2'],
};

/** An agent comes back whose name another one has taken meanwhile. */
export const nameTaken = planOf('contested', [
  at(0, create({ containers: [app('exits-1:1000')] })),
  at(30, { act: 'cut-off', node: 'a', way: 'both', forMs: 70_000 }),
  at(31, { act: 'rival', node: 'a', forMs: 85_000 }),
]);

export const tooLarge = planOf('large', [at(1, { act: 'oversize', name: 'large' })]);

/** The store takes nothing more while a pod comes to its end. */
export const diskFull = planOf('full', [
  at(0, create()),
  at(10, { act: 'store-fault', node: 'a', fault: 'disk-full', share: 0.7, forMs: 60_000 }),
  at(10, { act: 'delete', pod: 'p0' }),
]);
