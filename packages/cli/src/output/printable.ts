import { stripVTControlCharacters } from 'node:util';

/** One line without anything that could move the cursor or reorder text: messages carry words of strangers. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
}
