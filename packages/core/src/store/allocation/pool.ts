/** From which addresses and ports one is chosen, and in which order. Pure but for chance. */

import { formatIPv4, type IPv4Range, isInRange, parseIPv4 } from '../../api/ipv4-range.ts';
import type { Random } from '../../contract/clock.ts';

export interface Pool<T extends string | number> {
  /** Of the keys of its claims. */
  readonly prefix: string;
  readonly size: number;
  /** The first so many are left to those who ask for one by name, as long as there are others. */
  readonly reservedSize: number;
  at(offset: number): T;
}

/** All addresses but the first, which names the network, and the last (broadcast). */
export function addressPool(range: IPv4Range): Pool<string> & { has(address: string): boolean } {
  const inner: IPv4Range = { first: range.first + 1, size: Math.max(0, range.size - 2) };
  return {
    prefix: 'serviceips/',
    size: inner.size,
    reservedSize: reservedSize(inner.size, 16, 256),
    at: (offset) => formatIPv4(inner.first + offset),
    has(value) {
      const address = parseIPv4(value);
      return address !== undefined && isInRange(inner, address);
    },
  };
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export function portPool({ first, last }: PortRange): Pool<number> {
  const size = last - first + 1;
  return {
    prefix: 'servicenodeports/',
    size,
    reservedSize: reservedSize(size, 32, 128),
    at: (offset) => first + offset,
  };
}

/** Kubernetes' static bands (KEP-3070, KEP-3668). */
function reservedSize(size: number, share: number, max: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / share)), max);
}

/** One that is not reserved, by chance. */
export function pick<T extends string | number>(pool: Pool<T>, random: Random): T {
  const { size, reservedSize: reserved } = pool;
  return pool.at(reserved + Math.floor(random.next() * (size - reserved)));
}

/** All of them, once each: the reserved ones last, the others from a place that chance decides. */
export function* walk<T extends string | number>(pool: Pool<T>, random: Random): Generator<T> {
  const { size, reservedSize: reserved } = pool;
  const open = size - reserved;
  const start = Math.floor(random.next() * open);
  for (let i = 0; i < open; i += 1) yield pool.at(reserved + ((start + i) % open));
  for (let offset = 0; offset < reserved; offset += 1) yield pool.at(offset);
}
