/** What counts: a flag before a variable, a variable before the file, the file before the default. */

import { didYouMean } from '@mooring/core';
import type { Environment } from '../shell.ts';
import { UserError } from '../user-error.ts';
import type { ConfigFile } from './config-file.ts';
import { Mistake } from './kinds.ts';
import { type SettingKey, type Settings, settingKeys, settingTable, variableOf } from './table.ts';

export interface Sources {
  /** By key: what its flag was given, each time. */
  readonly flags: Readonly<Partial<Record<SettingKey, readonly string[]>>>;
  readonly env: Environment;
  readonly file: ConfigFile | undefined;
}

export interface Resolved {
  readonly settings: Settings;
  /** By key: where its value comes from; absent for defaults. */
  readonly origins: Readonly<Partial<Record<SettingKey, string>>>;
  /** Variables that look like settings and are none. */
  readonly warnings: readonly string[];
}

/** Throws a `UserError` with every mistake of every source. */
export function resolveSettings({ flags, env, file }: Sources): Resolved {
  const mistakes = [...(file?.mistakes ?? [])];
  const values: Record<string, unknown> = {};
  const origins: Partial<Record<SettingKey, string>> = {};
  for (const key of settingKeys) {
    const given = givenFor(key, { flags, env, file });
    values[key] = given?.value ?? settingTable[key].fallback;
    if (given === undefined) continue;
    origins[key] = given.origin;
    if (given.value instanceof Mistake) mistakes.push(`${given.origin}: ${given.value.message}`);
  }
  if (mistakes.length > 0) throw new UserError(mistakes.join('\n  '), { next: nextStep });
  return { settings: values as unknown as Settings, origins, warnings: strangeVariables(env) };
}

const nextStep = 'Correct it and try again; `moor help settings` lists every setting.';

function givenFor(key: SettingKey, { flags, env, file }: Sources) {
  const { kind, flag = '' } = settingTable[key];
  const words = flags[key];
  if (words !== undefined) return { origin: flag, value: kind.parse(words) };
  const variable = variableOf(key);
  const text = env[variable];
  if (text !== undefined && text !== '') return { origin: variable, value: kind.parse([text]) };
  const value = file?.values[key];
  return value === undefined ? undefined : { origin: file?.path ?? '', value };
}

/** Not refused: in a cluster, variables such as `MOOR_SERVICE_HOST` may be those of a Service. */
function strangeVariables(env: Environment): readonly string[] {
  const known = [...settingKeys.map(variableOf), ...otherVariables];
  return Object.keys(env)
    .filter((name) => name.startsWith('MOOR_') && !known.includes(name))
    .map((name) => `${name} is no variable of moor's${didYouMean(name, known)}`);
}

/** Read elsewhere. */
const otherVariables = ['MOOR_CONFIG', 'MOOR_DEBUG'];
