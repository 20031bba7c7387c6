/** The flags of a command as help, parser and completion see them: those of its settings, its own, and those of all. */

import type { CommandDefinition } from './command.ts';
import { meaningOf, type SettingKey, settingTable, variableOf } from './settings/table.ts';

export interface Flag {
  readonly flag: string;
  readonly short?: string;
  /** Empty for a flag without a value. */
  readonly placeholder: string;
  readonly help: string;
  readonly choices?: readonly string[];
  readonly isMany: boolean;
  /** The setting that it sets. */
  readonly setting?: SettingKey;
}

const commonFlags: readonly Flag[] = [
  {
    flag: '--config',
    placeholder: '<file>',
    help: 'configuration file; by default MOOR_CONFIG, then ./moor.yaml, then /etc/moor/moor.yaml',
    isMany: false,
  },
  {
    flag: '--color',
    placeholder: '<when>',
    help: 'colours; by default on a terminal, unless NO_COLOR is set',
    choices: ['auto', 'always', 'never'],
    isMany: false,
  },
];

export function flagsOf(command: CommandDefinition): readonly Flag[] {
  const own = command.options.map((option): Flag => ({ placeholder: '', isMany: false, ...option }));
  return [...command.settings.flatMap(settingFlag), ...own, ...commonFlags];
}

function settingFlag(key: SettingKey): readonly Flag[] {
  const { flag, kind } = settingTable[key];
  if (flag === undefined) return [];
  const { placeholder, isMany, choices } = kind;
  const words = `${meaningOf(key)} (${variableOf(key)})`;
  return [
    { flag, placeholder, help: words, isMany, setting: key, ...(choices !== undefined && { choices }) },
  ];
}
