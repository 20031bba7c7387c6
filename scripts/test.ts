/**
 * `npm test [-- VITEST ARGUMENTS]`: the whole suite. Ends with the tests that passed at the second attempt only, the skipped
 * ones by name and reason, and one closing line `N passed, N failed, N skipped`. A file that cannot be loaded counts as failed, as do an error outside of any test and a
 * hook that fails.
 */

import { type CliOptions, parseCLI, startVitest } from 'vitest/node';
import { TestTally } from './test-tally.ts';

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
// The command line calls it `reporter`, which the type does not tell.
const { reporter = 'default', ...others }: CliOptions & { reporter?: string | string[] } = options;
const tally = new TestTally();

const vitest = await startVitest('test', filter, {
  ...others,
  watch: false,
  reporters: [...[reporter].flat(), tally],
});
await vitest.close();

// An exit code without a failed test: nothing was there to run, which must not look like success.
const failed = tally.failed === 0 && Number(process.exitCode ?? 0) !== 0 ? 1 : tally.failed;
for (const line of [...tally.againLines(), ...tally.skipLines()]) console.log(line);
console.log(`${tally.passed} passed, ${failed} failed, ${tally.skipped} skipped`);
process.exit(failed > 0 ? 1 : 0);
