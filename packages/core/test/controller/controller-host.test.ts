import { describe, expect, it } from 'vitest';
import type { ApiObject } from '../../src/api/meta.ts';
import type { ConfigMap } from '../../src/api/objects.ts';
import {
  type Controller,
  defineController,
  type ReconcileContext,
  type ReconcileOutcome,
  watchKind,
} from '../../src/contract/controller.ts';
import { MooringError } from '../../src/contract/error.ts';
import { type Logger, silentLogger } from '../../src/contract/logger.ts';
import { sleep } from '../../src/engine/abortable.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { ControllerRig } from './controller-rig.ts';

function config(name: string, data: Record<string, string> = {}, namespace = 'default'): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

type Look = (
  name: string,
  context: ReconcileContext,
  signal: AbortSignal,
) => Promise<ReconcileOutcome | undefined>;

function controllerOf(look: Look, rest: Partial<Controller> = {}): Controller {
  return defineController({
    name: 'config',
    kind: 'ConfigMap',
    reconcile: ({ name }, context, signal) => look(name, context, signal),
    ...rest,
  });
}

describe('a controller', () => {
  it('looks at every object there is, at new ones, at changed ones, and at those that are gone', async () => {
    await using rig = new ControllerRig();
    const looks: string[] = [];
    await rig.create(config('old'));
    await rig.start(
      controllerOf(async (name, { cache }) => {
        const object = cache('ConfigMap').get('default', name);
        looks.push(`${name} ${object === undefined ? 'gone' : JSON.stringify(object.data)}`);
        return undefined;
      }),
    );
    await rig.create(config('new'));
    await rig.objects.update(config('new', { a: '1' }));
    await rig.settle();
    await rig.objects.delete('ConfigMap', 'default', 'old');
    await rig.settle();
    expect(looks).toEqual(['old {}', 'new {}', 'new {"a":"1"}', 'old gone']);
    expect(rig.hosts[0]?.actors).toBe(1);
  });

  it('looks once more, however much changes while it looks, and never twice at a time', async () => {
    await using rig = new ControllerRig();
    let [looks, running, runningMax] = [0, 0, 0];
    await rig.start(
      controllerOf(async (_, { clock }, signal) => {
        looks += 1;
        running += 1;
        runningMax = Math.max(runningMax, running);
        await sleep(clock, 1000, signal);
        running -= 1;
        return undefined;
      }),
    );
    await rig.create(config('a'));
    for (let i = 0; i < 10; i += 1) await rig.objects.update(config('a', { i: String(i) }));
    await rig.clock.advanceBy(10_000);
    expect([looks, runningMax]).toEqual([2, 1]);
  });

  it('looks at so many objects at a time as it may', async () => {
    await using rig = new ControllerRig();
    let [running, runningMax] = [0, 0];
    await rig.start(
      controllerOf(
        async (_, { clock }, signal) => {
          running += 1;
          runningMax = Math.max(runningMax, running);
          await sleep(clock, 1000, signal);
          running -= 1;
          return undefined;
        },
        { concurrency: 3 },
      ),
    );
    for (let i = 0; i < 10; i += 1) await rig.create(config(`c${i}`));
    await rig.clock.advanceBy(3999);
    expect(running).toBe(1);
    await rig.clock.advanceBy(1);
    expect([running, runningMax]).toEqual([0, 3]);
  });

  it('looks again when it was asked to, and at once when something changes before', async () => {
    await using rig = new ControllerRig();
    const looks: number[] = [];
    const startMs = rig.clock.now();
    await rig.start(
      controllerOf(async (_, { clock }) => {
        looks.push(clock.now() - startMs);
        return { againAfterMs: 1000 };
      }),
    );
    await rig.create(config('a'));
    await rig.clock.advanceBy(1500);
    await rig.objects.update(config('a', { a: '1' }));
    await rig.clock.advanceBy(1000);
    expect(looks).toEqual([0, 1000, 1500, 2500]);
  });

  it('hears of other kinds through its watches', async () => {
    await using rig = new ControllerRig();
    const looks: string[] = [];
    const watch = watchKind('Pod', ({ object }) => [
      { namespace: 'default', name: object.metadata.labels?.['config'] ?? '' },
    ]);
    await rig.start(
      controllerOf(
        async (name) => {
          looks.push(name);
          return undefined;
        },
        { watches: [watch] },
      ),
    );
    await rig.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', labels: { config: 'a' } },
      spec: { containers: [] },
    });
    expect(looks).toEqual(['a']);
    expect(rig.hosts[0]?.actors).toBe(0);
  });

  it.each<[string, Partial<Controller>, string]>([
    [
      'a watch of which throws',
      {
        watches: [
          watchKind('Pod', () => {
            throw new Error('oops');
          }),
        ],
      },
      'watch of a controller failed: what it leads to is not looked at',
    ],
    [
      'a watch of which is async',
      { watches: [watchKind('Pod', (() => Promise.reject(new Error('oops'))) as never)] },
      'watch of a controller failed: what it leads to is not looked at',
    ],
    [
      'that throws when asked what concerns it',
      {
        concerns: () => {
          throw new Error('oops');
        },
      },
      'controller cannot say what concerns it: looking all the same',
    ],
    [
      'that says later what concerns it',
      { concerns: (() => Promise.reject(new Error('oops'))) as never },
      'controller cannot say what concerns it: looking all the same',
    ],
  ])('%s is named, and looks at what it can', async (_, flaw, words) => {
    const logs: { readonly fields: object; readonly message: string }[] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (fields, message) => void logs.push({ fields, message }),
      child: () => logger,
    };
    await using rig = new ControllerRig({ logger });
    const looks: string[] = [];
    await rig.start(controllerOf(async (name) => void looks.push(name), flaw));
    await rig.create({ ...config('a'), kind: 'Pod', ...{ spec: { containers: [] } } } as never);
    await rig.create(config('b'));
    expect(looks).toEqual(['b']);
    expect(logs[0]).toMatchObject({ fields: { controller: 'config' }, message: words });
  });

  it('looks later, and once, for changes of a kind that it writes itself', async () => {
    await using rig = new ControllerRig();
    const looks: number[] = [];
    const startMs = rig.clock.now();
    const watch = watchKind('Secret', () => [{ namespace: 'default', name: 'a' }], { afterMs: 1000 });
    await rig.start(
      controllerOf(
        async (_, { clock }) => {
          looks.push(clock.now() - startMs);
          return undefined;
        },
        { watches: [watch] },
      ),
    );
    await rig.create(config('a'));
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
    await rig.create(secret);
    await rig.clock.advanceBy(600);
    await rig.objects.delete('Secret', 'default', 's');
    await rig.clock.advanceBy(10_000);
    expect(looks).toEqual([0, 1000]);
    await rig.create(secret);
    for (const host of rig.hosts) host.stop();
    await rig.clock.advanceBy(10_000);
    expect(looks).toEqual([0, 1000]);
  });

  it('rests after a look when it asks to, whatever changes, and counts a further wait from then on', async () => {
    await using rig = new ControllerRig();
    const looks: number[] = [];
    const startMs = rig.clock.now();
    const outcomes: ReconcileOutcome[] = [
      { restMs: 100 },
      { restMs: 100, againAfterMs: 50 },
      { restMs: 100, againAfterMs: 0 },
      { restMs: 100 },
    ];
    await rig.start(
      controllerOf(async (_, { clock }) => {
        looks.push(clock.now() - startMs);
        return outcomes.shift();
      }),
    );
    await rig.create(config('a'));
    for (let i = 0; i < 5; i += 1) {
      await rig.objects.update(config('a', { i: String(i) }));
      await rig.clock.advanceBy(10);
    }
    await rig.clock.advanceBy(10_000);
    expect(looks).toEqual([0, 100, 250, 350]);
    await rig.objects.delete('ConfigMap', 'default', 'a');
    await rig.clock.advanceBy(10_000);
    expect(rig.hosts[0]?.actors).toBe(0);
  });
});

