/** Programs in a terminal, which `script` of util-linux makes. */

import { spawn } from 'node:child_process';

/** The exit code of a command line. */
export function runInTerminal(command: string, home: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'], HOME: home, TERM: 'xterm' };
    // Its own input stays open: an end would end the command.
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
}

export interface TypedLines {
  readonly cwd: string;
  /** Each is ended with Return; the last one has to end the program. */
  readonly lines: readonly string[];
}

/** What a program shows in a terminal in which somebody types; it is killed with the terminal when it does not end. */
export function typeInTerminal(command: string, { cwd, lines }: TypedLines): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'], HOME: cwd, TERM: 'dumb', LANG: 'C.UTF-8' };
    const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd, env, timeout: typingMsMax });
    let shown = '';
    child.stdout.on('data', (chunk) => {
      shown += chunk;
    });
    child.once('error', reject);
    child.once('close', () => resolve(shown));
    child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  });
}

const typingMsMax = 50_000;
