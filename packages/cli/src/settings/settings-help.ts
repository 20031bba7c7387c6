/** `moor help settings`: every setting with its key, variable and flag. */

import { formatTable } from '../output/table.ts';
import { meaningOf, settingKeys, settingTable, variableOf } from './table.ts';

export function settingsHelp(): string {
  const rows = settingKeys.map((key) => {
    const { flag = '-' } = settingTable[key];
    return [key, flag, variableOf(key), meaningOf(key)];
  });
  const lines = [
    'Settings come from a flag, else from a variable, else from the configuration file, else they have a default.',
    'The file is YAML; a dot in a key is a level: `nats: { servers: [nats://10.0.0.1:4222] }`.',
    '',
    ...formatTable(['key', 'flag', 'variable', 'meaning'], rows),
  ];
  return `${lines.join('\n')}\n`;
}
