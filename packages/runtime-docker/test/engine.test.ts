import { describeWithEngine } from '../../../test/support/engines.ts';
import { engineSuite } from './suites/engine-suite.ts';
import { noDifferences } from './support/differences.ts';

describeWithEngine(['docker', 'busybox'], 'containers of a real engine', () => engineSuite(noDifferences));
