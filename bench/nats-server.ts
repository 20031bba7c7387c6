/** A real `nats-server` with JetStream, on a free loopback port and over a directory of its own, for one measurement. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engine } from '../test/support/engines.ts';
import { accepts, freePort } from '../test/support/ports.ts';
import type { BenchResult } from './bench-result.ts';

const startMsMax = 20_000;
const pollMs = 20;

/** Where there is no server: nothing, and why. `measure` is given the port. */
export async function withNatsServer(
  name: string,
  measure: (port: number) => Promise<readonly BenchResult[]>,
): Promise<readonly BenchResult[]> {
  const { available, reason } = engine('nats-server');
  if (!available) {
    console.log(`${name} is left out: it needs nats-server: ${reason}; bring it with: npm run engines`);
    return [];
  }
  const dir = mkdtempSync(join(tmpdir(), 'mooring-bench-nats-'));
  const port = await freePort();
  const log = join(dir, 'log');
  const args = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', dir, '-l', log];
  const server = spawn(reason, args, { stdio: 'ignore' });
  try {
    await untilUp(server, port, log);
    return await measure(port);
  } finally {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

async function untilUp(server: ChildProcess, port: number, log: string): Promise<void> {
  for (const endMs = performance.now() + startMsMax; !(await accepts(port)); await sleep(pollMs)) {
    const isOver = performance.now() > endMs || server.exitCode !== null;
    if (isOver) throw new Error(`nats-server does not start:\n${readFileSync(log, 'utf8')}`);
  }
}
