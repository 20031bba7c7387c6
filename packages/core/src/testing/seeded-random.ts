/**
 * Chance that can be repeated: the same seed gives the same numbers on every machine. Streams that are forked by name do
 * not disturb each other, so that one more throw in one part of a simulation leaves all other parts as they were.
 */

import type { Random } from '../contract/clock.ts';

/** Chance that is the same again for the same seed. */
export class SeededRandom implements Random {
  readonly seed: string;
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: string | number) {
    this.seed = String(seed);
    const word = hashWords(this.seed);
    this.a = word();
    this.b = word();
    this.c = word();
    // The first numbers still show the pattern of the seed.
    for (let i = 0; i < 12; i += 1) this.next();
  }

  /** sfc32 (Chris Doty-Humphrey's PractRand). */
  next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  }

  uuid(): string {
    const hex = (digits: number) =>
      Math.floor(this.next() * 16 ** digits)
        .toString(16)
        .padStart(digits, '0');
    return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(6)}${hex(6)}`;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of them, each as likely as any other. Throws when there is none. */
  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new Error('there is nothing to pick from');
    return choices[Math.floor(this.next() * choices.length)] as T;
  }

  /** A stream of its own, which depends on the seed and the name only. */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }
}

/** Well-mixed 32-bit words from a text (xmur3). */
function hashWords(text: string): () => number {
  let hash = 1779033703 ^ text.length;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 3432918353);
    hash = (hash << 13) | (hash >>> 19);
  }
  return () => {
    hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
    hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
    hash ^= hash >>> 16;
    return hash | 0;
  };
}
