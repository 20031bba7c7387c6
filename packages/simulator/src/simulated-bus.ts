/**
 * The bus between processes. Each life has a bus of its own, in which its actors find each other at once; what is meant for
 * others goes over two connections, that of the sender and that of the receiver, and may suffer on both.
 */

import {
  type Bus,
  type BusMessage,
  type Clock,
  createInProcessBus,
  type InProcessBus,
  MooringError,
  type RequestOptions,
  type SubscribeOptions,
  sleep,
} from '@mooring/core';
import type { SeededRandom } from '@mooring/core/testing';
import type { Life } from './life.ts';
import type { BusFault } from './plan.ts';

const delayMsMax = 30_000;

/** What is wrong between one process and the servers of the bus; outlives its lives. */
export class BusLink {
  private readonly random: SeededRandom;
  private readonly faults = new Set<{ readonly fault: BusFault; readonly share: number }>();
  private readonly cuts = new Set<{ readonly way: 'out' | 'in' | 'both' }>();

  constructor(random: SeededRandom) {
    this.random = random;
  }

  /** Until what is given back is disposed of. */
  fault(fault: BusFault, share: number): Disposable {
    const entry = { fault, share };
    this.faults.add(entry);
    return { [Symbol.dispose]: () => this.faults.delete(entry) };
  }

  cut(way: 'out' | 'in' | 'both'): Disposable {
    const entry = { way };
    this.cuts.add(entry);
    return { [Symbol.dispose]: () => this.cuts.delete(entry) };
  }

  isCut(way: 'out' | 'in'): boolean {
    return [...this.cuts].some((cut) => cut.way === way || cut.way === 'both');
  }

  /** After how long each copy of a message is through; none when it is lost. */
  copies(way: 'out' | 'in'): readonly number[] {
    if (this.isCut(way)) return [];
    let copies = [0];
    for (const { fault, share } of this.faults) {
      if (!this.random.chance(share)) continue;
      if (fault === 'drop') return [];
      if (fault === 'duplicate') copies = [...copies, this.random.int(0, 1000)];
      if (fault === 'delay') copies = copies.map((ms) => ms + this.random.int(1, delayMsMax));
    }
    return copies;
  }
}

interface Member {
  readonly life: Life;
  readonly link: BusLink;
  readonly local: InProcessBus;
}

export class SimulatedBus {
  private readonly clock: Clock;
  private readonly members = new Set<Member>();
  private readonly onPublish: (subject: string, data: unknown) => void;

  constructor(clock: Clock, onPublish: (subject: string, data: unknown) => void) {
    this.clock = clock;
    this.onPublish = onPublish;
  }

  join(life: Life, link: BusLink): Bus {
    const local = createInProcessBus({ clock: life.clock });
    const member: Member = { life, link, local };
    this.members.add(member);
    return {
      publish: (subject, data) => {
        this.onPublish(subject, data);
        local.publish(subject, data);
        this.spread(member, subject, data);
      },
      subscribe: (subject: string, options: SubscribeOptions) =>
        life.stream(local.subscribe(subject, options)),
      request: (subject, data, options) =>
        local.listening(subject)
          ? local.request(subject, data, options)
          : life.pass('bus.request', () => this.ask(member, subject, data, options)),
      listening: (subject) =>
        [...this.members].some((one) => !one.life.isDead && one.local.listening(subject)),
      [Symbol.asyncDispose]: async () => {
        this.members.delete(member);
        await local[Symbol.asyncDispose]();
      },
    };
  }

  private others(than: Member, subject: string): readonly Member[] {
    return [...this.members].filter(
      (one) => one !== than && !one.life.isDead && one.local.listening(subject),
    );
  }

  private spread(from: Member, subject: string, data: unknown): void {
    for (const to of this.others(from, subject))
      this.carry(from, to, () => to.local.publish(subject, copyOf(data)));
  }

  /** Calls `deliver` once for each copy that comes through, if the receiver still lives by then. */
  private carry(from: Member, to: Member, deliver: () => void): void {
    for (const out of from.link.copies('out'))
      for (const more of to.link.copies('in'))
        this.clock.setTimeout(() => {
          if (this.members.has(to) && !to.life.isDead) deliver();
        }, out + more);
  }

  private async ask(
    from: Member,
    subject: string,
    data: unknown,
    options: RequestOptions,
  ): Promise<BusMessage> {
    options.signal?.throwIfAborted();
    const [to] = this.others(from, subject);
    // Who is cut off from the servers is not even told that nobody listens.
    if (to === undefined && !from.link.isCut('out') && !from.link.isCut('in'))
      throw new MooringError('NO_RESPONDERS', `nobody listens on ${subject}`);
    const answer = new Promise<BusMessage>((resolve) => {
      if (to === undefined) return;
      this.carry(from, to, () => {
        to.local.request(subject, copyOf(data), { timeoutMs: options.timeoutMs }).then(
          ({ data: reply }) =>
            this.carry(to, from, () => resolve({ subject, data: copyOf(reply), respond() {} })),
          // No answer is no answer.
          () => {},
        );
      });
    });
    return await Promise.race([answer, this.overdue(subject, options)]);
  }

  private async overdue(subject: string, { timeoutMs, signal }: RequestOptions): Promise<never> {
    await sleep(this.clock, timeoutMs, signal);
    throw new MooringError('DEADLINE_EXCEEDED', `no answer on ${subject} within ${timeoutMs} ms`);
  }
}

/** As it comes out of a message. */
function copyOf(data: unknown): unknown {
  return data === undefined ? undefined : JSON.parse(JSON.stringify(data));
}
