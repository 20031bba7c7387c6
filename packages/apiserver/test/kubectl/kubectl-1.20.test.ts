import { describeWithEngine, oldKubectl } from '../../../../test/support/engines.ts';
import { kubectlSuite } from './kubectl-suite.ts';

describeWithEngine(['kubectl'], 'kubectl 1.20', () => {
  kubectlSuite({ program: oldKubectl(), isOld: true });
});
