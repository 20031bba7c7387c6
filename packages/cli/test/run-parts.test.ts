import type { ApiObject, Cluster, StoredPod } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../src/run/in-order.ts';
import { loadFiles } from '../src/run/load-files.ts';
import { suggestFlag, unmappedImages } from '../src/run/unmapped-images.ts';
import { canEnd, verdictOf } from '../src/run/verdict.ts';
import { watchRun } from '../src/run/watch-run.ts';

const pod = (image: string, command?: readonly string[]): ApiObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' },
    spec: { containers: [{ name: 'c', image, command }] },
  }) as ApiObject;

describe('images that stand for no program', () => {
  it.each([
    ['nginx', ['nginx:latest'], []],
    ['docker.io/library/nginx', ['nginx'], []],
    ['nginx:1.27', ['nginx'], ['nginx:1.27']],
    [`nginx@sha256:${'a'.repeat(64)}`, ['nginx'], []],
    ['Not An Image', [], []],
  ])('%s with %j mapped', (image, mapped, expected) => {
    expect(unmappedImages([pod(image)], mapped).map((found) => found.image)).toEqual(expected);
  });

  it('are found in templates, once, with the flag that helps', () => {
    const set = {
      kind: 'Deployment',
      metadata: { name: 'b' },
      spec: { template: { spec: (pod('x', ['sh']) as unknown as { spec: object }).spec } },
    };
    const found = unmappedImages([pod('x', ['sh']), set as unknown as ApiObject, pod('y')], []);
    expect(found.map(suggestFlag)).toEqual(['--image x', "--image 'y=PROGRAM ARGUMENTS'"]);
  });
});

it('what pods need comes before them, and each kind as it was written', () => {
  const kinds = ['Pod', 'Secret', 'Deployment', 'Service', 'ConfigMap', 'ReplicaSet'];
  expect(inOrder(kinds.map((kind) => ({ kind }))).map(({ kind }) => kind)).toEqual([
    ...['Secret', 'Service', 'ConfigMap'],
    ...['Pod', 'Deployment', 'ReplicaSet'],
  ]);
});

describe('a run', () => {
  const stored = (phase: string) => ({ status: { phase } }) as StoredPod;

  it.each([
    [['Running', 'Succeeded'], undefined],
    [['Succeeded', 'Succeeded'], 'succeeded'],
    [['Succeeded', 'Failed'], 'failed'],
    [['Failed', 'Running'], undefined],
  ] as const)('of pods that are %j', (phases, verdict) => {
    const pods = new Map(phases.map((phase, i) => [`default/${i}`, stored(phase)]));
    expect(verdictOf(new Set(pods.keys()), pods, new Map())).toBe(verdict);
  });

  it('waits for a pod that is not there yet', () => {
    expect(verdictOf(new Set(['default/a']), new Map(), new Map())).toBeUndefined();
  });

  const verdictAfter = async (name: string, ...events: readonly object[]) => {
    async function* watch(kind: string) {
      if (kind === 'Pod') yield* events;
    }
    const ending = new AbortController();
    const run = watchRun({
      ...{ cluster: { watch } as unknown as Cluster, clock: new TestClock(), signal: ending.signal },
      ...{ paint: (_, text) => text, screen: { data() {}, words() {}, showPods() {}, close() {} } },
    });
    run.expect([{ ...pod('x'), metadata: { name } }]);
    const verdict = await run.verdict;
    ending.abort();
    await run.watching;
    return verdict;
  };
  const podThatIs = (phase: string) => ({ ...pod('x'), metadata: { name: 'a-x7k2p' }, status: { phase } });

  it('ends with pods whose names were generated', async () => {
    expect(await verdictAfter('a-x7k2p', { type: 'put', object: podThatIs('Failed') })).toBe('failed');
  });

  it.each([
    ['Running', 'failed'],
    ['Succeeded', 'succeeded'],
  ])('ends with a pod that is deleted while it is %s', async (phase, verdict) => {
    const object = podThatIs(phase);
    const events = [
      { type: 'put', object: podThatIs('Running') },
      { type: 'delete', object },
    ];
    expect(await verdictAfter('a-x7k2p', ...events)).toBe(verdict);
  });

  it('ends by itself when nothing keeps its pods', () => {
    expect(canEnd([pod('x')])).toBe(true);
    expect(canEnd([pod('x'), { ...pod('x'), kind: 'ReplicaSet' }])).toBe(false);
    expect(canEnd([{ ...pod('x'), kind: 'ConfigMap' }])).toBe(false);
  });
});

describe('a manifest', () => {
  it('with a mistake is told with the misspelt field that may be why', async () => {
    const text =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, imag: nginx}]}\n';
    const loading = loadFiles(['-'], { cwd: '/', readInput: () => Promise.resolve(text) });
    await expect(loading).rejects.toThrow(
      /containers\[0\]\.image: Required value\nwarning: .*containers\[0\]\.imag: unknown field \(did you mean "image"\?\)/,
    );
  });

  it('that describes an object twice gives the later one', async () => {
    const text = ['one', 'two'].map((data) => JSON.stringify(configMap(data))).join('\n---\n');
    const { objects } = await loadFiles(['-'], { cwd: '/', readInput: () => Promise.resolve(text) });
    expect(objects).toMatchObject([configMap('two')]);
  });

  it('with two names that are yet to be generated gives both, without a word', async () => {
    const generated = { ...pod('x', ['sh']), metadata: { generateName: 'a-' } };
    const text = [generated, generated].map((object) => JSON.stringify(object)).join('\n---\n');
    const { objects, warnings } = await loadFiles(['-'], {
      ...{ cwd: '/', readInput: () => Promise.resolve(text) },
    });
    expect({ count: objects.length, warnings }).toEqual({ count: 2, warnings: [] });
  });
});

const configMap = (it: string) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap' },
  ...{ metadata: { name: 'a' }, data: { it } },
});
