import type { ProbeQuestion } from '../../src/bus/probe-question.ts';

/** Of the readiness of `web` on n1. */
export const question: ProbeQuestion = {
  node: 'n1',
  namespace: 'default',
  podName: 'web',
  podUID: 'web',
  container: 'main',
  probe: 'readiness',
  containerID: 'c',
  podIP: '10.0.0.1',
};

/** A pod whose readiness n2 is to look at. */
export const probedPod = (name: string, nodeName: string, podIP = '10.0.0.1') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: name, annotations: { 'mooring.dev/probe-from': 'n2' } },
  spec: { nodeName, containers: [{ name: 'main', image: 'i', readinessProbe: { tcpSocket: { port: 80 } } }] },
  status: { podIP },
});