describe('a look that fails', () => {
  it('is repeated after 5 ms, 10 ms, 20 ms..., and is told in an event of its object', async () => {
    await using rig = new ControllerRig();
    const looks: number[] = [];
    const startMs = rig.clock.now();
    await rig.start(
      controllerOf(async (_, { clock }) => {
        looks.push(clock.now() - startMs);
        throw new Error('no luck');
      }),
    );
    await rig.create(config('a'));
    await rig.clock.advanceBy(80);
    expect(looks).toEqual([0, 5, 15, 35, 75]);
    expect(rig.events[0]).toEqual({
      component: 'config-controller',
      about: 'ConfigMap/a',
      type: 'Warning',
      reason: 'FailedReconcile',
      message: 'no luck',
    });
  });

  it('is one that does not say when to look again', async () => {
    await using rig = new ControllerRig();
    let looks = 0;
    await rig.start(
      controllerOf(async () => {
        looks += 1;
        return { againAfterMs: Number.NaN };
      }),
    );
    await rig.create(config('a'));
    await rig.clock.advanceBy(1000);
    expect(looks).toBeLessThan(10);
    expect(rig.events[0]).toMatchObject({
      reason: 'FailedReconcile',
      message: 'againAfterMs: NaN is no number of milliseconds',
    });
  });

  it('is one that wants to be made again in a time that is over: the others go on all the same', async () => {
    await using rig = new ControllerRig();
    let looks = 0;
    await rig.start(
      controllerOf(async () => {
        looks += 1;
        // Else this test would never end.
        return looks < 5000 ? { againAfterMs: -5 } : undefined;
      }),
    );
    await rig.create(config('a'));
    await rig.clock.advanceBy(1000);
    expect(looks).toBeLessThan(1100);
  });

  it('is not told twice when it has recorded a warning about its object itself', async () => {
    await using rig = new ControllerRig();
    const warning = (message: string) => ({ type: 'Warning', reason: 'NoLuck', message }) as const;
    await rig.start(
      controllerOf(async (name, { cache, recordEvent }) => {
        const object = cache('ConfigMap').get('default', name);
        if (object === undefined) return undefined;
        if (name === 'told') recordEvent(object, warning('in its own words'));
        if (name === 'untold') recordEvent({ ...object, kind: 'Secret' }, warning('about another object'));
        throw new Error('no luck');
      }),
    );
    await rig.create(config('told'));
    await rig.create(config('untold'));
    const lines = rig.events.map(({ about, reason }) => `${about} ${reason}`);
    expect(lines).toEqual([
      'ConfigMap/told NoLuck',
      'Secret/untold NoLuck',
      'ConfigMap/untold FailedReconcile',
    ]);
  });

  it('keeps no other object waiting', async () => {
    await using rig = new ControllerRig();
    const looks: string[] = [];
    await rig.start(
      controllerOf(
        async (name) => {
          looks.push(name);
          if (name === 'bad') throw new Error('no luck');
          return undefined;
        },
        { concurrency: 1 },
      ),
    );
    await rig.create(config('bad'));
    await rig.create(config('good'));
    expect(looks).toContain('good');
    expect(rig.errors).toEqual([]);
  });

  it.each([
    { name: 'itself', failure: () => new MooringError('OUTCOME_UNKNOWN', 'no answer') },
    { name: 'full', failure: () => new MooringError('STORE_FULL', 'no room') },
    {
      name: 'in the words of the look',
      failure: () => new Error('oh', { cause: new MooringError('TRANSPORT_UNAVAILABLE', 'no connection') }),
    },
  ])(
    'is repeated soon after the store answers again, however long it did not: $name',
    async ({ failure }) => {
      await using rig = new ControllerRig();
      let isDown = true;
      let isDone = false;
      await rig.start(
        controllerOf(async () => {
          if (isDown) throw failure();
          isDone = true;
        }),
      );
      await rig.create(config('a'));
      await rig.clock.advanceBy(1_000_000);
      isDown = false;
      await rig.clock.advanceBy(30_000);
      expect(isDone).toBe(true);
    },
  );

  it('is given up after so many tries, for ten minutes or until something changes', async () => {
    await using rig = new ControllerRig();
    let looks = 0;
    await rig.start(
      controllerOf(
        async () => {
          looks += 1;
          throw new Error('no luck');
        },
        { retry: { triesMax: 3 } },
      ),
    );
    await rig.create(config('a'));
    await rig.clock.advanceBy(599_000);
    expect(looks).toBe(3);
    await rig.objects.update(config('a', { a: '1' }));
    await rig.clock.advanceBy(599_000);
    expect(looks).toBe(6);
    await rig.clock.advanceBy(2000);
    expect(looks).toBe(9);
    await rig.objects.delete('ConfigMap', 'default', 'a');
    await rig.clock.advanceBy(3_600_000);
    expect(looks).toBe(12);
    expect(rig.hosts[0]?.actors).toBe(0);
  });
});

