import { describe, expect, it } from 'vitest';
import { allControllers } from '../../src/cluster/built-in-controllers.ts';
import { type Controller, defineController, watchKind } from '../../src/contract/controller.ts';
import { checkController } from '../../src/plugin/controller-problems.ts';

const controller = (given: Partial<Controller> = {}): Controller =>
  defineController({ name: 'own', kind: 'ConfigMap', reconcile: async () => undefined, ...given });

describe('a controller of a plugin', () => {
  it('may say no more than what it is called, what it looks at, and how', () => {
    expect(() => checkController(controller(), 'plugin "p"')).not.toThrow();
  });

  it.each<{ name: string; given: Partial<Controller>; words: string }>([
    { name: 'no good name', given: { name: 'Own' }, words: 'is not a controller/v1 with a lower-case name' },
    {
      name: 'a kind that does not exist',
      given: { kind: 'Widget' },
      words: 'kind: unknown kind "Widget": must be one of Pod, ',
    },
    {
      name: 'a typo in what it watches',
      given: { watches: [watchKind('Pod', () => []), watchKind('Deploymnet', () => [])] },
      words: 'watches[1].kind: unknown kind "Deploymnet" (did you mean "Deployment"?)',
    },
    { name: 'a typo in what it reads', given: { reads: ['pods'] }, words: 'reads[0]: unknown kind "pods"' },
    {
      name: 'an index of nothing',
      given: { indices: { Widget: {} } },
      words: 'indices: unknown kind "Widget"',
    },
    {
      name: 'no look at a time',
      given: { concurrency: 0 },
      words: 'concurrency: 0 must be a whole number from 1',
    },
    {
      name: 'a watch that leads nowhere',
      given: { watches: [{ kind: 'Pod' } as never] },
      words: 'watches[0].requestsOf: must be a function',
    },
    { name: 'no watch at all', given: { watches: [null as never] }, words: 'watches[0].requestsOf: must be' },
    {
      name: 'a request for nothing',
      given: { initialRequests: [{ namespace: undefined } as never] },
      words: 'initialRequests[0].name: must be a text',
    },
    { name: 'no list', given: { reads: 'Pod' as never }, words: 'reads: must be a list' },
    { name: 'no answer', given: { concerns: true as never }, words: 'concerns: must be a function' },
    { name: 'nothing to do', given: { reconcile: 5 as never }, words: 'reconcile: must be a function' },
    { name: 'nothing to look at', given: { kind: 5 as never }, words: 'kind: must be a text, or left out' },
    { name: 'no indices', given: { indices: null as never }, words: 'indices: must be an object' },
    { name: 'no retry', given: { retry: null as never }, words: 'retry: must be an object' },
    {
      name: 'an index that is no function',
      given: { indices: { Pod: { byNode: 'nodeName' as never } } },
      words: 'indices.Pod.byNode: must be a function',
    },
    {
      name: 'a delay that is over',
      given: { watches: [watchKind('Pod', () => [], { afterMs: -5 })] },
      words: 'watches[0].afterMs: -5 is no number of milliseconds',
    },
    { name: 'half a try', given: { retry: { triesMax: 0.5 } }, words: 'retry.triesMax: 0.5 must be' },
    { name: 'no pause', given: { retry: { backOffMs: Number.NaN } }, words: 'retry.backOffMs: NaN must be' },
  ])('is refused with $name', ({ given, words }) => {
    const problem = expect.objectContaining({
      code: 'PLUGIN_INVALID',
      message: expect.stringContaining(words),
    });
    expect(() => checkController(controller(given), 'plugin "p"')).toThrow(problem);
  });

  it('takes the place of a built-in one only where that is left out', () => {
    const own = controller({ name: 'deployment', kind: 'Deployment' });
    const problem = expect.objectContaining({
      code: 'CONTROLLER_TAKEN',
      message: expect.stringContaining('controllers: { without: ["deployment"] }'),
    });
    expect(() => allControllers({}, [own])).toThrow(problem);
    const all = allControllers({ controllers: { without: ['deployment'] } }, [own]);
    expect(all.filter(({ name }) => name === 'deployment')).toEqual([own]);
  });
});
