/** `npm run conformance [-- DIR...]`: every vector file of the folders through the product's code. */

import { AssertionError } from 'node:assert';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type CaseOutcome, loadTopics, runCase } from './vectors.ts';

/** How long a case may take, in real time. */
const caseMsMax = 120_000;

const folders = process.argv.slice(2);
const { topics, unreadable, empty } = await loadTopics(
  folders.length > 0 ? folders : [join(import.meta.dirname, 'vectors')],
);

const totals = { passed: 0, failed: unreadable.length, skipped: 0 };
for (const { name, problem } of unreadable) console.log(`FAIL ${name} ${oneLine(problem)}`);
for (const folder of empty) console.log(`${folder}: no vectors (*.json) in this folder`);
for (const topic of topics) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const skipReasons = new Map<string, number>();
  for (const testCase of topic.cases) {
    const outcome = await settled(runCase(topic, testCase));
    counts[outcome.kind] += 1;
    totals[outcome.kind] += 1;
    if (outcome.kind === 'skipped')
      skipReasons.set(outcome.reason, (skipReasons.get(outcome.reason) ?? 0) + 1);
    if (outcome.kind === 'failed') console.log(describeFailure(testCase.id, outcome.error));
  }
  for (const [reason, count] of skipReasons) console.log(`SKIP ${reason} (${count} cases)`);
  console.log(`${topic.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed > 0 ? 1 : 0);

/** What a case throws beside its runner, or that it never ends, is its own failure and not the end of the others. */
async function settled(running: Promise<CaseOutcome>): Promise<CaseOutcome> {
  return await new Promise((resolve) => {
    const end = (outcome: CaseOutcome) => {
      clearTimeout(timer);
      process.off('uncaughtException', fail);
      resolve(outcome);
    };
    const fail = (error: unknown) => end({ kind: 'failed', error });
    const timer = setTimeout(() => fail(new Error(`not over after ${caseMsMax / 1000} s`)), caseMsMax);
    process.on('uncaughtException', fail);
    running.then(end, fail);
  });
}

/** One line: the case, what was expected and what came. */
function describeFailure(id: string, error: unknown): string {
  if (error instanceof AssertionError) {
    const options = {
      compact: true,
      breakLength: Number.POSITIVE_INFINITY,
      depth: null,
      maxArrayLength: null,
      maxStringLength: null,
    };
    const print = (value: unknown) => oneLine(inspect(value, options));
    return `FAIL ${id} expected ${print(error.expected)} got ${print(error.actual)}`;
  }
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `FAIL ${id} ${oneLine(words)}`;
}

function oneLine(words: string): string {
  return words.replaceAll(/\s*[\r\n]+\s*/g, ' ');
}
