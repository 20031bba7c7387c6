/** A pod as it lies in the store while it runs: what the least of agents would have to keep of it. */

const probe = {
  nothing: {},
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
};

const at = '2026-01-01T00:00:00Z';

function condition(type: string) {
  return { type, status: 'True', lastProbeTime: null, lastTransitionTime: at, observedGeneration: 1 };
}

export const storedPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'pod',
    namespace: 'default',
    uid: '2c8e7270-b5dd-47f0-8881-4a7d7014c5a6',
    creationTimestamp: at,
    labels: { app: 'many' },
    generation: 1,
    resourceVersion: '900',
  },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'anything',
        livenessProbe: probe,
        readinessProbe: probe,
        imagePullPolicy: 'Always',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
    nodeName: 'node-a',
  },
  status: {
    phase: 'Running',
    conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
      condition,
    ),
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    podIP: '10.0.0.100',
    podIPs: [{ ip: '10.0.0.100' }],
    startTime: at,
    containerStatuses: [
      {
        name: 'main',
        state: { running: { startedAt: at } },
        lastState: {},
        ready: true,
        started: true,
        restartCount: 0,
        image: 'anything',
        imageID: 'docker.io/library/anything@sha256:8eddde083b58220b8e31cfead5d2c677',
        containerID: 'fake://node-a-00000064',
      },
    ],
    qosClass: 'BestEffort',
    observedGeneration: 1,
  },
};
