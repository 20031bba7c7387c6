/** The program `moor`. */

import { text } from 'node:stream/consumers';
import { systemClock } from '@mooring/core/words';
import { listenForInterrupts } from './interrupts.ts';
import { isReadByJournal } from './journal.ts';
import { runMoor } from './moor.ts';
import { isBelowNohup } from './nohup.ts';
import { workingDirectory } from './working-directory.ts';

const interrupts = listenForInterrupts(process, systemClock, { ignoresHangup: isBelowNohup() });
// Nobody reads any more, as in `moor run web.yaml | head`: an end like any other.
let isHeard = true;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    // A full disk that takes no words is no reason to end what runs.
    if (code === 'ENOSPC' || code === 'EDQUOT') return;
    // Each further word fails as well; that is no second wish.
    if (isHeard) process.kill(process.pid, 'SIGTERM');
    isHeard = false;
  });
}

const exitCode = await runMoor(process.argv.slice(2), {
  out: process.stdout,
  err: Object.assign(process.stderr, { isJournal: isReadByJournal(2, process.env) }),
  env: process.env,
  get cwd() {
    return workingDirectory(process);
  },
  clock: systemClock,
  interrupts,
  readInput: () => text(process.stdin),
});
// A handle that somebody forgot must not keep a shell waiting.
process.exit(exitCode);
