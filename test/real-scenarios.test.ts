/** Scenarios of the vectors that fit, on real processes: those that need little time and no file system of their own. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { realWorld } from '../conformance/support/real-world.ts';
import { kindsOf, playScenario, type Scenario } from '../conformance/support/scenario.ts';
import { describeWithEngine, engine } from './support/engines.ts';

const file = join(import.meta.dirname, '../conformance/vectors/e2e-scenarios.json');
const cases: readonly { readonly id: string; readonly given: Scenario; readonly expect: Scenario }[] =
  JSON.parse(readFileSync(file, 'utf8')).cases;

const anywhere = [
  'probe-exec-timeout',
  'probe-exec-timeout-sidecar',
  'probe-exec-fails-with-lingering-child',
  'probe-http-turns-bad-sidecar',
  'probe-local-redirect',
  'probe-startup-fails',
  'probe-liveness-grace-override',
  'termination-message-fallback-succeeding',
  'init-always-all-good',
  'init-always-first-fails',
  'init-never-second-fails',
  'pod-delete-gracefully',
  'pod-failing-never-succeeds',
  'pod-on-failure-succeeds-once',
  'pod-negative-grace',
];

/** These need volumes, a file of their own in `/dev`, or a port below 1024. */
const withMounts = [
  'restart-always',
  'termination-message-file',
  'termination-message-fallback-failing',
  'termination-message-fallback-file-wins',
  'probe-readiness-never',
];

const played = new Map<string, Promise<void>>();

/** All at a time: each scenario has a node of its own, and mostly waits. */
beforeAll(() => {
  const hasMounts = engine('mount-namespaces').available;
  for (const name of [...anywhere, ...(hasMounts ? withMounts : [])]) {
    const playing = playOne(name);
    // A failure is shown by the test of that name, however long before it comes.
    playing.catch(() => undefined);
    played.set(name, playing);
  }
});

// A run that shows only some of them must leave no process of the others behind.
afterAll(() => Promise.allSettled(played.values()), 240_000);

const showAll = (names: readonly string[]) =>
  test.each(names)('%s', { timeout: 240_000 }, (name) => played.get(name));

describe('on real processes', () => showAll(anywhere));
describeWithEngine(['mount-namespaces'], 'on real processes with mounts', () => showAll(withMounts));

async function playOne(name: string): Promise<void> {
  const found = cases.find(({ id }) => id === `e2e-scenarios/${name}`);
  if (found === undefined) throw new Error(`the vectors have no scenario ${name}`);
  const scenario: Scenario = { steps: found.given.steps, checks: found.expect.checks };
  await using world = await realWorld([...kindsOf(scenario), 'Event']);
  await playScenario(world, scenario);
}
