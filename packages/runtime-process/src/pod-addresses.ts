/**
 * Addresses for pods. All of 127.0.0.0/8 is this host on Linux, so every pod can have one without any set-up. Each
 * agent takes a block of its own; the supervisor holds it for as long as containers may use it.
 */

import { createHash } from 'node:crypto';
import { MooringError } from '@mooring/core';

export interface AddressRange {
  readonly first: number;
  readonly size: number;
}

/** 4,096 addresses for each agent, and as many blocks for the agents of a host. */
const blockBits = 12;
const blocksTriedMax = 32;

/** Throws `INVALID` for what is not a part of 127.0.0.0/8. */
export function parseRange(text: string): AddressRange {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match?.slice(1).map(Number) ?? [];
  const isValid = match !== null && a === 127 && b < 256 && c < 256 && d < 256 && prefix >= 8 && prefix <= 30;
  if (!isValid)
    throw new MooringError('INVALID', `ipRange ${JSON.stringify(text)} is not a part of 127.0.0.0/8`, {
      fields: [
        {
          field: 'ipRange',
          type: 'FieldValueInvalid',
          message: 'must be a part of 127.0.0.0/8, as 127.5.0.0/16',
        },
      ],
    });
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { first: address - (address % size), size };
}

/**
 * First addresses of blocks that an agent may take, best first: the one it had, then those that its name leads to,
 * which differ from agent to agent.
 */
export function blockCandidates(range: AddressRange, nodeKey: string, former?: string): readonly string[] {
  const blockSize = Math.min(range.size, 2 ** blockBits);
  const blockCount = range.size / blockSize;
  const hash = createHash('sha256').update(nodeKey).digest().readUInt32BE();
  const blocks = Array.from(
    { length: Math.min(blockCount, blocksTriedMax) },
    (_, i) => (hash + i) % blockCount,
  );
  const candidates = blocks
    .map((block) => formatAddress(range.first + block * blockSize))
    // 127.0.0.1, 127.0.1.1 and 127.0.0.53 have uses of their own.
    .filter((address) => !address.startsWith('127.0.0.') || blockCount === 1);
  const first = former !== undefined && inRange(range, former) ? [former] : [];
  return [...first, ...candidates.filter((candidate) => candidate !== former)];
}

/** The first free address of the block, after the one given last: an address just freed is not taken again at once. */
export function nextAddress(
  range: AddressRange,
  block: string,
  taken: ReadonlySet<string>,
  last: string | undefined,
): string {
  const blockSize = Math.min(range.size, 2 ** blockBits);
  const first = parseAddress(block);
  const usable = blockSize - 2;
  const lastOffset = last === undefined ? 0 : parseAddress(last) - first;
  const from = lastOffset > 0 && lastOffset <= usable ? lastOffset : 0;
  for (let i = 0; i < usable; i += 1) {
    const address = formatAddress(first + 1 + ((from + i) % usable));
    if (!taken.has(address) && !reserved.has(address)) return address;
  }
  throw new MooringError('CREATE_FAILED', `all ${usable} pod addresses from ${block} on are taken`);
}

const reserved: ReadonlySet<string> = new Set(['127.0.0.1', '127.0.1.1', '127.0.0.53', '127.0.0.54']);

function inRange({ first, size }: AddressRange, address: string): boolean {
  const number = parseAddress(address);
  return number >= first && number < first + size;
}

function parseAddress(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function formatAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