describe('reading its own writes', () => {
  /** Watches, of all kinds or of one, that tell of changes only while nobody holds them. */
  function slowWatch(held?: string) {
    let release = () => {};
    let gate = Promise.resolve();
    const watched = (objects: ObjectStore): ObjectStore => ({
      ...objects,
      watch: (kind, namespace, options) =>
        (async function* () {
          for await (const event of objects.watch(kind, namespace, options)) {
            if (held === undefined || kind === held) await gate;
            yield event;
          }
        })(),
    });
    const hold = () => {
      gate = new Promise((resolve) => {
        release = resolve;
      });
    };
    return { watched, hold, release: () => release() };
  }

  it('waits for the caches to see what the last look wrote, however long that takes', async () => {
    const { watched, hold, release } = slowWatch();
    await using rig = new ControllerRig({ watched });
    const seen: number[] = [];
    await rig.start(
      controllerOf(
        async (_, { cache, objects }) => {
          const made = cache('Secret').list().length;
          seen.push(made);
          if (made === 3) return undefined;
          if (made === 1) hold();
          await objects.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: `s${made}` } });
          return { againAfterMs: 100 };
        },
        { reads: ['Secret'] },
      ),
    );
    await rig.create(config('a'));
    await rig.clock.advanceBy(20_000);
    expect(seen).toEqual([0, 1]);
    release();
    await rig.clock.advanceBy(20_000);
    expect(seen).toEqual([0, 1, 2, 3]);
    expect((await rig.list('Secret')).map(({ metadata }) => metadata.name)).toEqual(['s0', 's1', 's2']);
  });

  it('does not act on a cache that is stuck, and says so', async () => {
    const { watched, hold } = slowWatch();
    await using rig = new ControllerRig({ watched });
    let looks = 0;
    await rig.start(
      controllerOf(
        async (_, { objects }) => {
          looks += 1;
          hold();
          await objects.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: `s${looks}` } });
          return { againAfterMs: 100 };
        },
        { reads: ['Secret'] },
      ),
    );
    await rig.create(config('a'));
    await rig.clock.advanceBy(120_000);
    expect(looks).toBe(1);
    expect(rig.events[0]?.message).toContain('seeing in the caches what was written for default/a');
  });

  it('looks at once when something changes while it rests because of that', async () => {
    const { watched, hold, release } = slowWatch('Secret');
    await using rig = new ControllerRig({ watched });
    const looksAtMs: number[] = [];
    await rig.start(
      controllerOf(
        async (_, { objects }) => {
          looksAtMs.push(rig.clock.monotonicMs());
          hold();
          const name = `s${looksAtMs.length}`;
          await objects.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name } });
          return undefined;
        },
        { reads: ['Secret'], retry: { backOffMs: 100_000 } },
      ),
    );
    await rig.create(config('a'));
    const touch = async (word: string) => {
      await rig.objects.patchWith('ConfigMap', 'default', 'a', (current) => ({ ...current, data: { word } }));
      await rig.settle();
    };
    await touch('waits for the caches, in vain');
    await rig.clock.advanceBy(40_000);
    release();
    const changedAtMs = rig.clock.monotonicMs();
    await touch('ends the rest');
    expect(looksAtMs.slice(1)).toEqual([changedAtMs]);
  });

  it('waits for what it deleted to be gone', async () => {
    await using rig = new ControllerRig();
    const seen: number[] = [];
    await rig.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } } as ApiObject);
    await rig.start(
      controllerOf(
        async (_, { cache, objects }) => {
          const [first] = cache('Secret').list();
          seen.push(cache('Secret').list().length);
          if (first !== undefined) await objects.delete('Secret', 'default', 's');
          return first === undefined ? undefined : { againAfterMs: 0 };
        },
        { reads: ['Secret'] },
      ),
    );
    await rig.create(config('a'));
    await rig.clock.advanceBy(1000);
    expect(seen).toEqual([1, 0]);
  });
});

