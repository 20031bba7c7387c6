/** All that keep programs alive, each in processes of its own: Mooring, a bare respawn loop, and the peers that are installed. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installedPeers } from './installed.ts';
import { startPM2 } from './pm2.ts';
import { type PeerProgram, startSupervisord } from './supervisord.ts';

export interface Contestant {
  readonly name: string;
  /** Its first process. */
  readonly pid: number;
  end(): Promise<void>;
}

/** `ever`: every crash is followed by a restart at once, as far as that can be asked for; otherwise as it comes. */
export type Patience = 'ever' | 'default';

/** `programs` gives each contestant its own, by its name. */
export async function startAll(
  dir: string,
  patience: Patience,
  programs: (contestant: string) => readonly PeerProgram[],
): Promise<readonly Contestant[]> {
  const contestants: Contestant[] = [];
  try {
    await start(dir, patience, programs, contestants);
    return contestants;
  } catch (error) {
    for (const contestant of contestants) await contestant.end();
    throw error;
  }
}

/** Those that have started are in `contestants`, also when it rejects. */
async function start(
  dir: string,
  patience: Patience,
  programs: (contestant: string) => readonly PeerProgram[],
  contestants: Contestant[],
): Promise<void> {
  const folder = (name: string) => {
    const path = join(dir, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const forgiving = patience === 'ever' ? 'yes' : '';
  const ours = [
    'process-agent.mjs',
    folder('mooring'),
    JSON.stringify(programs('mooring')),
    forgiving,
  ] as const;
  contestants.push(await target('mooring', ...ours));
  const bare = ['respawn.mjs', join(folder('bare'), 'log'), JSON.stringify(programs('bare'))] as const;
  if (patience === 'ever') contestants.push(await target('bare', ...bare));
  for (const [name, path] of installedPeers()) {
    const own = programs(name);
    const peer =
      name === 'pm2'
        ? startPM2(
            path,
            folder(name),
            own,
            patience === 'ever' ? { min_uptime: 100, max_restarts: 1_000_000 } : {},
          )
        : startSupervisord(path, folder(name), own, patience === 'ever' ? ['startsecs=0'] : []);
    contestants.push({ name, ...peer });
  }
}

async function target(name: string, program: string, ...args: readonly string[]): Promise<Contestant> {
  const child = fork(join(import.meta.dirname, '../targets', program), args, { execArgv: [] });
  await once(child, 'message', { signal: AbortSignal.timeout(300_000) });
  return { name, pid: child.pid ?? 0, end: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
