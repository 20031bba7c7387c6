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
