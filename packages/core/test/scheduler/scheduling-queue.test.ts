import { describe, expect, it } from 'vitest';
import type { PodSpec } from '../../src/api/pod.ts';
import { NeedsBook } from '../../src/scheduler/pod-needs.ts';
import { SchedulingQueue, type WaitingPod } from '../../src/scheduler/scheduling-queue.ts';
import { specOf, storedPod } from './examples.ts';

const book = new NeedsBook();

class Scene {
  readonly queue = new SchedulingQueue({ backOffMs: 1000, backOffMsMax: 10_000, staleMs: 300_000 });
  nowMs = 0;

  add(name: string, spec: PodSpec = specOf()): void {
    this.queue.set(storedPod(name, spec), book.of(spec), this.nowMs);
  }

  /** The one that has to be there. */
  take(): WaitingPod {
    const waiting = this.queue.take();
    if (waiting === undefined) throw new Error('nothing is ready');
    return waiting;
  }

  /** Names of all that are ready, in order. */
  drain(): string {
    const names: string[] = [];
    for (let next = this.queue.take(); next !== undefined; next = this.queue.take())
      names.push(next.pod.metadata.name);
    return names.join(' ');
  }

  fail(waiting = this.take()): WaitingPod {
    this.queue.failed(waiting, this.nowMs);
    return waiting;
  }
}

describe('pods that can be tried', () => {
  it('come by priority, then by the time since which they wait, then as they came', () => {
    const scene = new Scene();
    scene.add('late', specOf({}, { priority: 5 }));
    scene.nowMs = 1;
    scene.add('low');
    scene.add('low-too');
    scene.add('high', specOf({}, { priority: 1000 }));
    expect(scene.drain()).toBe('high late low low-too');
  });

  it('are each there once, however often they are told of', () => {
    const scene = new Scene();
    scene.add('a');
    scene.add('a');
    expect([scene.drain(), scene.queue.size]).toEqual(['a', 1]);
  });

  it('come in the order of a priority that has changed', () => {
    const scene = new Scene();
    scene.add('a');
    scene.add('b');
    scene.add('b', specOf({}, { priority: 1 }));
    expect(scene.drain()).toBe('b a');
  });

  it('are gone when they are removed, wherever they are', () => {
    const scene = new Scene();
    for (const name of ['active', 'out', 'failed', 'erring']) scene.add(name);
    const [active, out, failed, erring] = [scene.take(), scene.take(), scene.take(), scene.take()];
    expect(active.pod.metadata.name).toBe('active');
    scene.add('active-too');
    scene.fail(failed);
    scene.queue.erred(erring, 0);
    for (const { pod } of [active, out, failed, erring]) scene.queue.remove(pod.metadata.uid);
    scene.queue.remove('uid-active-too');
    // It comes back to a queue that has forgotten it.
    scene.queue.failed(out, 0);
    scene.queue.erred(active, 0);
    scene.queue.release(1_000_000);
    scene.queue.wakeStale(1_000_000);
    expect([scene.queue.size, scene.queue.unschedulableSize, scene.queue.hasReady]).toEqual([0, 0, false]);
  });
});

