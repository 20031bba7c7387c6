/**
 * Behaviour vectors: files of cases `{ id, given, expect }`, each run through the product's own code. The runner of
 * `<topic>.json` is `runners/<topic>.ts`; a topic, or an `op` in it, that has none is counted as skipped by name.
 */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface VectorCase {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: each runner knows the shape of its own topic, by the schema of the vectors.
  readonly given: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly expect: any;
  readonly note?: string;
}

/** Throws (`node:assert`) when what came out is not what `testCase.expect` says. */
export type CaseRunner = (testCase: VectorCase) => void | Promise<void>;

/** What `runners/<topic>.ts` exports as `runners`: one function for each `given.op`. */
export type TopicRunners = Readonly<Record<string, CaseRunner>>;

/** Thrown by a runner for a case that is not supported; the reason is printed and the case counted as skipped. */
export class SkipCase extends Error {}

export interface Topic {
  readonly name: string;
  readonly file: string;
  readonly cases: readonly VectorCase[];
  readonly runners: TopicRunners | undefined;
}

const runnersDir = join(import.meta.dirname, 'runners');

/** Reads every `*.json` of the folders and finds its runners. */
export async function loadTopics(folders: readonly string[]): Promise<readonly Topic[]> {
  const topics: Topic[] = [];
  for (const folder of folders) {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
    for (const file of files) topics.push(await loadTopic(join(folder, file)));
  }
  return topics;
}

async function loadTopic(file: string): Promise<Topic> {
  const name = basename(file, '.json');
  const parsed = JSON.parse(await readFile(file, 'utf8')) as { cases: VectorCase[] };
  const runnerFile = join(runnersDir, `${name}.ts`);
  const runners = existsSync(runnerFile)
    ? ((await import(runnerFile)) as { runners: TopicRunners }).runners
    : undefined;
  return { name, file, cases: parsed.cases, runners };
}

export type CaseOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: unknown };

export async function runCase(topic: Topic, testCase: VectorCase): Promise<CaseOutcome> {
  if (topic.runners === undefined)
    return { kind: 'skipped', reason: `${topic.name}: topic not supported yet` };
  const op = String(testCase.given?.op);
  const runner = topic.runners[op];
  if (runner === undefined) return { kind: 'skipped', reason: `${topic.name}: op "${op}" not supported yet` };
  try {
    await runner(testCase);
    return { kind: 'passed' };
  } catch (error) {
    if (error instanceof SkipCase) return { kind: 'skipped', reason: `${topic.name}: ${error.message}` };
    return { kind: 'failed', error };
  }
}
