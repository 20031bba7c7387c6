import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PeerProgram {
  readonly name: string;
  readonly command: readonly string[];
}

/** A supervisord in the foreground, with programs that it restarts always. Options are lines of each program's section. */
export function startSupervisord(
  path: string,
  dir: string,
  programs: readonly PeerProgram[],
  options: readonly string[],
): { readonly pid: number; end(): Promise<void> } {
  const config = join(dir, 'supervisord.conf');
  const sections = programs.map(({ name, command }) =>
    [`[program:${name}]`, `command=${command.map(quoted).join(' ')}`, 'autorestart=true', ...options].join(
      '\n',
    ),
  );
  const own = [
    `[supervisord]`,
    'nodaemon=true',
    `logfile=${join(dir, 'supervisord.log')}`,
    `childlogdir=${dir}`,
  ];
  writeFileSync(
    config,
    [`${own.join('\n')}\npidfile=${join(dir, 'supervisord.pid')}`, ...sections].join('\n\n'),
  );
  const child: ChildProcess = spawn(path, ['-n', '-c', config], { stdio: 'ignore', cwd: dir });
  return {
    pid: child.pid ?? 0,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** As its configuration reads words: percent signs are doubled. */
function quoted(word: string): string {
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}
