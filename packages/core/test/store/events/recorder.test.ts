import { describe, expect, it } from 'vitest';
import { MooringError } from '../../../src/contract/error.ts';
import { systemRandom } from '../../../src/engine/system-clock.ts';
import type { EventInput } from '../../../src/store/events/correlator.ts';
import { keepEventsBounded, sweepEvents } from '../../../src/store/events/event-retention.ts';
import { createEventRecorder } from '../../../src/store/events/recorder.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { createObjectStore } from '../../../src/store/object-store.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

function harness(more: { queueMax?: number } = {}) {
  const clock = new TestClock();
  const store = createMemoryStore();
  const objects = createObjectStore({ store, clock, random: systemRandom });
  const recorder = createEventRecorder({
    objects,
    clock,
    random: systemRandom,
    component: 'kubelet',
    host: 'node-a',
    ...more,
  });
  const events = async () => (await objects.list('Event')).items;
  return { clock, store, objects, recorder, events };
}

function event(message: string, name = 'web'): EventInput {
  return {
    object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name, uid: `uid-${name}` },
    type: 'Normal',
    reason: 'Started',
    message,
  };
}

describe('the event recorder', () => {
  it('stores an event in the namespace of its object', async () => {
    const { recorder, events } = harness();
    recorder.record(event('Container started'));
    await recorder.flush();
    expect(await events()).toMatchObject([
      {
        metadata: { namespace: 'shop', name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) },
        involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'uid-web' },
        type: 'Normal',
        reason: 'Started',
        message: 'Container started',
        count: 1,
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        source: { component: 'kubelet', host: 'node-a' },
        reportingComponent: 'kubelet',
        reportingInstance: 'node-a',
      },
    ]);
  });

  it('puts an event about a node into the default namespace', async () => {
    const { recorder, events } = harness();
    recorder.record({ ...event('Starting kubelet.'), object: { kind: 'Node', name: 'node-a' } });
    await recorder.flush();
    expect((await events())[0]?.metadata.namespace).toBe('default');
  });

  it('brings the stored event up to date when it happens again', async () => {
    const { clock, recorder, events } = harness();
    recorder.record(event('a'));
    await clock.advanceBy(30_000);
    recorder.record(event('a'));
    recorder.record(event('a'));
    await recorder.flush();
    expect(await events()).toMatchObject([
      { count: 3, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:30Z' },
    ]);
  });

  it('creates an event anew that was taken out meanwhile', async () => {
    const { recorder, objects, events } = harness();
    recorder.record(event('a'));
    await recorder.flush();
    const [stored] = await events();
    await objects.delete('Event', 'shop', stored?.metadata.name ?? '');
    recorder.record(event('a'));
    await recorder.flush();
    expect(await events()).toMatchObject([{ count: 2 }]);
  });

  it('tries again every ten seconds while the store is down, twelve times', async () => {
    const { clock, store, recorder, events } = harness();
    const create = store.create.bind(store);
    let tries = 0;
    store.create = async () => {
      tries += 1;
      throw new MooringError('DEADLINE_EXCEEDED', 'down');
    };
    recorder.record(event('a'));
    await clock.advanceBy(50_000);
    expect(tries).toBe(6);
    store.create = create;
    await clock.advanceBy(10_000);
    expect(await events()).toHaveLength(1);
    store.create = async () => {
      throw new MooringError('DEADLINE_EXCEEDED', 'down');
    };
    recorder.record(event('b'));
    await clock.advanceBy(3_600_000);
    expect(recorder.stats()).toMatchObject({ dropped: 1 });
    expect(clock.pending).toBe(0);
  });

  it('does not try again what the store refuses', async () => {
    const { clock, recorder } = harness();
    recorder.record(event('a', 'not/a/name*'));
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ dropped: 1 });
    expect(clock.pending).toBe(0);
  });

  it('drops and counts what does not fit into the queue', async () => {
    const { recorder, events } = harness({ queueMax: 10 });
    for (let i = 0; i < 25; i += 1) recorder.record(event('a', `web-${i}`));
    await recorder.flush();
    expect(await events()).toHaveLength(10);
    expect(recorder.stats()).toEqual({ recorded: 25, filtered: 0, dropped: 15 });
  });

  it('stores what a slow store has not taken yet only once, in its newest state', async () => {
    const { store, recorder, events } = harness();
    let writes = 0;
    const create = store.create.bind(store);
    store.create = (...args) => {
      writes += 1;
      return create(...args);
    };
    for (let i = 0; i < 5; i += 1) recorder.record(event('a'));
    await recorder.flush();
    expect(writes).toBe(1);
    expect(await events()).toMatchObject([{ count: 5 }]);
  });

  it('records three events of ten thousand pods at a cost that does not grow with their number', async () => {
    const { recorder, store } = harness({ queueMax: 100_000 });
    const before = process.cpuUsage();
    for (let i = 0; i < 10_000; i += 1)
      for (const message of ['Pulled', 'Created', 'Started']) recorder.record(event(message, `web-${i}`));
    await recorder.flush();
    const { user, system } = process.cpuUsage(before);
    expect((await store.list('events/')).entries).toHaveLength(30_000);
    // About 0.05 ms each on an idle machine; a walk over the waiting or the known ones would cost milliseconds.
    expect((user + system) / 30_000).toBeLessThan(200);
  });
});

