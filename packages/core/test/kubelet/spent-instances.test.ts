import { describe, expect, it } from 'vitest';
import type { ContainerInfo } from '../../src/contract/container-runtime.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import type { NodeContext } from '../../src/kubelet/node-context.ts';
import { SpentInstances, spentInstances } from '../../src/kubelet/spent-instances.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

type State = ContainerInfo['state'];

/** `web` `2` is the third instance of container `web`. */
function instance(containerName: string, attempt: number, state: State, podUID = 'pod'): ContainerInfo {
  return {
    ...{ id: `${podUID}-${containerName}-${attempt}`, name: 'x', podUID, containerName, attempt, labels: {} },
    ...{ image: 'web', imageRef: 'web', sandboxID: 's', state, createdAtMs: attempt },
  };
}

describe('spentInstances', () => {
  const cases: readonly {
    readonly name: string;
    readonly instances: readonly (readonly [string, number, State])[];
    readonly want: readonly string[];
  }[] = [
    {
      name: 'spares the running one and the last that died',
      instances: [
        ['web', 1, 'running'],
        ['web', 0, 'exited'],
      ],
      want: [],
    },
    {
      name: 'takes what is older, in whatever order it was listed',
      instances: [
        ['web', 0, 'exited'],
        ['web', 3, 'running'],
        ['web', 1, 'exited'],
        ['web', 2, 'exited'],
      ],
      want: ['pod-web-1', 'pod-web-0'],
    },
    {
      name: 'spares two dead ones of a container that waits for its back-off',
      instances: [
        ['web', 2, 'exited'],
        ['web', 1, 'exited'],
        ['web', 0, 'exited'],
      ],
      want: ['pod-web-0'],
    },
    {
      name: 'counts for each container',
      instances: [
        ['web', 1, 'running'],
        ['web', 0, 'exited'],
        ['log', 1, 'running'],
        ['log', 0, 'exited'],
      ],
      want: [],
    },
    {
      name: 'spares what may still run, however old',
      instances: [
        ['web', 2, 'running'],
        ['web', 1, 'exited'],
        ['web', 0, 'unknown'],
      ],
      want: [],
    },
  ];
  for (const { name, instances, want } of cases) {
    it(name, () => {
      const spent = spentInstances(
        instances.map(([container, attempt, state]) => instance(container, attempt, state)),
      );
      expect(spent.map(({ id }) => id)).toEqual(want);
    });
  }
});

describe('SpentInstances', () => {
  const crowd = (podUID: string) => [2, 1, 0].map((attempt) => instance('web', attempt, 'exited', podUID));

  function nodeOf(removeContainer: (id: string) => Promise<void>): NodeContext {
    const records = new Map([['pod', { removing: new Map() }]]);
    const settings = { callMsMax: 1000 };
    const runtime = { removeContainer };
    return {
      records,
      settings,
      runtime,
      clock: new TestClock(),
      logger: silentLogger,
    } as unknown as NodeContext;
  }

  it('removes those of its pods, and leaves those of no pod alone', async () => {
    const removed: string[] = [];
    const node = nodeOf(async (id) => void removed.push(id));
    const spent = new SpentInstances(node, () => [crowd('pod'), crowd('stranger')]);
    await spent.remove(new AbortController().signal);
    expect(removed).toEqual(['pod-web-0']);
  });

  it('goes on after one that cannot be removed, and tries it again the next time', async () => {
    const tried: string[] = [];
    const node = nodeOf(async (id) => {
      tried.push(id);
      throw new Error('busy');
    });
    const spent = new SpentInstances(node, () => [crowd('pod'), crowd('pod')]);
    await spent.remove(new AbortController().signal);
    await spent.remove(new AbortController().signal);
    expect(tried).toHaveLength(4);
  });

  it('does not begin anew while a removal is under way', async () => {
    let release = () => {};
    let calls = 0;
    const node = nodeOf(() => {
      calls += 1;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    const spent = new SpentInstances(node, () => [crowd('pod')]);
    const { signal } = new AbortController();
    const first = spent.remove(signal);
    await spent.remove(signal);
    expect(calls).toBe(1);
    release();
    await first;
  });
});
