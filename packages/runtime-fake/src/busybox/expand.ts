/** Words -> the texts a command is run with: variables, `$(...)`, arithmetic, and splitting at blanks. */

import { evaluateArithmetic } from './arithmetic.ts';
import type { Word, WordPart } from './lexer.ts';
import type { ShellState } from './shell-state.ts';

/** Runs a script for its output. */
export type OutputOf = (script: string) => Promise<string>;

/** The words as separate texts; what an unquoted expansion gives is split at blanks, and is no word when empty. */
export async function expandWords(
  words: readonly Word[],
  state: ShellState,
  outputOf: OutputOf,
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const word of words) texts.push(...(await expandSplit(word, state, outputOf)));
  return texts;
}

/** The word as one text, as in an assignment or after a redirection. */
export async function expandWhole(word: Word, state: ShellState, outputOf: OutputOf): Promise<string> {
  let text = '';
  for (const part of word) text += await expandPart(part, state, outputOf);
  return text;
}

async function expandSplit(word: Word, state: ShellState, outputOf: OutputOf): Promise<readonly string[]> {
  if (isAllArguments(word)) return state.positional.slice(1);
  const texts: string[] = [];
  let current: string | undefined;
  for (const part of word) {
    const value = await expandPart(part, state, outputOf);
    if (part.kind === 'text' || part.quoted) {
      current = (current ?? '') + value;
      continue;
    }
    const pieces = value.split(/[ \t\n]+/);
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) {
        if (current !== undefined) texts.push(current);
        current = undefined;
      }
      if (piece !== '') current = (current ?? '') + piece;
    }
  }
  if (current !== undefined) texts.push(current);
  return texts;
}

/** `"$@"`: each argument is a word of its own, whatever is in it. */
function isAllArguments(word: Word): boolean {
  const parts = word.filter((part) => part.kind !== 'text' || part.text !== '');
  const [only, ...more] = parts;
  return only?.kind === 'variable' && only.name === '@' && more.length === 0;
}

async function expandPart(part: WordPart, state: ShellState, outputOf: OutputOf): Promise<string> {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'variable': {
      const value = state.value(part.name) ?? '';
      return value === '' ? (part.fallback ?? '') : value;
    }
    case 'output':
      return (await outputOf(part.script)).replace(/\n+$/, '');
    case 'arithmetic':
      return String(evaluateArithmetic(part.expression, (name) => state.value(name)));
  }
}
