/** `storedPod` in the form in which an API server takes it. */

import { storedPod } from './stored-pod.ts';

const httpGet = { path: '/healthz', port: 8080, scheme: 'HTTP' };

export const apiPod = {
  ...storedPod,
  spec: {
    ...storedPod.spec,
    containers: storedPod.spec.containers.map((container) => ({
      ...container,
      livenessProbe: { ...container.livenessProbe, nothing: undefined, httpGet },
      readinessProbe: { ...container.readinessProbe, nothing: undefined, httpGet },
    })),
  },
};
