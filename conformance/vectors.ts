/**
 * Behaviour vectors: files of cases `{ id, given, expect }`, each run through the product's own code. The runner of
 * `<topic>.json` is `runners/<topic>.ts`; in a file of another name the ids tell the topic (`<topic>/<slug>`), or the name
 * of the file does that has that of the topic in it. What has no runner is counted as skipped by name.
 */

import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
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

/** A file or folder that holds no vectors; counted as one failed case of that name. */
export interface Unreadable {
  readonly name: string;
  readonly problem: string;
}

export interface LoadedTopics {
  readonly topics: readonly Topic[];
  readonly unreadable: readonly Unreadable[];
  /** Folders without a single `*.json`. */
  readonly empty: readonly string[];
}

const runnersDir = join(import.meta.dirname, 'runners');

/** Reads every `*.json` in and below the folders and finds its runners; what cannot be read does not keep the others from it. */
export async function loadTopics(folders: readonly string[]): Promise<LoadedTopics> {
  const topics: Topic[] = [];
  const unreadable: Unreadable[] = [];
  const empty: string[] = [];
  for (const folder of folders) {
    const files = await attempt(folder, unreadable, () => vectorFiles(folder));
    if (files?.length === 0) empty.push(folder);
    for (const file of files ?? []) {
      const topic = await attempt(file, unreadable, () => loadTopic(file));
      if (topic !== undefined) topics.push(topic);
    }
  }
  return { topics, unreadable, empty };
}

async function attempt<T>(
  name: string,
  unreadable: Unreadable[],
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    unreadable.push({ name, problem: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

async function vectorFiles(folder: string): Promise<readonly string[]> {
  if (folder.endsWith('.json') && (await stat(folder)).isFile()) return [folder];
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}

async function loadTopic(file: string): Promise<Topic> {
  const name = basename(file, '.json');
  const cases = casesOf(JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, '')));
  return { name, file, cases, runners: await runnersOf(name) };
}

async function runnersOf(topic: string): Promise<TopicRunners | undefined> {
  const runnerFile = join(runnersDir, `${topic}.ts`);
  if (!/^[\w-]+$/.test(topic) || !existsSync(runnerFile)) return undefined;
  const module: { readonly runners?: TopicRunners } = await import(runnerFile);
  return module.runners;
}

/** That of the topic which the file is named after, which the id begins with, or whose name is in that of the file. */
async function runnerOf(
  { runners, name }: Topic,
  { id, given }: VectorCase,
): Promise<CaseRunner | undefined> {
  const op = String(given?.op);
  const [idTopic = ''] = id.split('/');
  const topics = (await readdir(runnersDir)).map((file) => basename(file, '.ts'));
  const inName = topics.filter((topic) => name.includes(topic));
  for (const found of [runners, ...(await Promise.all([idTopic, ...inName].map(runnersOf)))])
    if (found !== undefined && Object.hasOwn(found, op)) return found[op];
  return undefined;
}

/** No more than what the way to a runner needs: each runner knows the rest of its own topic. */
function casesOf(parsed: unknown): readonly VectorCase[] {
  const { cases } = isObject(parsed) ? parsed : {};
  if (!Array.isArray(cases)) throw new Error('has no list of cases');
  for (const [index, testCase] of cases.entries()) {
    if (!isObject(testCase)) throw new Error(`cases[${index}] is not an object`);
    if (typeof testCase['id'] !== 'string') throw new Error(`cases[${index}] has no id`);
  }
  return cases;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export type CaseOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: unknown };

export async function runCase(topic: Topic, testCase: VectorCase): Promise<CaseOutcome> {
  const runner = await runnerOf(topic, testCase);
  if (runner === undefined) {
    const what = topic.runners === undefined ? 'topic' : `op "${testCase.given?.op}"`;
    return { kind: 'skipped', reason: `${topic.name}: ${what} not supported yet` };
  }
  try {
    await runner({ ...testCase, given: withoutNullFields(testCase.given) });
    return { kind: 'passed' };
  } catch (error) {
    if (error instanceof SkipCase) return { kind: 'skipped', reason: `${topic.name}: ${error.message}` };
    return { kind: 'failed', error };
  }
}

/** What is `null` inside an object is what is absent from it; a field of `given` itself, or an item of a list, means it. */
function withoutNullFields(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, stripped(value)]));
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([key, field]) => [key, stripped(field)]));
}