describe('a pod that no node takes', () => {
  it('rests until something helps it', () => {
    const scene = new Scene();
    scene.add('a');
    scene.fail();
    expect([scene.queue.hasReady, scene.queue.unschedulableSize]).toEqual([false, 1]);
    scene.queue.wake(() => false, 500);
    expect(scene.queue.hasReady).toBe(false);
    scene.queue.wake(() => true, 1000);
    expect([scene.drain(), scene.queue.unschedulableSize]).toEqual(['a', 0]);
  });

  it('is asked about once for all pods that need the same', () => {
    const scene = new Scene();
    for (const name of ['a', 'b', 'c']) scene.add(name);
    scene.add('big', specOf({ cpu: '9' }));
    for (let i = 0; i < 4; i += 1) scene.fail();
    let asked = 0;
    scene.queue.wake((needs) => {
      asked += 1;
      return needs.requests.size === 0;
    }, 60_000);
    expect([asked, scene.drain(), scene.queue.unschedulableSize]).toEqual([2, 'a b c', 1]);
  });

  it('comes after those whose back-off is over, even if nothing else is ready', () => {
    const scene = new Scene();
    scene.add('a');
    scene.fail();
    scene.queue.wake(() => true, 100);
    scene.add('b');
    // `a` may be tried before its time, because nobody else is left.
    expect(scene.drain()).toBe('b a');
  });

  it.each([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [4, 8000],
    [5, 10_000],
    [60, 10_000],
  ])('after %i tries has a back-off of %i ms, in which others go first', (tries, backOffMs) => {
    const scene = new Scene();
    scene.add('a');
    for (let i = 0; i < tries; i += 1) {
      scene.fail();
      if (i < tries - 1) scene.queue.wake(() => true, scene.nowMs + 10_000);
    }
    scene.queue.wake(() => true, 0);
    scene.queue.release(backOffMs - 1);
    scene.add('b', specOf({}, { priority: -1 }));
    expect(scene.take().pod.metadata.name).toBe('b');
    scene.queue.release(backOffMs);
    scene.add('c', specOf({}, { priority: -1 }));
    expect(scene.drain()).toBe('a c');
  });

  it('is tried again at once when it has changed itself', () => {
    const scene = new Scene();
    scene.add('a', specOf({ cpu: '9' }));
    scene.fail();
    // A new status is no change.
    scene.add('a', specOf({ cpu: '9' }));
    expect(scene.queue.hasReady).toBe(false);
    scene.nowMs = 2000;
    scene.add('a', specOf({ cpu: '9' }, { tolerations: [{ operator: 'Exists' }] }));
    expect([scene.queue.unschedulableSize, scene.drain()]).toEqual([0, 'a']);
  });

  it('is tried after five minutes, whatever was missed', () => {
    const scene = new Scene();
    scene.add('a');
    scene.fail();
    scene.nowMs = 60_000;
    scene.add('b');
    scene.fail();
    scene.queue.wakeStale(299_999);
    expect(scene.queue.hasReady).toBe(false);
    scene.queue.wakeStale(300_000);
    expect([scene.drain(), scene.queue.unschedulableSize]).toEqual(['a', 1]);
  });
});

describe('a pod whose try ended in an error', () => {
  it.each([
    [1, 1000],
    [2, 2000],
    [4, 8000],
    [5, 10_000],
  ])('waits after %i of them for %i ms, and nobody hurries it', (errors, backOffMs) => {
    const scene = new Scene();
    scene.add('a');
    const waiting = scene.take();
    for (let i = 0; i < errors; i += 1) scene.queue.erred(waiting, 0);
    scene.queue.release(backOffMs - 1);
    expect([scene.queue.hasReady, scene.queue.nextReleaseMs]).toEqual([false, backOffMs]);
    scene.queue.release(backOffMs);
    expect([scene.drain(), scene.queue.nextReleaseMs]).toEqual(['a', undefined]);
  });

  it('begins anew after a try without one', () => {
    const scene = new Scene();
    scene.add('a');
    const waiting = scene.take();
    for (let i = 0; i < 4; i += 1) scene.queue.erred(waiting, 0);
    scene.queue.release(8000);
    scene.fail();
    scene.queue.wake(() => true, 20_000);
    scene.queue.erred(scene.take(), 20_000);
    expect(scene.queue.nextReleaseMs).toBe(21_000);
  });

  it('waits to the end of the second, so that those who wait together go by priority', () => {
    const scene = new Scene();
    scene.add('low');
    scene.add('high', specOf({}, { priority: 9 }));
    const [high, low] = [scene.take(), scene.take()];
    scene.queue.erred(low, 100);
    scene.queue.erred(high, 900);
    expect(scene.queue.nextReleaseMs).toBe(2000);
    scene.queue.release(2000);
    expect(scene.drain()).toBe('high low');
  });
});
