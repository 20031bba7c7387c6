import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTopics, runCase } from '../conformance/vectors.ts';

const { topics, unreadable } = await loadTopics([join(import.meta.dirname, '../conformance/vectors')]);

it('every file of vectors can be read', () => {
  expect(unreadable).toEqual([]);
  expect(topics.length).toBeGreaterThan(0);
});

for (const topic of topics) {
  describe(`vectors: ${topic.name}`, () => {
    for (const testCase of topic.cases) {
      it(testCase.id, async (context) => {
        const outcome = await runCase(topic, testCase);
        if (outcome.kind === 'skipped') context.skip(outcome.reason);
        if (outcome.kind === 'failed') throw outcome.error;
      });
    }
  });
}
