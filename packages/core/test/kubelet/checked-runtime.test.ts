import { expect, it } from 'vitest';
import type { ContainerInfo, ContainerRuntime } from '../../src/contract/container-runtime.ts';
import { silentLogger } from '../../src/contract/logger.ts';
import { checkedRuntime } from '../../src/kubelet/checked-runtime.ts';

const { signal } = new AbortController();

function container(id: string): ContainerInfo {
  return {
    ...{ id, name: 'x', podUID: id, containerName: 'main', attempt: 0, labels: {}, image: 'web' },
    ...{ imageRef: 'web', sandboxID: 's', state: 'running', createdAtMs: 0 },
  };
}

function listing(list: () => unknown): ContainerRuntime {
  const runtime = { name: 'mine', listContainers: async () => list() } as unknown as ContainerRuntime;
  return checkedRuntime(runtime, silentLogger);
}

const wrong = { ...container('c'), state: 'asleep' };

it('what a list says a second time is not looked at anew', async () => {
  let looks = 0;
  const watched = new Proxy(container('a'), {
    get: (target, field) => {
      looks += 1;
      return Reflect.get(target, field);
    },
  });
  const runtime = listing(() => [watched]);
  await runtime.listContainers({}, signal);
  const looksOfFirst = looks;
  expect(looksOfFirst).toBeGreaterThan(0);
  await runtime.listContainers({}, signal);
  expect(looks).toBe(looksOfFirst);
});

it.each<{ name: string; second: (first: readonly ContainerInfo[]) => unknown }>([
  { name: 'stands where something else stood', second: ([a]) => [a, wrong] },
  { name: 'comes on top', second: (first) => [...first, wrong] },
  { name: 'was put into the very list', second: (first) => Object.assign(first, { 1: wrong }) },
  { name: 'is nothing at all', second: (first) => [...first, undefined] },
])('nonsense is refused that $name', async ({ second }) => {
  const first = [container('a'), container('b')];
  let list: unknown = first;
  const runtime = listing(() => list);
  await runtime.listContainers({}, signal);
  list = second(first);
  await expect(runtime.listContainers({}, signal)).rejects.toThrow(
    'runtime "mine" answered listContainers with nonsense',
  );
});

it('what was mended once is the same object the second time', async () => {
  const flawed = { ...container('a'), exitCode: 'one' };
  const runtime = listing(() => [flawed, container('b')]);
  const [first] = await runtime.listContainers({}, signal);
  const [second] = await runtime.listContainers({}, signal);
  expect(first?.exitCode).toBeUndefined();
  expect(second).toBe(first);
});

const far = 1e20;

it.each<[keyof ContainerInfo, unknown]>([
  ['startedAtMs', far],
  ['finishedAtMs', -far],
  ['exitCode', 2 ** 40],
  ['signal', 'x'.repeat(100_000)],
  ['reason', 'x'.repeat(100_000)],
  ['image', 7],
  ['imageRef', {}],
])('of a container, %s that no status could show counts as not said', async (field, value) => {
  const [info] = await listing(() => [{ ...container('a'), [field]: value }]).listContainers({}, signal);
  expect(info?.[field] ?? '').toBe('');
});

it.each<[keyof ContainerInfo, unknown]>([
  ['createdAtMs', far],
  ['attempt', 1.5],
  ['attempt', -1],
  ['attempt', 2 ** 40],
  ['id', 'x'.repeat(100_000)],
])('a container whose %s no status could show is nonsense', async (field, value) => {
  const runtime = listing(() => [{ ...container('a'), [field]: value }]);
  await expect(runtime.listContainers({}, signal)).rejects.toThrow('answered listContainers with nonsense');
});
