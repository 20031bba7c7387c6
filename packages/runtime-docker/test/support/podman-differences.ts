/** What podman 4.3 does otherwise: the tests that have to fail on it. The page of the runtime has them as a table. */

import type { Difference } from './differences.ts';

export const podmanDifferences: readonly Difference[] = [
  {
    test: 'who is stopped by somebody else is StoppedExternally, who is killed is not',
    reason: 'it does not say which signal it sends, and tells of few stops: the end is that of the program',
  },
  {
    test: 'a limit of memory is enforced, and its breach named',
    reason: 'with control groups of the first version it does not say that memory ran out: 137 and no reason',
  },
  {
    test: 'containers of a pod have its host name, and know it by its full one',
    reason: 'a container that joins a network keeps a host name of its own',
  },
  {
    test: 'who attaches reads what is printed from then on, and writes to its input',
    reason: 'it takes the body of the request, which the client does not leave away, for input',
  },
  {
    test: 'what was made ahead is used, once only, and goes with its sandbox',
    reason: 'nobody can remove a sandbox that has containers',
  },
];
