import { describeWithEngine } from '../../../test/support/engines.ts';
import { conformanceSuite } from './suites/conformance-suite.ts';
import { noDifferences } from './support/differences.ts';

describeWithEngine(['docker', 'busybox'], 'the Docker runtime keeps the contract', () =>
  conformanceSuite(noDifferences),
);
