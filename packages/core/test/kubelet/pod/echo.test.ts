import { describe, expect, it } from 'vitest';
import type { PodStatus, StoredPod } from '../../../src/api/pod.ts';
import { isEcho } from '../../../src/kubelet/pod/echo.ts';

const running: PodStatus = { phase: 'Running', hostIP: '127.0.0.1' };

function version(resourceVersion: string, status?: PodStatus, changes: object = {}): StoredPod {
  const metadata = {
    name: 'web',
    namespace: 'default',
    uid: 'u',
    creationTimestamp: '2026-01-01T00:00:00Z',
    generation: 1,
    resourceVersion,
    ...changes,
  };
  const spec = { containers: [{ name: 'main', image: 'web' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec, ...(status !== undefined && { status }) };
}

describe('isEcho', () => {
  const known = version('1', { phase: 'Pending' });
  const cases = [
    { name: 'our newest status is one', status: running, pod: version('2', { ...running }), want: true },
    {
      name: 'an older status of ours is not: the newer one may never have been written',
      status: running,
      pod: version('2', { phase: 'Pending' }),
      want: false,
    },
    {
      name: 'a status that somebody else changed is not',
      status: running,
      pod: version('2', { ...running, hostIP: '10.0.0.1' }),
      want: false,
    },
    {
      name: 'a final phase is not, for it ends the pod once it is stored',
      status: { phase: 'Succeeded' } as const,
      pod: version('2', { phase: 'Succeeded' }),
      want: false,
    },
    {
      name: 'a deletion is not',
      status: running,
      pod: version('2', running, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      want: false,
    },
    {
      name: 'a new spec is not',
      status: running,
      pod: version('2', running, { generation: 2 }),
      want: false,
    },
    {
      name: 'new labels are not',
      status: running,
      pod: version('2', running, { labels: { app: 'web' } }),
      want: false,
    },
    { name: 'nothing is one before a status was made', status: undefined, pod: version('2'), want: false },
  ];
  for (const { name, status, pod, want } of cases) {
    it(name, () => expect(isEcho({ pod: known, status }, pod)).toBe(want));
  }
});
