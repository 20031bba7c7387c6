import { join } from 'node:path';
import { describe, it } from 'vitest';
import { loadTopics, runCase } from '../conformance/vectors.ts';

const topics = await loadTopics([join(import.meta.dirname, '../conformance/vectors')]);

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
