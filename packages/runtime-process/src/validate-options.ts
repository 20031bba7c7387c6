/** What is wrong with the options of the process runtime, all at once. */

import {
  didYouMean,
  type FieldError,
  FieldPath,
  formatFieldError,
  invalid,
  MooringError,
  notSupported,
  parseImageReference,
  required,
  typeInvalid,
} from '@mooring/core';
import { parseSignal } from './exit-code.ts';
import type { ImageDefinition, ProcessRuntimeOptions } from './options.ts';
import { parseRange } from './pod-addresses.ts';

type Rule = (value: unknown, path: FieldPath) => readonly FieldError[];
/** Each option has to have a rule: the compiler says which one was forgotten. */
type Rules<Options> = Readonly<Record<keyof Options, Rule>>;

/** Throws `INVALID` with every mistake in `fields`. Takes anything: whoever writes without types may give anything. */
export function validateOptions(options: unknown): void {
  const fields = shape(optionRules)(options, FieldPath.root);
  if (fields.length === 0) return;
  const mistakes = fields.map(formatFieldError).join(', ');
  throw new MooringError('INVALID', `the options of the process runtime are invalid: ${mistakes}`, {
    fields,
  });
}

const text: Rule = (value, path) =>
  typeof value === 'string' ? [] : [typeInvalid(path, shown(value), 'a string')];

const texts: Rule = (value, path) =>
  Array.isArray(value)
    ? value.flatMap((item, i) => text(item, path.index(i)))
    : [typeInvalid(path, shown(value), 'a list of strings')];

const flag: Rule = (value, path) =>
  typeof value === 'boolean' ? [] : [typeInvalid(path, shown(value), 'true or false')];

const count: Rule = (value, path) =>
  Number.isInteger(value) && Number(value) > 0
    ? []
    : [invalid(path, shown(value), 'must be a whole number greater than 0')];

const autoOrOff: Rule = (value, path) =>
  value === 'auto' || value === 'off' ? [] : [notSupported(path, shown(value), ['auto', 'off'])];

const signal: Rule = (value, path) => {
  if (typeof value !== 'string') return text(value, path);
  return parseSignal(value) === undefined ? [invalid(path, value, 'must be a signal, such as SIGTERM')] : [];
};

const environment: Rule = (value, path) =>
  isRecord(value)
    ? Object.entries(value).flatMap(([name, item]) => text(item, path.key(name)))
    : [typeInvalid(path, shown(value), 'an object of strings')];

/** What the parser of the value throws is what is wrong with it. */
function parsedBy(parse: (value: string) => unknown): Rule {
  return (value, path) => {
    if (typeof value !== 'string') return text(value, path);
    try {
      parse(value);
      return [];
    } catch (error) {
      return [invalid(path, value, error instanceof Error ? error.message : String(error))];
    }
  };
}

const definitionRules: Rules<ImageDefinition> = {
  argv: texts,
  args: texts,
  env: environment,
  workingDir: text,
  stopSignal: signal,
};

const image: Rule = (value, path) => {
  if (Array.isArray(value)) return texts(value, path);
  if (!isRecord(value))
    return [typeInvalid(path, shown(value), `a list such as ['node', 'web.js'], or an object with argv`)];
  const missing = value['argv'] === undefined ? [required(path.child('argv'), '')] : [];
  return [...missing, ...shape(definitionRules)(value, path)];
};

const imageName = parsedBy(parseImageReference);

const images: Rule = (value, path) =>
  isRecord(value)
    ? Object.entries(value).flatMap(([name, mapping]) => [
        ...imageName(name, path),
        ...image(mapping, path.key(name)),
      ])
    : [typeInvalid(path, shown(value), 'an object of images and their programs')];

const optionRules: Rules<ProcessRuntimeOptions> = {
  images,
  ipRange: parsedBy(parseRange),
  logMaxBytes: count,
  logMaxFiles: count,
  cgroups: autoOrOff,
  mounts: autoOrOff,
  standby: flag,
  inheritEnv: texts,
  unmappedHint: text,
};

/** What is `undefined` counts as not given. */
function shape(rules: Readonly<Record<string, Rule>>): Rule {
  return (value, path) => {
    if (!isRecord(value)) return [typeInvalid(path, shown(value), 'an object')];
    return Object.entries(value).flatMap(([name, item]) => {
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      const hint = didYouMean(name, Object.keys(rules));
      if (rule === undefined)
        return [
          {
            field: String(path.child(name)),
            type: 'FieldValueInvalid' as const,
            message: `unknown option${hint}`,
          },
        ];
      return item === undefined ? [] : rule(item, path.child(name));
    });
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): unknown {
  return ['object', 'function', 'symbol'].includes(typeof value) && value !== null ? typeof value : value;
}
