import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The private condition makes every package resolve to its TypeScript sources: tests need no build.
const conditions = ['@mooring/source', ...defaultServerConditions];

/** Programs and whole clusters wait most of the time: begun first, none of them is waited for at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isWhole = ({ moduleId }: TestSpecification) =>
      moduleId.startsWith(join(import.meta.dirname, 'test/'));
    const sorted = await super.sort(files);
    return [...sorted.filter(isWhole), ...sorted.filter((file) => !isWhole(file))];
  }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    // More than there are cores: what tests a whole cluster waits most of the time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // Long enough for a machine that has something else to do, too: what waits has a deadline of its own.
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
