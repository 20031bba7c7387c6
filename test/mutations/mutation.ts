/** A planted bug: one expression of the product, and what stands in its place. */

import type { Plan } from '../../packages/simulator/src/index.ts';

export interface Mutation {
  readonly name: string;
  /** The law that it breaks, perhaps beside others. */
  readonly law: string;
  /** From the root of the repository. */
  readonly file: string;
  /** A piece of the file that is there once, with the expression between `«` and `»`. */
  readonly text: string;
  readonly becomes: string;
  /** Seeds that have found it; tried before all others. */
  readonly seeds: readonly number[];
  /** Played instead of all seeds, where those come by it too seldom. */
  readonly scene?: Plan;
}

/** What each planted expression asks: which of the two is it to be? */
export type Choose = <T>(name: string, planted: () => T, own: () => T) => T;

/** Where `Choose` lies. */
export const chooserName = 'mooringMutation';

/** Plants all mutations of one file, each asleep until it is chosen. Throws when one does not fit any more. */
export function plant(code: string, mutations: readonly Mutation[]): string {
  return mutations.reduce((planted, { name, text, becomes }) => {
    const [before = '', rest = ''] = text.split('«');
    const [expression = '', after = ''] = rest.split('»');
    const pieces = planted.split(before + expression + after);
    if (pieces.length !== 2)
      throw new Error(`mutation "${name}": its text is there ${pieces.length - 1} times, not once`);
    const choice = `globalThis.${chooserName}(${JSON.stringify(name)}, () => (${becomes}), () => (${expression}))`;
    return pieces.join(before + choice + after);
  }, code);
}
