/**
 * `npm test [-- VITEST ARGUMENTS]`: the whole suite. Ends with the skipped tests by name and reason, and one closing line
 * `N passed, N failed, N skipped`. A file that cannot be loaded counts as failed, as do an error outside of any test and a
 * hook that fails.
 */

import { parseCLI, startVitest } from 'vitest/node';
import { TestTally } from './test-tally.ts';

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const tally = new TestTally();
const reporters = [options.reporter ?? 'default'].flat();

const vitest = await startVitest('test', filter, {
  ...options,
  watch: false,
  reporters: [...reporters, tally],
});
await vitest.close();

// Nothing that ran at all is a mistake too: a filter that matches no file must not look like success.
const failed = tally.failed > 0 ? tally.failed : Number(process.exitCode ?? 0) === 0 ? 0 : 1;
for (const line of tally.skipLines()) console.log(line);
console.log(`${tally.passed} passed, ${failed} failed, ${tally.skipped} skipped`);
process.exit(failed > 0 ? 1 : 0);
