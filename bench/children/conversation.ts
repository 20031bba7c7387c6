/** What a measuring process and the one that started it say to each other. By hand it runs as well, and prints. */

import { once } from 'node:events';

/** Says that everything is in place; resolves when all others are ready too. */
export async function ready(): Promise<void> {
  if (process.send === undefined) return;
  const go = once(process, 'message');
  process.send('ready');
  await go;
}

/** The last words of the process. */
export function report(result: object): void {
  if (process.send === undefined) {
    console.log(result);
    process.exit();
  }
  process.send(result, () => process.exit());
}
