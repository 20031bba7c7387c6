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

const all = ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'];
const units = [
  'packages/core/test/{api,bus,cluster,contract,controller,engine,kubelet,manifest,plugin,scheduler}/**/*.test.ts',
  'test/agent/**/*.test.ts',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      // Nothing of a process but its memory is used by these: one after the other they share what they have loaded.
      { extends: true, test: { name: 'units', include: units, isolate: false } },
      // Real servers, engines and processes on a machine that may have much else to do: what passes at the second attempt
      // only is told by name at the end.
      {
        extends: true,
        test: { name: 'others', include: all, exclude: [...units, '**/node_modules/**'], retry: 1 },
      },
    ],
    pool: 'forks',
    // More than there are cores: what tests a whole cluster waits most of the time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // Long enough for a machine that has something else to do, too: what waits has a deadline of its own.
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
