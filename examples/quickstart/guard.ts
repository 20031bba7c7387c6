/**
 * Cleans up when the quickstart cannot: it waits until its parent is gone, even by SIGKILL, and ends what that left
 * behind. Usage: guard.ts DIRECTORY, with a pipe from the parent as standard input.
 */

import { sweep } from './processes.ts';

const [, , dir] = process.argv;
if (dir === undefined) throw new Error('the directory of the run is missing');
process.stdin.resume().once('close', () => {
  sweep(dir);
  process.exit();
});
