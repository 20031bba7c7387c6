/** Which addresses a node probes for others: those of pods, and nothing that only looks like one. Pure. */

import { BlockList, isIP } from 'node:net';
import { isLoopback } from '../loopback.ts';

const special = blockList(
  ['0.0.0.0', 8, 'ipv4'],
  // Among them the one by which clouds hand out credentials.
  ['169.254.0.0', 16, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
);

/** Why not; `undefined` for an address that may be probed. `isSameHost`: the pod runs on this very machine. */
export function addressProblem(address: string, isSameHost: boolean): string | undefined {
  const version = isIP(address);
  if (version === 0) return `${JSON.stringify(address)} is no IP address`;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (special.check(address, family)) return `${address} is no address of a pod`;
  if (isLoopback(address) && !isSameHost)
    return `${address} is a loopback address: only the host of the pod reaches the pod by it`;
  return undefined;
}

function blockList(...ranges: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) list.addSubnet(...range);
  return list;
}
