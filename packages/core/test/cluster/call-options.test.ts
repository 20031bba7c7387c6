import { afterEach, describe, expect, it } from 'vitest';
import { fakeRuntime } from '../../../runtime-fake/src/index.ts';
import { type Cluster, createCluster } from '../../src/index.ts';
import { memoryVolumes } from '../../src/testing/memory-volumes.ts';

let cluster: Cluster;
afterEach(() => cluster?.close());

const aNode = { plugins: [fakeRuntime()], nodes: [{ name: 'a' }], controllers: false } as const;

async function started(): Promise<Cluster> {
  cluster = await createCluster({ ...aNode, volumes: () => memoryVolumes() });
  return cluster;
}

describe('a call with an option that there is not', () => {
  it.each<[string, (cluster: Cluster, option: object) => unknown]>([
    ['waitFor', async (own, option) => await own.waitFor('Node/a', 'Ready', option)],
    ['patch', async (own, option) => await own.patch('Node/a', {}, option)],
    ['scale', async (own, option) => await own.scale('ReplicaSet/default/web', 1, option)],
    ['delete', async (own, option) => await own.delete('Pod', 'default', 'web', option)],
    ['exec', async (own, option) => await own.exec({ pod: 'web' }, ['true'], option)],
    ['logs', async (own, option) => own.logs({ pod: 'web' }, option)],
    ['facts', async (own, option) => own.facts('pod.*.phase-changed', option)],
    ['watch', async (own, option) => own.watch('Pod', option as { readonly signal: AbortSignal })],
  ])('%s refuses it by name', async (call, make) => {
    const option = { sginal: AbortSignal.abort() };
    const refused = { code: 'INVALID', message: `unknown option sginal of ${call} (did you mean "signal"?)` };
    await expect(make(await started(), option)).rejects.toMatchObject(refused);
  });
});

it.each<[string, (cluster: Cluster, reference: { readonly pod: string }) => unknown]>([
  ['exec', async (own, reference) => await own.exec(reference, ['true'])],
  ['logs', async (own, reference) => await own.logs(reference)[Symbol.asyncIterator]().next()],
])('%s refuses what belongs to its options and is given with the name of the container', async (_, make) => {
  const reference = { pod: 'web', follow: true };
  await expect(make(await started(), reference)).rejects.toMatchObject({
    code: 'INVALID',
    message: 'unknown option follow of the container that is named',
  });
});

describe('a call with options of another type', () => {
  it.each<[unknown, string]>([
    [500, 'the options of waitFor must be an object with fields'],
    [AbortSignal.abort(), 'the options of waitFor must be an object with fields'],
    [null, 'the options of waitFor must be an object with fields'],
    [{ signal: {} }, 'signal of waitFor: must be an AbortSignal'],
    [{ timeoutMs: '5s' }, 'timeoutMs of waitFor: 5s is no number of milliseconds'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs of waitFor: NaN is no number of milliseconds'],
  ])('refuses %o', async (options, message) => {
    const own = await started();
    const refused = { code: 'INVALID', message };
    await expect(own.waitFor('Node/a', 'NeverSo', options as object)).rejects.toMatchObject(refused);
  });
});

it.each(['ls', [], undefined])('exec refuses the command %o', async (command) => {
  const own = await started();
  await expect(own.exec({ pod: 'web' }, command as never)).rejects.toMatchObject({
    code: 'INVALID',
    message: `command of exec: must be a list such as ['ls', '-l'], not ${JSON.stringify(command)}`,
  });
});

it('what is missing is refused like what is wrong', async () => {
  const own = await started();
  const invalid = { code: 'INVALID' };
  await expect(own.get(undefined as never, 'default', 'web')).rejects.toMatchObject(invalid);
  await expect(own.patch('Node/a', undefined as never)).rejects.toMatchObject(invalid);
  await expect(own.waitFor('Node/a', (async () => false) as never)).rejects.toMatchObject(invalid);
  await expect(own.waitFor(undefined as never, 'Ready')).rejects.toMatchObject(invalid);
  expect(() => own.facts(undefined as never)).toThrow(expect.objectContaining(invalid));
  expect(() => own.watch('Pod', undefined as never)).toThrow(expect.objectContaining(invalid));
});

it('a patch of a type that there is not is refused', async () => {
  const own = await started();
  const type = 'Merge' as 'merge';
  await expect(own.patch('Node/a', {}, { type })).rejects.toMatchObject({
    code: 'INVALID',
    message: 'type of patch: must be strategic or merge, not "Merge"',
  });
});

it('a path or text is no object, and the error says how to read one', async () => {
  const own = await started();
  await expect(own.apply('web.yaml' as never)).rejects.toThrow(
    'apply takes objects, not "web.yaml": loadManifest reads files, parseManifest text',
  );
});

it('volumes that are none of any kind are refused', async () => {
  const volumes = (() => undefined) as unknown as () => ReturnType<typeof memoryVolumes>;
  await expect(createCluster({ ...aNode, volumes })).rejects.toThrow(
    'volumes: must give node a a volume host, with prepare, mountsFor, teardown and list',
  );
});

describe('a function that was given and', () => {
  const fails = () => {
    throw new Error('no luck');
  };
  const nothing = () => undefined as never;
  it.each<[string, object, string]>([
    ['volumes that throw', { volumes: fails }, 'volumes: it failed: no luck'],
    ['a store that throws', { carriers: { store: fails } }, 'carriers.store: it failed: no luck'],
    ['no store', { carriers: { store: nothing } }, 'carriers.store: Invalid value: null: must be an object'],
    [
      'half a bus',
      { carriers: { bus: () => ({}) } },
      'carriers.bus: Invalid value: "object": must have the methods',
    ],
    ['no machine', { logic: { probe: () => 5 } }, 'logic.probe: must give a machine'],
    ['a machine that throws', { logic: { pod: fails } }, 'logic.pod: it failed: no luck'],
    [
      'a container that throws',
      { container: { isRegistered: () => true, resolve: fails } },
      'container: mooring/',
    ],
  ])('gives %s is refused by its name', async (_, options, words) => {
    await expect(
      createCluster({ ...aNode, volumes: () => memoryVolumes(), ...options }),
    ).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining(words),
    });
  });
});
