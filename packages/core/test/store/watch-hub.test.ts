import { expect, test } from 'vitest';
import { createMemoryStore } from '../../src/store/memory-store.ts';

test('a watch whose signal has aborted before tells nothing and ends', async () => {
  await using store = createMemoryStore();
  await store.create('a', { x: 1 }, new AbortController().signal);
  const seen: unknown[] = [];
  for await (const event of store.watch('', { signal: AbortSignal.abort(new Error('too late')) }))
    seen.push(event);
  expect(seen).toEqual([]);
});
