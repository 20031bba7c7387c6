import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerProgram } from './supervisord.ts';

/** A PM2 daemon of its own, with these programs; options are fields of each application of its configuration. */
export function startPM2(
  path: string,
  dir: string,
  programs: readonly PeerProgram[],
  options: object,
): { readonly pid: number; end(): Promise<void> } {
  const env = { ...process.env, PM2_HOME: join(dir, 'pm2') };
  const call = (...args: readonly string[]) => execFileSync(path, args, { env, cwd: dir, stdio: 'ignore' });
  const apps = programs.map(({ name, command: [script = '', ...args] }) => ({
    ...{ name, script, args, interpreter: 'none', ...options },
  }));
  const config = join(dir, 'pm2.config.json');
  writeFileSync(config, JSON.stringify({ apps }));
  call('start', config);
  return {
    pid: Number(readFileSync(join(dir, 'pm2/pm2.pid'), 'utf8')),
    end: async () => {
      call('kill');
    },
  };
}
