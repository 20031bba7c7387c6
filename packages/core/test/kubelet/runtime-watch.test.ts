import { expect, it } from 'vitest';
import type { ContainerInfo, RuntimeEvent, SandboxInfo } from '../../src/contract/container-runtime.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { sleep } from '../../src/engine/abortable.ts';
import { AsyncQueue } from '../../src/engine/async-queue.ts';
import type { NodeContext } from '../../src/kubelet/node-context.ts';
import { RuntimeWatch } from '../../src/kubelet/runtime-watch.ts';
import { TestClock } from '../../src/testing/test-clock.ts';

const relistMs = 10_000;

function container(podUID: string, state: ContainerInfo['state'] = 'running', attempt = 0): ContainerInfo {
  return {
    ...{ id: `${podUID}-${attempt}`, name: 'x', podUID, containerName: 'main', attempt, labels: {} },
    ...{ image: 'web', imageRef: 'web', sandboxID: `box-${podUID}`, state, createdAtMs: attempt },
  };
}

function sandbox(podUID: string, state: SandboxInfo['state'] = 'ready'): SandboxInfo {
  return { id: `box-${podUID}`, podUID, attempt: 0, state, ip: '10.0.0.1', createdAtMs: 0 };
}

/** A watch over what a script says the runtime has, with what it told since the last look. */
async function watching(pods: readonly string[]) {
  const clock = new TestClock();
  const has = {
    containers: pods.map((podUID) => container(podUID)),
    sandboxes: pods.map((podUID) => sandbox(podUID)),
  };
  const pod = { spec: { containers: [{ name: 'main' }] } };
  const records = new Map(has.sandboxes.map((box) => [box.podUID, { pod, sandbox: box }]));
  let told: string[] = [];
  let relists = 0;
  let listMs = 0;
  const stop = new AbortController();
  const hints = new AsyncQueue<RuntimeEvent>({ pendingMax: 1000, signal: stop.signal });
  /** Containers about which the runtime cannot say anything. */
  const obscure = new Set<string>();
  const runtime = {
    events: () => hints,
    listContainers: async () => {
      if (listMs > 0) await sleep(clock, listMs);
      return has.containers;
    },
    listSandboxes: async () => has.sandboxes,
    inspectContainer: async (id: string) => {
      if (obscure.has(id)) throw new Error(`cannot inspect ${id}`);
      return has.containers.find((one) => one.id === id);
    },
  };
  const parts = { clock, logger: silentLogger, nodeName: 'node-a', runtime, records };
  const watch = new RuntimeWatch({
    node: { ...parts, settings: { callMsMax: 1000 } } as unknown as NodeContext,
    relistMs,
    onInstance: ({ id, state }) => told.push(`${id} ${state}`),
    onSandboxes: (podUID, boxes) =>
      told.push(`${podUID} ${boxes.map(({ id, state }) => `${id} ${state}`).join()}`),
    onRelist: () => {
      relists += 1;
    },
    onHealth: () => {},
  });
  await watch.begin(stop.signal);
  const running = watch.run(stop.signal);
  return {
    watch,
    has,
    records,
    hints,
    obscure,
    /** So many relists, each of which takes its time, are made for what is done. */
    async relistsFor(work: () => void): Promise<number> {
      const before = relists;
      listMs = 10;
      work();
      await clock.advanceBy(100);
      return relists - before;
    },
    /** What is told by so many relists. */
    async relist(count = 1): Promise<readonly string[]> {
      told = [];
      const before = relists;
      await clock.advanceBy(relistMs * count);
      expect(relists - before).toBe(count);
      return told.toSorted();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

it('nothing is told of what stays as it is', async () => {
  await using scene = await watching(['a', 'b', 'c']);
  expect(await scene.relist(3)).toEqual([]);
  // Another object that says the same is no news either.
  scene.has.containers = scene.has.containers.map((info) => ({ ...info }));
  scene.has.sandboxes = scene.has.sandboxes.map((info) => ({ ...info }));
  expect(await scene.relist(3)).toEqual([]);
});

it('whatever changes after a long rest is told once', async () => {
  await using scene = await watching(['a', 'b', 'c']);
  await scene.relist(3);
  const [a, b] = scene.has.containers;
  if (a === undefined || b === undefined) throw new Error('there are three');
  scene.has.containers = [a, { ...b, state: 'exited' }];
  expect(await scene.relist(3)).toEqual(['b-0 exited', 'c-0 exited']);
  scene.has.containers = [...scene.has.containers, container('c', 'running', 1)];
  expect(await scene.relist(3)).toEqual(['c-1 running']);
});

it('an instance that was noted is missed only by a list that was asked for later', async () => {
  await using scene = await watching(['a', 'b']);
  await scene.relist(2);
  scene.watch.note(container('d'));
  expect(await scene.relist(1)).toEqual(['d-0 exited']);
  expect(await scene.relist(2)).toEqual([]);
});

it('an instance that was removed here is not there any more, and is not missed', async () => {
  await using scene = await watching(['a', 'b']);
  // Its end was not heard of.
  scene.has.containers = [container('b')];
  scene.watch.noteRemoved('a-0');
  expect(scene.watch.observed('a').containers).toEqual([]);
  expect(await scene.relist(2)).toEqual([]);
});

it('a sandbox that breaks or is gone after a long rest is told', async () => {
  await using scene = await watching(['a', 'b', 'c']);
  await scene.relist(3);
  scene.has.sandboxes = [sandbox('a', 'notready'), sandbox('b')];
  expect(await scene.relist(1)).toEqual(['a box-a notready', 'c ']);
});

it('a pod whose sandbox is in no list hears so each time, until it has another', async () => {
  await using scene = await watching(['a', 'b']);
  await scene.relist(2);
  const { b } = Object.fromEntries(scene.records);
  if (b === undefined) throw new Error('there are two');
  b.sandbox = { ...sandbox('b'), id: 'box-new' };
  expect(await scene.relist(2)).toEqual(['b box-b ready', 'b box-b ready']);
  b.sandbox = sandbox('b');
  expect(await scene.relist(2)).toEqual([]);
});

it('pods with many instances are found, and no longer when these are gone', async () => {
  await using scene = await watching(['a', 'b']);
  scene.has.containers = [...scene.has.containers, container('b', 'exited', 1), container('b', 'exited', 2)];
  await scene.relist(2);
  const crowds = (size: number) =>
    Array.from(scene.watch.crowds(size), (crowd) => `${crowd[0]?.podUID} ${crowd.length}`);
  expect(crowds(0)).toEqual(['a 1', 'b 3']);
  expect(crowds(1)).toEqual(['b 3']);
  expect(crowds(2)).toEqual(['b 3']);
  expect(crowds(3)).toEqual([]);
  scene.has.containers = scene.has.containers.slice(0, 2);
  await scene.relist(1);
  expect(crowds(1)).toEqual([]);
  const podUIDs = new Set<string>();
  scene.watch.eachPodUID((podUID) => podUIDs.add(podUID));
  expect(podUIDs).toEqual(new Set(['a', 'b']));
});

it('hints in number lead to one relist, and to one more for those that came meanwhile', async () => {
  await using scene = await watching(['a']);
  const hint = (podUID: string): RuntimeEvent => ({ type: 'sandbox-lost', podUID, atMs: 0 });
  const relists = await scene.relistsFor(() => {
    for (let i = 0; i < 200; i += 1) scene.hints.push(hint(`pod-${i}`));
  });
  expect(relists).toBe(2);
});

it('a container that is missing and cannot be inspected keeps nobody else from being told', async () => {
  await using scene = await watching(['a', 'b', 'c']);
  scene.obscure.add('a-0');
  scene.has.containers = [];
  scene.has.sandboxes = [sandbox('a'), sandbox('b')];
  expect(await scene.relist(1)).toEqual(['b-0 exited', 'c ', 'c-0 exited']);
  // No news is no death: it is asked for again.
  scene.obscure.clear();
  expect(await scene.relist(1)).toEqual(['a-0 exited', 'c ']);
});
