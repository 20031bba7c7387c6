/** What the thread does: the first argument says it. */

import { parentPort } from 'node:worker_threads';

const [, , what, ...words] = process.argv;
const forever = () => setInterval(() => {}, 1_000_000);
const programs = {
  waits() {
    parentPort.once('message', () => process.exit(0));
  },
  ignores: forever,
  exits: () => process.exit(Number(words[0])),
  prints() {
    for (const line of words) console.log(line);
  },
  variable: () => console.log(process.env[words[0]]),
};
programs[what]();
