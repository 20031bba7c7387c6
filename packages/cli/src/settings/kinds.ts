/** How a setting is read: from a value of the file, or from the words of a flag or a variable. */

import { didYouMean, errorMessage } from '@mooring/core/words';
import { parseListenAddress } from '@mooring/metrics/listen-address';
import type { ImageDefinition, ImageMapping } from '@mooring/runtime-process';
import { splitWords } from './split-words.ts';

/** What is wrong with a value: `must be one of ...`. */
export class Mistake {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export interface Kind<T> {
  /** As help shows it: `<url>`. Empty for a flag without a value. */
  readonly placeholder: string;
  /** The flag may be given several times. */
  readonly isMany: boolean;
  /** A value of the file. */
  read(value: unknown): T | Mistake;
  /** What a flag was given, each time; a variable counts as one. */
  parse(words: readonly string[]): T | Mistake;
  readonly choices?: readonly string[];
}

/** The last one counts, as with most programs. */
function single<T>(
  placeholder: string,
  read: Kind<T>['read'],
  parse: (word: string) => T | Mistake,
): Kind<T> {
  return { placeholder, isMany: false, read, parse: (words) => parse(words.at(-1) ?? '') };
}

export function text(placeholder = '<text>'): Kind<string> {
  const check = (value: unknown) =>
    typeof value === 'string' && value !== ''
      ? value
      : new Mistake(`must be ${placeholder.slice(1, -1)}, not ${shown(value)}`);
  return single(placeholder, check, check);
}

/** A file or directory. A shell makes a home of `~` where it begins a word, and nowhere else: a directory of that name is not meant. */
export function path(placeholder: '<file>' | '<directory>'): Kind<string> {
  const { read } = text(placeholder);
  const check = (value: unknown) =>
    typeof value === 'string' && /^~(?:\/|$)/.test(value)
      ? new Mistake(`must be written out, as ~ is a home directory to shells only: not ${shown(value)}`)
      : read(value);
  return single(placeholder, check, check);
}

/** Where a server listens, checked before anything begins. */
export const address: Kind<string> = (() => {
  const check = (value: unknown) => {
    if (typeof value !== 'string' && typeof value !== 'number')
      return new Mistake(`must be an address and a port, not ${shown(value)}`);
    try {
      parseListenAddress(String(value));
      return String(value);
    } catch (error) {
      return new Mistake(errorMessage(error));
    }
  };
  return single('<address:port>', check, check);
})();

export function count(placeholder = '<number>'): Kind<number> {
  const check = (value: unknown) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : new Mistake(`must be a whole number, not ${shown(value)}`);
  return single(placeholder, check, (word) =>
    /^\d+$/.test(word) ? check(Number(word)) : new Mistake(`must be a whole number, not ${shown(word)}`),
  );
}

export const yesNo: Kind<boolean> = {
  placeholder: '',
  isMany: false,
  read: (value) =>
    typeof value === 'boolean' ? value : new Mistake(`must be true or false, not ${shown(value)}`),
  parse(words) {
    const word = words.at(-1) ?? 'true';
    if (['true', '1', 'yes'].includes(word)) return true;
    return ['false', '0', 'no'].includes(word)
      ? false
      : new Mistake(`must be true or false, not ${shown(word)}`);
  },
};

export function oneOf<const T extends string>(choices: readonly T[]): Kind<T> {
  const check = (value: unknown) => {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    const guess = typeof value === 'string' ? didYouMean(value, choices) : '';
    return new Mistake(`must be ${choices.join(' or ')}, not ${shown(value)}${guess}`);
  };
  return { ...single(`<${choices.join('|')}>`, check, check), choices };
}

/** A list; on the command line one by one, or with commas. */
export function texts(placeholder: string): Kind<readonly string[]> {
  const check = (values: readonly unknown[]) => {
    const wrong = values.find((value) => typeof value !== 'string' || value === '');
    if (values.length === 0) return new Mistake('must name at least one');
    return wrong === undefined
      ? (values as readonly string[])
      : new Mistake(`must be texts, not ${shown(wrong)}`);
  };
  return {
    placeholder,
    isMany: true,
    read: (value) => check(Array.isArray(value) ? value : [value]),
    parse: (words) => check(words.flatMap((word) => word.split(',').map((one) => one.trim()))),
  };
}

/** Names and texts; on the command line `name=text`. */
export function textMap(placeholder: string): Kind<Readonly<Record<string, string>>> {
  return {
    placeholder,
    isMany: true,
    read(value) {
      if (!isRecord(value)) return new Mistake(`must be names and texts, not ${shown(value)}`);
      const wrong = Object.entries(value).find(([, one]) => typeof one !== 'string');
      if (wrong === undefined) return value as Readonly<Record<string, string>>;
      return new Mistake(`${wrong[0]} must be a text, not ${shown(wrong[1])}: put it in quotes`);
    },
    parse(words) {
      const pairs = words.flatMap((word) => word.split(','));
      const wrong = pairs.find((pair) => !/^[^=]+=/.test(pair));
      if (wrong !== undefined) return new Mistake(`must be name=text, not ${shown(wrong)}`);
      return Object.fromEntries(pairs.map((pair) => cut(pair)));
    },
  };
}

/**
 * Images and the programs that they stand for. In the file a line of words, a list, or what `processRuntime` takes; on the
 * command line `image=program and arguments`, or the image alone: the command of the pod runs as it is.
 */
export const imageMap: Kind<Readonly<Record<string, ImageMapping>>> = {
  placeholder: '<image=program>',
  isMany: true,
  read(value) {
    if (!isRecord(value)) return new Mistake(`must be images and their programs, not ${shown(value)}`);
    const images: Record<string, ImageMapping> = {};
    for (const [image, program] of Object.entries(value)) {
      const mapping = readProgram(program);
      if (mapping instanceof Mistake) return new Mistake(`${image} ${mapping.message}`);
      images[image] = mapping;
    }
    return images;
  },
  parse(words) {
    const images: Record<string, ImageMapping> = {};
    for (const word of words) {
      const [image, program] = word.includes('=') ? cut(word) : [word, ''];
      const argv = splitWords(program);
      if (argv === undefined) return new Mistake(`${image} has a quote without an end: ${program}`);
      images[image] = argv;
    }
    return images;
  },
};

function readProgram(program: unknown): ImageMapping | Mistake {
  if (program === null) return [];
  if (typeof program === 'string')
    return splitWords(program) ?? new Mistake(`has a quote without an end: ${program}`);
  if (Array.isArray(program) && program.every((word) => typeof word === 'string')) return program;
  // Its fields are checked by the runtime, with their paths.
  if (isRecord(program)) return program as unknown as ImageDefinition;
  return new Mistake(`must be a program and its arguments, not ${shown(program)}`);
}

function cut(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
