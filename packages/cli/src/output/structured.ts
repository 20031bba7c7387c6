/** `-o json` and `-o yaml`. */

import { stringify } from 'yaml';

export type OutputFormat = 'json' | 'yaml';

/** With the line break at the end. */
export function formatStructured(value: unknown, format: OutputFormat): string {
  if (format === 'yaml') return stringify(value, { aliasDuplicateObjects: false });
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
