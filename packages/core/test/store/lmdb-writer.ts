/** Writes to a store until it is killed, and says on standard output what was acknowledged: `<key> <revision>`. */

import { writeSync } from 'node:fs';
import { createLmdbStore } from '../../src/store/lmdb-store.ts';

const store = await createLmdbStore({ path: process.argv[2] ?? '' });

async function writer(id: number): Promise<never> {
  for (let i = 0; ; i += 1) {
    const key = `things/${id}-${i % 20}`;
    const current = await store.get(key);
    const value = { id, i, padding: 'x'.repeat(i % 3000) };
    const revision =
      current === undefined
        ? await store.create(key, value)
        : await store.update(key, value, current.revision);
    writeSync(1, `${key} ${revision}\n`);
  }
}

await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(writer));
