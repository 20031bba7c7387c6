/** Fills a store until it has no more room, changes what is there, and writes again when a line on its input says that there is room. */

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { hasCode } from '../../src/contract/error.ts';
import { createLmdbStore } from '../../src/store/lmdb-store.ts';

const [, , path = ''] = process.argv;
const store = await createLmdbStore({ path });
const text = 'x'.repeat(20_000);
let count = 0;
try {
  for (; count < 100; count += 1) await store.create(`a/${count}`, { text });
} catch (error) {
  if (!hasCode(error, 'STORE_FULL')) throw error;
}
const answers = await Promise.allSettled([
  store.create('b/1', { text: text.repeat(10) }),
  store.create('b/1', { text }),
  store.update('a/0', { text }, 1),
]);
console.log(JSON.stringify({ count, answers: answers.map((answer) => codeOf(answer)), kept: await keys() }));
await once(createInterface({ input: process.stdin }), 'line');
const revision = await store.create('b/1', { text });
console.log(JSON.stringify({ revision, kept: await keys() }));
await store[Symbol.asyncDispose]();
process.exit();

function codeOf(answer: PromiseSettledResult<unknown>): unknown {
  return answer.status === 'rejected' ? (answer.reason as { code?: unknown }).code : answer.status;
}

async function keys(): Promise<number> {
  return (await store.list('')).entries.length;
}
