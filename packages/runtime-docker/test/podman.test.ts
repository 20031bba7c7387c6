/** The tests of Docker engines, on a podman that belongs to this file. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithEngine } from '../../../test/support/engines.ts';
import { conformanceSuite } from './suites/conformance-suite.ts';
import { engineSuite } from './suites/engine-suite.ts';
import { pullSuite } from './suites/pull-suite.ts';
import { Differences } from './support/differences.ts';
import { Podman } from './support/podman.ts';
import { podmanDifferences } from './support/podman-differences.ts';
import { Registry } from './support/registry.ts';

const differences = new Differences(podmanDifferences);
let podman: Podman;
let registry: Registry;

describeWithEngine(['podman', 'busybox'], 'on podman', () => {
  beforeAll(async () => {
    // It is told at its start which registries speak plain HTTP.
    registry = await Registry.open();
    podman = await Podman.open([registry.address]);
    process.env['DOCKER_HOST'] = `unix://${podman.socket}`;
  });
  afterAll(() => podman?.[Symbol.asyncDispose]());

  describe('the runtime keeps the contract', () => conformanceSuite(differences));
  describe('containers of a real engine', () => engineSuite(differences));
  describe('pulls from a registry that wants a login', () => pullSuite(differences, async () => registry));

  it('each difference is one of a test that there is', () => {
    expect([...differences.unmet]).toEqual([]);
  });
});
