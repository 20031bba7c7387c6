import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../src/api/objects.ts';
import { MooringError } from '../../../src/contract/error.ts';
import type { Logger } from '../../../src/contract/logger.ts';
import { silentLogger } from '../../../src/contract/logger.ts';
import { LeaseKeeper, type LeaseKeeperOptions } from '../../../src/kubelet/node/lease-keeper.ts';
import { type HeldName, heldBy, holderAnnotation, holderOf } from '../../../src/kubelet/node/node-name.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { createObjectStore } from '../../../src/store/object-store.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

const lease: Lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'node-a', namespace: 'kube-node-lease', annotations: { theirs: 'x' } },
};

describe('the record of who holds the name of a node', () => {
  it('is read as it was written, beside annotations of others', () => {
    const name: HeldName = {
      holder: { instance: 'i', host: 'h', process: { pid: 7, startTicks: 8, boot: 'b' } },
      since: '2026-01-01T00:00:00Z',
    };
    expect(holderOf(heldBy(lease, name))).toEqual(name);
    expect(holderOf(heldBy(heldBy(lease, name), undefined))).toBeUndefined();
    expect(heldBy(heldBy(lease, name), undefined)).toEqual(lease);
  });

  it.each(['', 'somebody', '[]', 'null', '{"pid":1}', '{"instance":5,"host":{},"process":{"pid":"x"}}'])(
    'stands for somebody when it cannot be read: %j',
    (text) => {
      const written = {
        ...lease,
        metadata: { ...lease.metadata, annotations: { [holderAnnotation]: text } },
      };
      expect(holderOf(written)).toEqual({
        holder: { instance: text, host: 'an unknown host' },
        since: 'an unknown time',
      });
    },
  );
});

const durationMs = 40_000;

/** Agents that want the name `node-a`, over one store. */
class Rivals {
  readonly clock = new TestClock();
  readonly signal = new AbortController().signal;
  readonly warnings: string[] = [];
  /** Instances of which it is known that they have ended. */
  readonly gone = new Set<string>();
  readonly objects = createObjectStore({
    store: createMemoryStore(),
    clock: this.clock,
    random: new SeededRandom('rivals'),
  });
  private readonly logger: Logger = {
    ...silentLogger,
    warn: (_, message) => this.warnings.push(message),
  };

  agent(instance: string, options: Partial<LeaseKeeperOptions> = {}): LeaseKeeper {
    return new LeaseKeeper({
      nodeName: 'node-a',
      durationMs,
      clock: this.clock,
      logger: this.logger,
      objects: this.objects,
      self: { instance, host: `host of ${instance}`, process: { pid: 4711 } },
      isGone: (holder) => this.gone.has(holder.instance),
      onRenewed: () => {},
      ...options,
    });
  }

  /** How taking the name ended, and when. */
  async taking(agent: LeaseKeeper, limitMs: number): Promise<{ readonly how: string; readonly ms: number }> {
    const fromMs = this.clock.monotonicMs();
    let how = 'waits';
    let atMs = 0;
    const end = (words: string) => {
      how = words;
      atMs = this.clock.monotonicMs() - fromMs;
    };
    void agent.take(this.signal).then(
      () => end('has it'),
      (error: Error) => end(error.message),
    );
    await this.clock.advanceBy(limitMs);
    return { how, ms: atMs };
  }

  async holder(): Promise<string | undefined> {
    return holderOf(await this.objects.get('Lease', 'kube-node-lease', 'node-a'))?.holder.instance;
  }
}

