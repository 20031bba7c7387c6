/** Sandboxes: for processes no more than an address of their own, which is remembered as long as the pod lives. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type IPv4Range,
  readState,
  type SandboxConfig,
  type SandboxID,
  type SandboxInfo,
  writeState,
} from '@mooring/core';
import { nextAddress } from './pod-addresses.ts';

export interface Sandbox {
  readonly id: SandboxID;
  readonly podUID: string;
  readonly attempt: number;
  readonly ip: string;
  readonly hostname: string;
  readonly createdAtMs: number;
}

const hostAddress = '127.0.0.1';

export class Sandboxes {
  private readonly dir: string;
  private readonly range: IPv4Range;
  private readonly byID = new Map<SandboxID, Sandbox>();
  /** The block of addresses that this agent holds. */
  private block = '';
  private lastAddress: string | undefined;

  constructor(dir: string, range: IPv4Range) {
    this.dir = dir;
    this.range = range;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    for (const file of readdirSync(dir).filter((name) => name.endsWith('.json'))) {
      const sandbox = readState<Sandbox>(join(dir, file));
      if (sandbox !== undefined) this.byID.set(sandbox.id, sandbox);
    }
  }

  /** Addresses are given from this block from now on; those given stay as they are. */
  useBlock(block: string): void {
    this.block = block;
  }

  get(id: SandboxID): Sandbox | undefined {
    return this.byID.get(id);
  }

  list(): readonly SandboxInfo[] {
    return [...this.byID.values()].map(infoOf);
  }

  create(config: SandboxConfig, nowMs: number): SandboxInfo {
    const { podUID, attempt, hostname, hostNetwork } = config;
    const id = createHash('sha256').update(`${podUID}/${attempt}`).digest('hex').slice(0, 32);
    const known = this.byID.get(id);
    if (known !== undefined) return infoOf(known);
    const ip = hostNetwork ? hostAddress : this.freeAddress();
    const sandbox: Sandbox = { id, podUID, attempt, ip, hostname, createdAtMs: nowMs };
    writeState(join(this.dir, `${id}.json`), sandbox);
    this.byID.set(id, sandbox);
    return infoOf(sandbox);
  }

  /** False when there was none. */
  remove(id: SandboxID): boolean {
    if (!this.byID.delete(id)) return false;
    rmSync(join(this.dir, `${id}.json`), { force: true });
    return true;
  }

  private freeAddress(): string {
    const taken = new Set([...this.byID.values()].map(({ ip }) => ip));
    this.lastAddress = nextAddress(this.range, this.block, taken, this.lastAddress);
    return this.lastAddress;
  }
}

function infoOf({ id, podUID, attempt, ip, createdAtMs }: Sandbox): SandboxInfo {
  return { id, podUID, attempt, state: 'ready', ip, createdAtMs };
}
