/** Images that behave as well-known test images do: for simulations that run manifests unchanged. */

import type { FakeImages } from './fake-image.ts';
import type { FakeRequest, FakeResponse } from './fake-network.ts';
import type { FakeProcess } from './fake-process.ts';
import { runsForever } from './fake-script.ts';

/** How long the health page of the `liveness` image says that all is well. */
const healthyMs = 10_000;

/** Nothing happens until the stop signal, then exit 0. */
function untilStopped(process: FakeProcess): Promise<number> {
  return new Promise((resolve) => process.onSignal('SIGTERM', () => resolve(0)));
}

async function liveness(process: FakeProcess): Promise<number> {
  const startedMs = process.nowMs();
  const answer = ({ url }: FakeRequest): FakeResponse => {
    if (url.pathname === '/healthz') {
      const isHealthy = process.nowMs() - startedMs < healthyMs;
      return isHealthy ? { status: 200, body: 'ok' } : { status: 500, body: 'error: too old' };
    }
    const location = url.searchParams.get('loc');
    if (url.pathname !== '/redirect' || location === null) return { status: 404, body: 'not found' };
    return { status: 302, headers: { location }, body: `see ${location}` };
  };
  process.listen(8080, { http: answer });
  return await untilStopped(process);
}

/** Answers every GET on port 80 with the name of its pod. */
function web(process: FakeProcess): Promise<number> {
  process.listen(80, { http: () => ({ status: 200, body: process.config.podName }) });
  return untilStopped(process);
}

/** The images that the scenarios of the test vectors name. */
export const scenarioImages: FakeImages = {
  busybox: {},
  'scenario/pause': { run: runsForever },
  'scenario/web': { run: { program: web } },
  'scenario/liveness': { run: { program: liveness } },
  'scenario/grpc-health': { run: { listens: { 5000: { grpcHealth: () => 'SERVING' } } } },
  'scenario/broken': { pull: { error: { code: 'IMAGE_NOT_FOUND', message: 'the image cannot be fetched' } } },
};
