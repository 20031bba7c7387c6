/**
 * Reads what stands under a probe's handler key: one call for each field, all mistakes at a time. Made for probe
 * plugins, whose settings arrive as `unknown`.
 */

import {
  type FieldError,
  type FieldPath,
  forbidden,
  invalid,
  notSupported,
  type Parsed,
  required,
  typeInvalid,
} from './field-error.ts';
import { portNameProblems, portNumberProblems } from './names.ts';
import { didYouMean } from './nearest.ts';
import type { IntOrString } from './pod.ts';

/**
 * The settings of one handler. Each method reads a field of that name and notes what is wrong with it; `done` gives the value,
 * or all mistakes. None throws. See `defineProber`.
 */
export class HandlerSettings {
  private readonly raw: Readonly<Record<string, unknown>>;
  private readonly path: FieldPath;
  private readonly errors: FieldError[] = [];
  /** What has been asked for; anything else is a slip of the pen. */
  private readonly known = new Set<string>();

  /** `raw` must be an object; anything else is the first error, and every field then counts as missing. */
  constructor(raw: unknown, path: FieldPath) {
    const isObject = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
    this.raw = isObject ? { ...raw } : {};
    this.path = path;
    if (!isObject) this.errors.push(typeInvalid(path, raw, 'an object'));
  }

  /** A port number or the name of a container port; to be resolved by the target of each attempt. */
  port(name: string): IntOrString {
    const value = this.read(name) ?? 0;
    if (typeof value !== 'string') return this.portNumber(name);
    for (const problem of portNameProblems(value)) this.fail(invalid(this.path.child(name), value, problem));
    return value;
  }

  /** A port number; a missing one reads as 0 and is refused like it. */
  portNumber(name: string): number {
    const value = this.read(name) ?? 0;
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      this.fail(typeInvalid(this.path.child(name), value, 'a port number'));
      return 0;
    }
    for (const problem of portNumberProblems(value))
      this.fail(invalid(this.path.child(name), value, problem));
    return value;
  }

  /** A whole number within its bounds; the default stands in for a missing one. */
  integer(
    name: string,
    defaultValue: number,
    bounds: { readonly min?: number; readonly max?: number } = {},
  ): number {
    const value = this.read(name) ?? defaultValue;
    const path = this.path.child(name);
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      this.fail(typeInvalid(path, value, 'a whole number'));
      return defaultValue;
    }
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = bounds;
    if (value < min) this.fail(invalid(path, value, `must be greater than or equal to ${min}`));
    if (value > max) this.fail(invalid(path, value, `must be less than or equal to ${max}`));
    return value;
  }

  /** `true` or `false`; the default stands in for a missing one. */
  flag(name: string, defaultValue: boolean): boolean {
    const value = this.read(name) ?? defaultValue;
    if (typeof value === 'boolean') return value;
    this.fail(typeInvalid(this.path.child(name), value, 'true or false'));
    return defaultValue;
  }

  /** A text; the default stands in for a missing and for an empty one, as the API's own defaults do. */
  text(name: string, defaultValue: string): string {
    const value = this.read(name) ?? '';
    if (typeof value === 'string') return value === '' ? defaultValue : value;
    this.fail(typeInvalid(this.path.child(name), value, 'a string'));
    return defaultValue;
  }

  /** One of a few words; the first is the default. */
  choice<Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word {
    const value = this.text(name, words[0]);
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) this.fail(notSupported(this.path.child(name), value, words));
    return word ?? words[0];
  }

  /** A list of texts that must not be empty: a command. */
  words(name: string): readonly string[] {
    const value = this.read(name) ?? [];
    const path = this.path.child(name);
    if (!Array.isArray(value)) this.fail(typeInvalid(path, value, 'a list of strings'));
    else if (value.length === 0) this.fail(required(path));
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    return list.map((word, i) => {
      if (typeof word === 'string') return word;
      this.fail(typeInvalid(path.index(i), word, 'a string'));
      return '';
    });
  }

  /** A list of objects, each read by `read`; a missing list is empty. */
  list<T>(name: string, read: (item: HandlerSettings) => T): readonly T[] {
    const value = this.read(name) ?? [];
    const path = this.path.child(name);
    if (!Array.isArray(value)) {
      this.fail(typeInvalid(path, value, 'a list'));
      return [];
    }
    return value.map((raw: unknown, i) => {
      const item = new HandlerSettings(raw, path.index(i));
      const decoded = read(item);
      this.errors.push(...item.allErrors());
      return decoded;
    });
  }

  /** Adds a mistake that only the caller can see. */
  fail(error: FieldError): void {
    this.errors.push(error);
  }

  /** The decoded value, or everything that was wrong on the way to it, fields that were not asked for included. */
  done<T>(value: T): Parsed<T> {
    const errors = this.allErrors();
    return errors.length === 0 ? { ok: true, value } : { ok: false, errors };
  }

  private read(name: string): unknown {
    this.known.add(name);
    return this.raw[name];
  }

  private allErrors(): readonly FieldError[] {
    const unknown = Object.keys(this.raw).filter((name) => !this.known.has(name));
    const unknownField = (name: string) =>
      forbidden(this.path.child(name), `unknown field${didYouMean(name, this.known)}`);
    return [...this.errors, ...unknown.map(unknownField)];
  }
}
