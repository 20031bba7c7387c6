/** The program `moor`. */

import { text } from 'node:stream/consumers';
import { systemClock } from '@mooring/core/words';
import { exitCodes } from './exit-codes.ts';
import { listenForInterrupts } from './interrupts.ts';
import { isReadByJournal } from './journal.ts';
import { runMoor } from './moor.ts';
import { isBelowNohup } from './nohup.ts';
import { workingDirectory } from './working-directory.ts';

const interrupts = listenForInterrupts(process, systemClock, { ignoresHangup: isBelowNohup() });
// Nobody reads any more, as in `moor run web.yaml | head`: an end like any other.
let isHeard = true;
let isWhole = true;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    // A full disk that takes no words is no reason to end what runs.
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      isWhole &&= stream !== process.stdout;
      return;
    }
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
  onContinue: (listener) => void process.on('SIGCONT', listener),
});
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
if (!isWhole) process.stderr.write('moor: standard output is not whole: there was no room for all of it\n');
// A handle that somebody forgot must not keep a shell waiting.
// And what is missing must not look as if it were well.
process.exit(exitCode === exitCodes.ok && !isWhole ? exitCodes.failed : exitCode);
