/** The least that keeps a program alive: starts it again when it ends. Arguments: the file for its output, programs as JSON. */

import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';

const [path = '/dev/null', programs = '[]'] = process.argv.slice(2);
const log = openSync(path, 'a');
for (const { command } of JSON.parse(programs)) keep(command);
process.once('SIGTERM', () => process.exit());
process.send?.('up');

function keep([program, ...args]) {
  spawn(program, args, { detached: true, stdio: ['ignore', log, log] }).once('exit', () =>
    keep([program, ...args]),
  );
}