describe('what is left to be done for an object that is gone', () => {
  it('is done, however often it fails', async () => {
    await using rig = new ControllerRig();
    let failuresLeft = 3;
    const looks: string[] = [];
    await rig.start(
      controllerOf(async (name, { cache }) => {
        const isGone = cache('ConfigMap').get('default', name) === undefined;
        looks.push(isGone ? 'gone' : 'there');
        if (isGone && failuresLeft-- > 0) throw new Error('no luck');
        return undefined;
      }),
    );
    await rig.create(config('a'));
    await rig.objects.delete('ConfigMap', 'default', 'a');
    await rig.clock.advanceBy(1000);
    expect(looks).toEqual(['there', 'gone', 'gone', 'gone', 'gone']);
    expect(rig.hosts[0]?.actors).toBe(0);
  });
});

describe('a controller without a kind of its own', () => {
  it('has actors for what its watches ask for, as long as there is something to do', async () => {
    await using rig = new ControllerRig();
    const looks: string[] = [];
    await rig.start(
      defineController({
        name: 'labels',
        watches: [watchKind('ConfigMap', ({ object }) => Object.keys(object.data ?? {}).map(nameOnly))],
        reconcile: async ({ name }) => {
          looks.push(name);
          return looks.length < 3 ? { againAfterMs: 1000 } : undefined;
        },
      }),
    );
    await rig.create(config('none'));
    await rig.create(config('one', { a: '1' }));
    expect(rig.hosts[0]?.actors).toBe(1);
    await rig.clock.advanceBy(5000);
    expect(looks).toEqual(['a', 'a', 'a']);
    expect(rig.hosts[0]?.actors).toBe(0);
  });
});

function nameOnly(name: string): { readonly namespace: undefined; readonly name: string } {
  return { namespace: undefined, name };
}
