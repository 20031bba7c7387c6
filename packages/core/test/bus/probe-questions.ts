import type { ProbeQuestion } from '../../src/bus/probe-question.ts';

/** Of the readiness of `web` on node-a. */
export const question: ProbeQuestion = {
  node: 'node-a',
  namespace: 'default',
  podName: 'web',
  podUID: 'u1',
  container: 'main',
  probe: 'readiness',
  containerID: 'c1',
  podIP: '10.0.0.1',
};
