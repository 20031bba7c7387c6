import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TestClock } from '@mooring/core/testing';
import { FakeHost, FakeRuntime } from '@mooring/runtime-fake';
import { expect, test } from 'vitest';
import { startInPod } from './run-script.ts';

setFlagsFromString('--expose_gc');
const collectGarbage: () => void = runInNewContext('gc');

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test('ten thousand pods with a container each are light', async () => {
  const count = 10_000;
  const runtime = new FakeRuntime(new FakeHost({ clock: new TestClock() }));
  const before = heapBytes();
  for (let i = 0; i < count; i += 1) await startInPod(runtime, [], { podUID: `uid-${i}` });
  const bytesEach = (heapBytes() - before) / count;
  // Configurations, which the agent makes and the runtime keeps, are counted here too.
  expect(bytesEach).toBeLessThan(3 * 1024);

  const signal = new AbortController().signal;
  const ips = new Set((await runtime.listSandboxes(signal)).map(({ ip }) => ip));
  expect(ips.size).toBe(count);
  for (let i = 0; i < count; i += 1)
    expect(await runtime.listContainers({ uid: `uid-${i}` }, signal)).toHaveLength(1);
});
