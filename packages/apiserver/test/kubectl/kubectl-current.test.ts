import { currentKubectl, describeWithEngine } from '../../../../test/support/engines.ts';
import { kubectlSuite } from './kubectl-suite.ts';

describeWithEngine(['kubectl-current'], 'kubectl 1.35', () => {
  kubectlSuite({ program: currentKubectl(), isOld: false });
});
