/** Colours by what they mean. Never colour alone: each goes with a word. */

import type { Environment, Output } from '../shell.ts';

/** Green, yellow, red, grey, bold. */
export type Meaning = 'good' | 'waiting' | 'bad' | 'gone' | 'heading';
export type Paint = (meaning: Meaning, text: string) => string;
export type ColourChoice = 'auto' | 'always' | 'never';

const codes: Readonly<Record<Meaning, readonly [number, number]>> = {
  good: [32, 39],
  waiting: [33, 39],
  bad: [31, 39],
  gone: [90, 39],
  heading: [1, 22],
};

/** `--color` first, then `NO_COLOR` (https://no-color.org), then `FORCE_COLOR`, then whether somebody sees it. */
export function isColourful(output: Output, env: Environment, choice: ColourChoice = 'auto'): boolean {
  if (choice !== 'auto') return choice === 'always';
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return output.isTTY === true && env['TERM'] !== 'dumb';
}

export function painter(isOn: boolean): Paint {
  return (meaning, text) => {
    const [on, off] = codes[meaning];
    return isOn && text !== '' ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  };
}
