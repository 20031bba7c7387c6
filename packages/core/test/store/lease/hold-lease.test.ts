import { describe, expect, it } from 'vitest';
import { fc } from '../../../../../test/support/fast-check.ts';
import { MooringError } from '../../../src/contract/error.ts';
import { silentLogger } from '../../../src/contract/logger.ts';
import { type HeldLease, holdLease } from '../../../src/store/lease/hold-lease.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { createObjectStore, type ObjectStore } from '../../../src/store/object-store.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

const durationMs = 20_000;

interface Contender {
  readonly lease: HeldLease;
  /** What the store does to this contender. */
  fault: 'none' | 'down' | 'no-answer' | 'hung';
  readonly terms: { readonly token: number; readonly fromMs: number; toMs: number | undefined }[];
}

class Stage {
  readonly clock = new TestClock();
  readonly contenders: Contender[] = [];
  private readonly random: SeededRandom;
  readonly objects: ObjectStore;

  constructor(seed = 'lease') {
    this.random = new SeededRandom(seed);
    this.objects = createObjectStore({ store: createMemoryStore(), clock: this.clock, random: this.random });
  }

  add(identity: string): Contender {
    const terms: Contender['terms'] = [];
    const state = { fault: 'none' as Contender['fault'] };
    const contender: Contender = Object.assign(state, {
      terms,
      lease: holdLease({
        objects: this.faulty(() => state.fault),
        namespace: 'kube-system',
        name: 'controllers',
        identity,
        durationMs,
        clock: this.clock,
        random: this.random,
        logger: silentLogger,
        onHeld: (token, signal) => {
          const term = { token, fromMs: this.clock.monotonicMs(), toMs: undefined as number | undefined };
          terms.push(term);
          signal.addEventListener('abort', () => {
            term.toMs ??= this.clock.monotonicMs();
          });
        },
      }),
    });
    this.contenders.push(contender);
    return contender;
  }

  /** As with a crash: nothing is given up, nothing is done any more. */
  crash({ lease, terms }: Contender): void {
    lease.ref.stop();
    const last = terms.at(-1);
    if (last !== undefined) last.toMs ??= this.clock.monotonicMs();
  }

  get holders(): readonly string[] {
    const isAlive = ({ lease }: Contender) => lease.ref.getSnapshot().status === 'active';
    return this.contenders
      .filter((one) => isAlive(one) && one.lease.isHeld)
      .map(({ terms }) => String(terms.length));
  }

  private faulty(faultOf: () => Contender['fault']): ObjectStore {
    const { objects } = this;
    const check = async () => {
      if (faultOf() === 'hung') await new Promise(() => {});
      if (faultOf() === 'down') throw new MooringError('TRANSPORT_UNAVAILABLE', 'the store is away');
    };
    const answer = async <T>(result: T): Promise<T> => {
      if (faultOf() === 'no-answer') throw new MooringError('OUTCOME_UNKNOWN', 'the answer was lost');
      return result;
    };
    return {
      ...objects,
      get: async (kind, namespace, name, signal) => {
        await check();
        return await objects.get(kind, namespace, name, signal);
      },
      create: async (object, options) => {
        await check();
        return await answer(await objects.create(object, options));
      },
      update: async (object, signal) => {
        await check();
        return await answer(await objects.update(object, signal));
      },
    };
  }
}