describe('the name of a node', () => {
  it('is taken at once when it is free, and when its holder has given it back', async () => {
    const rivals = new Rivals();
    const first = rivals.agent('first');
    expect(await rivals.taking(first, 0)).toEqual({ how: 'has it', ms: 0 });
    expect(first.isValid).toBe(true);
    await first.release();
    expect(first.isValid).toBe(false);
    expect(await rivals.taking(rivals.agent('second'), 0)).toEqual({ how: 'has it', ms: 0 });
    expect(await rivals.holder()).toBe('second');
    expect(rivals.warnings).toEqual([]);
    await first.release();
    expect(await rivals.holder()).toBe('second');
  });

  it('is refused as soon as its holder gives a sign of life, and the words say who that is', async () => {
    const rivals = new Rivals();
    const first = rivals.agent('first');
    await rivals.taking(first, 5000);
    rivals.clock.setTimeout(() => void first.renew(rivals.signal), 9500);
    // The lease is looked at every 2 s.
    expect(await rivals.taking(rivals.agent('second'), 20_000)).toEqual({
      how: 'the name of node node-a is held by an agent on host of first, process 4711, since 2026-01-01T00:00:00Z: stop that agent, or give this one another name',
      ms: 10_000,
    });
    expect(await rivals.holder()).toBe('first');
    expect(rivals.warnings).toEqual(['waiting whether the agent that holds the name of the node lives']);
  });

  it('is free when the lease of an agent that fell silent has run out, and not before', async () => {
    const rivals = new Rivals();
    await rivals.taking(rivals.agent('first'), 39_000);
    // How long it has been silent before somebody looked is not known.
    expect(await rivals.taking(rivals.agent('second'), 60_000)).toEqual({ how: 'has it', ms: 40_000 });
  });

  it('is free for as long as its holder said, whatever the next one would have said', async () => {
    const rivals = new Rivals();
    await rivals.taking(rivals.agent('first'), 0);
    const hasty = rivals.agent('second', { durationMs: 1000 });
    expect((await rivals.taking(hasty, 60_000)).ms).toBe(40_000);
  });

  it('is free at once when it is known that its holder has ended', async () => {
    const rivals = new Rivals();
    await rivals.taking(rivals.agent('first'), 0);
    rivals.gone.add('first');
    expect(await rivals.taking(rivals.agent('second'), 0)).toEqual({ how: 'has it', ms: 0 });
  });

  it('goes to one of many that want it at the same moment', async () => {
    const rivals = new Rivals();
    const agents = Array.from({ length: 8 }, (_, i) => rivals.agent(`agent ${i}`));
    const outcomes: string[] = [];
    for (const agent of agents) {
      const note = (how: string) => () => void outcomes.push(how);
      void agent.take(rivals.signal).then(note('has it'), note('refused'));
    }
    await rivals.clock.advanceBy(5000);
    expect(outcomes).toEqual(['has it']);
    const winner = agents.find(({ isValid }) => isValid);
    await winner?.renew(rivals.signal);
    await rivals.clock.advanceBy(5000);
    expect(outcomes.toSorted()).toEqual(['has it', ...Array(7).fill('refused')]);
  });

  it('may not be used any more before anybody else can have it', async () => {
    const rivals = new Rivals();
    const first = rivals.agent('first');
    await rivals.taking(first, 0);
    const second = rivals.agent('second');
    void second.take(rivals.signal);
    let silentMs = 0;
    while (!second.isValid) {
      await rivals.clock.advanceBy(500);
      silentMs += 500;
      expect(first.isValid && second.isValid).toBe(false);
      expect(first.isValid).toBe(silentMs < 34_000);
    }
    await expect(first.renew(rivals.signal)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(first.isValid).toBe(false);
  });

  it('is lost for an agent that finds a live one in its place', async () => {
    const rivals = new Rivals();
    const first = rivals.agent('first');
    await rivals.taking(first, 0);
    const second = rivals.agent('second');
    await rivals.taking(second, 60_000);
    await expect(first.ensure(rivals.signal)).rejects.toMatchObject({ code: 'CONFLICT' });
    await rivals.clock.advanceBy(1000);
    await second.renew(rivals.signal);
    await expect(first.ensure(rivals.signal)).rejects.toMatchObject({ code: 'NODE_NAME_TAKEN' });
    expect(await rivals.holder()).toBe('second');
  });

  it('comes back to its agent when a store was restored in which somebody stands who is no more', async () => {
    const rivals = new Rivals();
    const first = rivals.agent('first');
    await rivals.taking(first, 0);
    await rivals.objects.patchWith('Lease', 'kube-node-lease', 'node-a', (now) =>
      heldBy(now, { holder: { instance: 'long dead', host: 'h' }, since: 'long ago' }),
    );
    await expect(first.renew(rivals.signal)).rejects.toBeInstanceOf(MooringError);
    expect(first.isValid).toBe(false);
    for (let waitedMs = 0; waitedMs < 40_000; waitedMs += 5000) {
      await expect(first.ensure(rivals.signal)).rejects.toMatchObject({ code: 'CONFLICT' });
      await rivals.clock.advanceBy(5000);
    }
    await first.ensure(rivals.signal);
    expect(first.isValid).toBe(true);
    expect(await rivals.holder()).toBe('first');
  });

  it('is taken when the store answers at last', async () => {
    const rivals = new Rivals();
    let isAway = true;
    const get = async (...given: Parameters<typeof rivals.objects.get>) => {
      if (isAway) throw new Error('the store does not answer');
      return await rivals.objects.get(...given);
    };
    const objects = { ...rivals.objects, get } as LeaseKeeperOptions['objects'];
    const agent = rivals.agent('first', { objects });
    void agent.take(rivals.signal);
    await rivals.clock.advanceBy(30_000);
    expect(agent.isValid).toBe(false);
    isAway = false;
    await rivals.clock.advanceBy(2000);
    expect(agent.isValid).toBe(true);
  });
});
