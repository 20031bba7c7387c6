/** Scenarios against a complete system: the fake runtime in virtual time. */

import { kindsOf, playScenario, type Scenario } from '../support/scenario.ts';
import { virtualWorld } from '../support/virtual-world.ts';
import { SkipCase, type TopicRunners } from '../vectors.ts';

/** Kinds that are known here; a scenario about any other cannot be played. */
const watchedKinds: readonly string[] = [
  'Pod',
  'ReplicaSet',
  'ReplicationController',
  'Deployment',
  'Service',
  'Endpoints',
  'EndpointSlice',
  'ConfigMap',
  'Secret',
  'Node',
  'Event',
];

export const runners: TopicRunners = {
  async scenario({ given, expect }) {
    const scenario: Scenario = { steps: given.steps, checks: expect.checks ?? [] };
    const kinds = [...kindsOf(scenario)];
    const unsupported = kinds.filter((kind) => kind !== 'ResourceQuota' && !watchedKinds.includes(kind));
    if (unsupported.length > 0) throw new SkipCase(`there are no objects of kind ${unsupported.join(', ')}`);
    await using world = await virtualWorld(watchedKinds, given.images ?? {});
    await playScenario(world, scenario);
  },
};
