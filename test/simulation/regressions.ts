/** What the simulator has found, cut down to the steps that matter. Each plan broke the law that it names once. */

import type { Plan, Step } from '../../packages/simulator/src/index.ts';
import { app, at, create, fault, hook, planOf } from './scene.ts';

export interface Regression {
  readonly name: string;
  readonly law: string;
  readonly plan: Plan;
}

/** Fails as soon as the container does not run any more. */
const refused = { httpGet: { path: '/liveness', port: 8080 }, periodSeconds: 1, failureThreshold: 1 };

const scratch = { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] };

export const regressions: readonly Regression[] = [
  regression('an agent that starts on a deleted pod waits for what runs of it', 'final-phase', [
    at(
      0,
      create({ restartPolicy: 'Never', containers: [app('exits-0:1000'), app('runs', { name: 'app1' })] }),
    ),
    at(10, { act: 'end-agent', node: 'a', how: 'crash', downMs: 10_000 }),
    at(15, { act: 'delete', pod: 'p0' }),
  ]),
  regression('the end of a container in back-off is told when its deadline passes', 'status-true', [
    at(0, create({ activeDeadlineSeconds: 20, containers: [app('exits-1:1000')] })),
  ]),
  regression('a job that succeeded while its probe failed has succeeded', 'on-failure', [
    at(
      0,
      create({ restartPolicy: 'OnFailure', containers: [app('exits-0:5000', { livenessProbe: refused })] }),
    ),
    at(1, { act: 'lose-events', node: 'a', forMs: 60_000 }),
  ]),
  regression('a crash that a failed probe finds has its back-off', 'back-off', [
    at(0, create({ containers: [app('exits-1:5000', { livenessProbe: refused })] })),
    at(1, { act: 'lose-events', node: 'a', forMs: 60_000 }),
  ]),
  regression('a job that is killed for its sandbox runs again', 'no-false-success', [
    at(0, create({ restartPolicy: 'OnFailure', containers: [app('runs')] })),
    at(10, { act: 'lose-sandbox', pod: 'p0' }),
  ]),
  regression(
    'a job that is killed for a new image runs it, however long the pull takes',
    'no-false-success',
    [
      at(0, create({ restartPolicy: 'OnFailure', containers: [app('runs')] })),
      at(10, fault('ensureImage', { error: { code: 'RUNTIME_UNAVAILABLE', message: 'simulated' } }, 30)),
      at(11, { act: 'set-image', pod: 'p0', container: 'app0', image: 'svc:1' }),
    ],
  ),
  regression(
    'a pod that has had its run is not initialized again, even before that is stored',
    'never-restart',
    [
      at(0, create({ restartPolicy: 'Never', initContainers: [app('exits-0:0', { name: 'init0' })] })),
      at(10, { act: 'reboot', node: 'a' }),
      at(10, { act: 'end-agent', node: 'a', how: 'crash', downMs: 5000 }),
      at(12, { act: 'store-fault', node: 'a', fault: 'lost-request', share: 1, forMs: 20_000 }),
    ],
  ),
  regression('what vanished while no agent looked has run', 'never-restart', [
    at(0, create({ restartPolicy: 'Never', containers: [app('runs'), app('runs', { name: 'app1' })] })),
    at(10, { act: 'end-agent', node: 'a', how: 'crash', downMs: 10_000 }),
    at(15, { act: 'vanish', pod: 'p0', container: 'app0' }),
  ]),
  regression('what vanished during its postStart hook has run', 'never-restart', [
    at(
      0,
      create({ restartPolicy: 'Never', containers: [app('runs', { lifecycle: { postStart: hook(5000) } })] }),
    ),
    at(2, { act: 'vanish', pod: 'p0', container: 'app0' }),
  ]),
  regression('an instance that vanished while no agent looked still counts', 'no-way-back', [
    at(0, create({ containers: [app('exits-1:3000')] })),
    at(4, { act: 'end-agent', node: 'a', how: 'crash', downMs: 10_000 }),
    at(5, { act: 'vanish', pod: 'p0', container: 'app0' }),
  ]),
  regression('an instance that is removed before it ran still counts', 'no-way-back', [
    at(0, create({ containers: [app('exits-1:1000')] })),
    at(5, fault('startContainer', { hangs: true }, 30)),
    at(20, { act: 'lose-sandbox', pod: 'p0' }),
  ]),
  regression('an orphan that takes its time is stopped once', 'one-order', [
    at(0, create({})),
    at(10, { act: 'end-agent', node: 'a', how: 'crash', downMs: 10_000 }),
    at(15, { act: 'delete', pod: 'p0', graceSeconds: 0 }),
    at(16, fault('stopContainer', { hangs: true, afterEffect: true, times: 1 }, 150)),
  ]),
  regression(
    'a dead instance that is being removed is not removed once more at the end of its pod',
    'one-order',
    [
      at(0, create({ containers: [app('exits-1:1000')] })),
      at(30, fault('removeContainer', { hangs: true }, 60)),
      at(45, { act: 'delete', pod: 'p0', graceSeconds: 0 }),
    ],
  ),
  regression('who sets the clock of a host ends no back-off', 'back-off', [
    at(0, create({ containers: [app('exits-1:1000')] })),
    at(20, { act: 'set-clock', node: 'a', byMs: 3_600_000 }),
  ]),
  regression('an agent without the name of its node leaves alone what it does not know', 'no-wrong-kill', [
    at(2, { act: 'cut-off', node: 'a', way: 'both', forMs: 120_000 }),
    at(24, create({})),
    at(52, { act: 'rival', node: 'a', forMs: 60_000 }),
  ]),
  regression('volumes of a pod of which there is nothing else go too', 'no-orphan', [
    at(0, fault('createSandbox', { hangs: true }, 30)),
    at(0, create({ containers: [app('runs', scratch)], volumes: [{ name: 'scratch', emptyDir: {} }] })),
    at(5, { act: 'end-agent', node: 'a', how: 'crash', downMs: 10_000 }),
    at(10, { act: 'delete', pod: 'p0', graceSeconds: 0 }),
  ]),
];

function regression(name: string, law: string, steps: readonly Step[]): Regression {
  return { name, law, plan: planOf(name, steps) };
}
