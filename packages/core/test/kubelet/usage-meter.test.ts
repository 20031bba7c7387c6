import { describe, expect, it } from 'vitest';
import type {
  ContainerInfo,
  ContainerRuntime,
  ContainerStats,
} from '../../src/contract/container-runtime.ts';
import { podNameLabel, podNamespaceLabel } from '../../src/kubelet/container/labels.ts';
import { UsageMeter } from '../../src/kubelet/streams/usage-meter.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const never = new AbortController().signal;
const labels = { [podNamespaceLabel]: 'default', [podNameLabel]: 'web' };
const infoOf = (id: string, state = 'running') =>
  ({ id, state, podUID: 'u1', containerName: id, labels }) as unknown as ContainerInfo;

/** Containers that use half a processor each. */
function scene(ids: readonly string[]) {
  const clock = new TestClock();
  let samples = 0;
  const stats = async (id: string): Promise<ContainerStats | undefined> => {
    samples += 1;
    if (id === 'broken') throw new Error('it has just ended');
    return { atMs: clock.now(), cpuNanoseconds: clock.monotonicMs() * 500_000, memoryBytes: 4096 };
  };
  const runtime = {
    name: 'test',
    stats,
    listContainers: async () => [...ids.map((id) => infoOf(id)), infoOf('dead', 'exited')],
  } as unknown as ContainerRuntime;
  return { clock, meter: new UsageMeter({ runtime, clock }), runtime, samples: () => samples };
}

describe('the meter of a node', () => {
  it('looks twice at what it sees for the first time, then once', async () => {
    const { clock, meter, samples } = scene(['a', 'b']);
    const first = meter.measure(never);
    await clock.advanceBy(1000);
    expect(await first).toEqual(
      ['a', 'b'].map((container) => ({
        ...{ podUID: 'u1', namespace: 'default', pod: 'web', container },
        ...{ atMs: clock.now(), windowMs: 1000, cpuNanocores: 500_000_000, memoryBytes: 4096 },
      })),
    );
    expect(samples()).toBe(4);
    await clock.advanceBy(15_000);
    expect(
      (await meter.measure(never)).map(({ windowMs, cpuNanocores }) => [windowMs, cpuNanocores]),
    ).toEqual([
      [15_000, 500_000_000],
      [15_000, 500_000_000],
    ]);
    expect(samples()).toBe(6);
  });

  it('leaves out what cannot be measured', async () => {
    const { clock, meter } = scene(['a', 'broken']);
    const measuring = meter.measure(never);
    await clock.advanceBy(1000);
    expect((await measuring).map(({ container }) => container)).toEqual(['a']);
  });

  it('says that a runtime measures nothing', async () => {
    const { clock, runtime } = scene([]);
    const { stats: _, ...blind } = runtime;
    await expect(new UsageMeter({ runtime: blind, clock }).measure(never)).rejects.toMatchObject({
      code: 'RUNTIME_UNSUPPORTED',
      message: 'runtime "test" measures nothing',
    });
  });
});
