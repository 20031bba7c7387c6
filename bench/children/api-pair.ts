/** An API server and its floor, each in a process of its own, beside a client that asks both. */

import type { ChildProcess } from 'node:child_process';
import { ask } from '../targets/ask.ts';
import { startTarget } from '../targets/start-target.ts';

export interface ApiTarget {
  readonly child: ChildProcess;
  readonly url: string;
}

export interface ApiPair {
  readonly ours: ApiTarget;
  readonly floor: ApiTarget;
}

/** What a target says of itself, since it began. */
export interface ApiUsage {
  readonly cpuMs: number;
  /** The most memory that it ever had (RSS). */
  readonly peakBytes: number;
  /** What it has now (RSS). */
  readonly rssBytes: number;
}

/** Flags of Node: those that `moor install-service apiserver` writes. */
export const serviceFlags = ['--max-semi-space-size=4', '--heap-growing-percent=300'];

export const podsPath = '/api/v1/namespaces/default/pods';

/** Both with the same flags of Node. */
export async function startApiPair(flags: readonly string[] = serviceFlags): Promise<ApiPair> {
  const [ours, floor] = await Promise.all(
    ['api-server.mjs', 'bare-api-server.mjs'].map((name) => start(name, flags)),
  );
  if (ours === undefined || floor === undefined) throw new Error('there are two');
  return { ours, floor };
}

export function usageOf({ child }: ApiTarget): Promise<ApiUsage> {
  return ask<ApiUsage>(child, 'usage');
}

async function start(name: string, flags: readonly string[]): Promise<ApiTarget> {
  const child = await startTarget(name, [], flags);
  return { child, url: await ask<string>(child, 'url') };
}