describe('old events', () => {
  it('are taken out an hour after they were last seen', async () => {
    const { clock, store, recorder, events } = harness();
    await using _ = keepEventsBounded({ store, clock });
    recorder.record(event('once'));
    recorder.record(event('again'));
    await clock.advanceBy(1_800_000);
    recorder.record(event('again'));
    await clock.advanceBy(1_920_000);
    expect((await events()).map(({ message }) => message)).toEqual(['again']);
    await clock.advanceBy(1_920_000);
    expect(await events()).toEqual([]);
  });

  it('are taken out first when there are too many', async () => {
    const { clock, store, recorder, events } = harness();
    for (let i = 0; i < 8; i += 1) {
      recorder.record(event(`m${i}`));
      await clock.advanceBy(1000);
    }
    const removed = await sweepEvents({ store, clock, totalMax: 3 }, new AbortController().signal);
    expect(removed).toBe(5);
    expect((await events()).map(({ message }) => message).sort()).toEqual(['m5', 'm6', 'm7']);
  });

  it('leave the event loop to others while many are taken out', async () => {
    const { clock, store, recorder } = harness();
    for (let i = 0; i < 100; i += 1) recorder.record(event('Container started', `web-${i}`));
    await recorder.flush();
    let turns = 0;
    const counting = Object.assign(Object.create(clock) as TestClock, {
      later(fn: () => void) {
        turns += 1;
        queueMicrotask(fn);
      },
    });
    const signal = new AbortController().signal;
    expect(await sweepEvents({ store, clock: counting, totalMax: 0 }, signal)).toBe(100);
    expect(turns).toBe(3);
  });

  it('are left alone when they were seen again during the sweep', async () => {
    const { clock, store, objects, recorder, events } = harness();
    recorder.record(event('a'));
    await clock.advanceBy(3_700_000);
    const name = (await events())[0]?.metadata.name ?? '';
    const list = store.list.bind(store);
    store.list = async (...args) => {
      const listed = await list(...args);
      await objects.patchWith('Event', 'shop', name, (current) => ({ ...current, count: 2 }));
      return listed;
    };
    expect(await sweepEvents({ store, clock }, new AbortController().signal)).toBe(0);
  });

  it('are swept on after a sweep that failed, until disposed', async () => {
    const { clock, store } = harness();
    let sweeps = 0;
    store.list = async () => {
      sweeps += 1;
      throw new Error('down');
    };
    const retention = keepEventsBounded({ store, clock });
    await clock.advanceBy(180_000);
    expect(sweeps).toBe(3);
    await retention[Symbol.asyncDispose]();
    await clock.advanceBy(180_000);
    expect(sweeps).toBe(3);
  });
});
