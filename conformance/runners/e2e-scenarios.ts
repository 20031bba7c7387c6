/** Scenarios against a complete system: the fake runtime in virtual time. */

import { kindsOf, playScenario, type Scenario } from '../support/scenario.ts';
import { virtualWorld } from '../support/virtual-world.ts';
import { SkipCase, type TopicRunners } from '../vectors.ts';

/** Kinds that have a controller here; a scenario about any other cannot be played yet. */
const supportedKinds: ReadonlySet<string> = new Set([
  'Pod',
  'ReplicaSet',
  'ReplicationController',
  'Deployment',
  'ResourceQuota',
]);

export const runners: TopicRunners = {
  async scenario({ given, expect }) {
    const scenario: Scenario = { steps: given.steps, checks: expect.checks };
    const kinds = [...kindsOf(scenario)];
    const unsupported = kinds.filter((kind) => !supportedKinds.has(kind));
    if (unsupported.length > 0) throw new SkipCase(`no controller for ${unsupported.join(', ')} yet`);
    await using world = await virtualWorld([
      'Pod',
      'ReplicaSet',
      'ReplicationController',
      'Deployment',
      'Event',
    ]);
    await playScenario(world, scenario);
  },
};
