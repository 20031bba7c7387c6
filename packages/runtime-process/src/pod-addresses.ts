/**
 * Addresses for pods. All of 127.0.0.0/8 is this host on Linux, so every pod can have one without any set-up. Each
 * agent takes a block of its own; the supervisor holds it for as long as containers may use it.
 */

import { createHash } from 'node:crypto';
import {
  doRangesOverlap,
  formatIPv4,
  type IPv4Range,
  isInRange,
  MooringError,
  parseIPv4,
  parseIPv4Range,
} from '@mooring/core';

/** 4,096 addresses for each agent, and as many blocks for the agents of a host. */
const blockBits = 12;
const blocksTriedMax = 32;
const loopback: IPv4Range = { first: addressOf('127.0.0.0'), size: 2 ** 24 };

/** Throws `INVALID` for what is not a part of 127.0.0.0/8. */
export function parseRange(text: string): IPv4Range {
  const range = parseIPv4Range(text);
  if (
    range !== undefined &&
    isInRange(loopback, range.first) &&
    range.size >= 4 &&
    range.size <= loopback.size
  )
    return range;
  const message = 'must be a part of 127.0.0.0/8, as 127.5.0.0/16';
  throw new MooringError('INVALID', `ipRange ${JSON.stringify(text)} is not a part of 127.0.0.0/8`, {
    fields: [{ field: 'ipRange', type: 'FieldValueInvalid', message }],
  });
}

/**
 * First addresses of blocks that an agent may take, best first: the one it had, then those that its name leads to,
 * which differ from agent to agent. None lies in a reserved range; throws `INVALID` when none is left.
 */
export function blockCandidates(
  range: IPv4Range,
  nodeKey: string,
  former?: string,
  reserved: readonly IPv4Range[] = [],
): readonly string[] {
  const size = Math.min(range.size, 2 ** blockBits);
  const count = range.size / size;
  const isReserved = (first: number) => reserved.some((one) => doRangesOverlap(one, { first, size }));
  const hash = createHash('sha256').update(nodeKey).digest().readUInt32BE();
  const candidates: string[] = [];
  for (let i = 0; i < count && candidates.length < blocksTriedMax; i += 1) {
    const first = range.first + ((hash + i) % count) * size;
    const address = formatIPv4(first);
    // 127.0.0.1, 127.0.1.1 and 127.0.0.53 have uses of their own.
    if (!isReserved(first) && (count === 1 || !address.startsWith('127.0.0.'))) candidates.push(address);
  }
  if (candidates.length === 0)
    throw new MooringError(
      'INVALID',
      `ipRange ${formatIPv4(range.first)}/${32 - Math.log2(range.size)} is taken by addresses of Services: choose another one, or other services.clusterIPRange`,
    );
  const isFit = former !== undefined && isInRange(range, addressOf(former)) && !isReserved(addressOf(former));
  return isFit ? [former, ...candidates.filter((candidate) => candidate !== former)] : candidates;
}

/** The first free address of the block, after the one given last: an address just freed is not taken again at once. */
export function nextAddress(
  range: IPv4Range,
  block: string,
  taken: ReadonlySet<string>,
  last: string | undefined,
): string {
  const blockSize = Math.min(range.size, 2 ** blockBits);
  const first = addressOf(block);
  const usable = blockSize - 2;
  const lastOffset = last === undefined ? 0 : addressOf(last) - first;
  const from = lastOffset > 0 && lastOffset <= usable ? lastOffset : 0;
  for (let i = 0; i < usable; i += 1) {
    const address = formatIPv4(first + 1 + ((from + i) % usable));
    if (!taken.has(address) && !special.has(address)) return address;
  }
  throw new MooringError('CREATE_FAILED', `all ${usable} pod addresses from ${block} on are taken`);
}

const special: ReadonlySet<string> = new Set(['127.0.0.1', '127.0.1.1', '127.0.0.53', '127.0.0.54']);

function addressOf(text: string): number {
  return parseIPv4(text) ?? 0;
}
