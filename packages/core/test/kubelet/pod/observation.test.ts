import { expect, test } from 'vitest';
import type { ContainerInfo, SandboxInfo } from '../../../src/contract/container-runtime.ts';
import { newestOf, observationOf } from '../../../src/kubelet/pod/observation.ts';

function instance(attempt: number, createdAtMs: number): ContainerInfo {
  return {
    ...{ id: `web-${attempt}`, name: 'x', podUID: 'pod', containerName: 'web', attempt, labels: {} },
    ...{ image: 'web', imageRef: 'web', sandboxID: 's', state: 'exited', createdAtMs },
  };
}

function sandbox(attempt: number, createdAtMs: number): SandboxInfo {
  return { id: `s-${attempt}`, podUID: 'pod', attempt, state: 'ready', ip: '', createdAtMs };
}

test('the newest is the last attempt, although the clock of the host was set back meanwhile', () => {
  const hourMs = 3_600_000;
  const found = observationOf(
    [sandbox(0, 2 * hourMs), sandbox(1, hourMs)],
    [instance(2, 2 * hourMs), instance(3, hourMs)],
  );
  expect(newestOf(found, 'web')?.id).toBe('web-3');
  expect(found.sandboxes[0]?.id).toBe('s-1');
});
