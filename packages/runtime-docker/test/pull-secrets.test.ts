import { describeWithEngine } from '../../../test/support/engines.ts';
import { pullSuite } from './suites/pull-suite.ts';
import { noDifferences } from './support/differences.ts';
import { Registry } from './support/registry.ts';

describeWithEngine(['docker'], 'pulls from a registry that wants a login', () =>
  pullSuite(noDifferences, Registry.open),
);