describe('a lease', () => {
  it('is taken by the first who asks, and kept for as long as it is renewed', async () => {
    const stage = new Stage();
    const first = stage.add('a');
    await stage.clock.advanceBy(0);
    const second = stage.add('b');
    await stage.clock.advanceBy(600_000);
    expect([first.terms.length, first.lease.isHeld]).toEqual([1, true]);
    expect([second.terms.length, second.lease.isHeld, second.lease.holder]).toEqual([0, false, 'a']);
    const lease = await stage.objects.get('Lease', 'kube-system', 'controllers');
    expect(lease?.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 20, leaseTransitions: 0 });
    expect(lease?.spec?.renewTime).toMatch(/\.\d{6}Z$/);
  });

  it('goes to another within its duration when its holder crashes', async () => {
    const stage = new Stage();
    const first = stage.add('a');
    await stage.clock.advanceBy(0);
    const second = stage.add('b');
    await stage.clock.advanceBy(60_000);
    stage.crash(first);
    const crashedMs = stage.clock.monotonicMs();
    await stage.clock.advanceUntil(() => second.lease.isHeld, 60_000);
    const tookMs = stage.clock.monotonicMs() - crashedMs;
    expect(tookMs).toBeGreaterThan(durationMs * 0.5);
    expect(tookMs).toBeLessThanOrEqual(durationMs + 7500);
    expect(second.terms[0]?.token).toBeGreaterThan(first.terms[0]?.token ?? 0);
    expect((await stage.objects.get('Lease', 'kube-system', 'controllers'))?.spec?.leaseTransitions).toBe(1);
  });

  it('goes to another at the next look when its holder gives it up', async () => {
    const stage = new Stage();
    const first = stage.add('a');
    await stage.clock.advanceBy(0);
    const second = stage.add('b');
    await stage.clock.advanceBy(60_000);
    await first.lease[Symbol.asyncDispose]();
    await stage.clock.advanceUntil(() => second.lease.isHeld, 60_000);
    expect(stage.clock.monotonicMs() - 60_000).toBeLessThanOrEqual(7500);
  });

  it('is left to run out by a holder that ends while its store hangs', async () => {
    const stage = new Stage();
    const first = stage.add('a');
    await stage.clock.advanceBy(0);
    const second = stage.add('b');
    await stage.clock.advanceBy(60_000);
    first.fault = 'hung';
    let hasEnded = false;
    void first.lease[Symbol.asyncDispose]().then(() => {
      hasEnded = true;
    });
    await stage.clock.advanceBy(5000);
    expect([hasEnded, first.lease.isHeld, second.lease.isHeld]).toEqual([true, false, false]);
    await stage.clock.advanceUntil(() => second.lease.isHeld, 60_000);
  });

  it('is given up by a holder that cannot renew it, before another may take it', async () => {
    const stage = new Stage();
    const first = stage.add('a');
    await stage.clock.advanceBy(0);
    const second = stage.add('b');
    await stage.clock.advanceBy(60_000);
    first.fault = 'down';
    await stage.clock.advanceUntil(() => second.lease.isHeld, 60_000);
    const [ended, began] = [first.terms[0]?.toMs ?? Number.NaN, second.terms[0]?.fromMs ?? Number.NaN];
    expect(ended).toBeLessThan(began);
    first.fault = 'none';
    await stage.clock.advanceBy(60_000);
    expect([first.lease.isHeld, second.lease.isHeld]).toEqual([false, true]);
  });

  it('stays with a holder whose store is away for a moment', async () => {
    const stage = new Stage();
    const only = stage.add('a');
    await stage.clock.advanceBy(10_000);
    only.fault = 'down';
    await stage.clock.advanceBy(10_000);
    only.fault = 'no-answer';
    await stage.clock.advanceBy(3000);
    only.fault = 'none';
    await stage.clock.advanceBy(600_000);
    expect(only.terms).toHaveLength(1);
  });

  it('of a holder that was overtaken ends at once', async () => {
    const stage = new Stage();
    const first = stage.add('a');
    await stage.clock.advanceBy(1000);
    await stage.objects.patchWith('Lease', 'kube-system', 'controllers', (lease) => ({
      ...lease,
      spec: { ...lease.spec, holderIdentity: 'somebody' },
    }));
    await stage.clock.advanceBy(5000);
    expect([first.lease.isHeld, first.lease.holder]).toEqual([false, 'somebody']);
  });
});

it('whatever happens, two never hold a lease at the same time, and tokens grow', async () => {
  const step = fc.record({
    who: fc.integer({ min: 0, max: 2 }),
    what: fc.constantFrom('none', 'down', 'no-answer', 'crash', 'release', 'new'),
    thenMs: fc.integer({ min: 0, max: 40_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.string(), async (steps, seed) => {
      const stage = new Stage(seed);
      const live = [stage.add('a'), stage.add('b'), stage.add('c')];
      for (const [i, { who, what, thenMs }] of steps.entries()) {
        const contender = live[who];
        if (contender === undefined) continue;
        if (what === 'crash' || what === 'new') stage.crash(contender);
        else if (what === 'release') await contender.lease[Symbol.asyncDispose]();
        else contender.fault = what as Contender['fault'];
        if (what === 'new') live[who] = stage.add(`n${i}`);
        await stage.clock.advanceBy(thenMs);
        expect(stage.holders.length).toBeLessThanOrEqual(1);
      }
      const terms = stage.contenders.flatMap((one) => one.terms).toSorted((x, y) => x.fromMs - y.fromMs);
      for (const [i, term] of terms.entries()) {
        const next = terms[i + 1];
        if (next === undefined) continue;
        expect(term.toMs ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(next.fromMs);
        expect(next.token).toBeGreaterThan(term.token);
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);
