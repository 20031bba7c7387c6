/** The documents of a YAML or JSON text, each as a plain value or with what makes it unreadable. */

import { Composer, LineCounter, Parser } from 'yaml';
import type { ManifestLimits } from './limits.ts';
import type { Flaw } from './problem.ts';
import { screenText } from './screen-text.ts';
import { type Offsets, readYamlValue } from './yaml-value.ts';

export interface YamlDocument {
  /** Counted from 1. */
  readonly number: number;
  /** Of its first line with content. */
  readonly offset: number;
  /** `null` for an empty document; meaningless where there are flaws. */
  readonly value: unknown;
  readonly offsets: Offsets;
  readonly flaws: readonly Flaw[];
}

export interface YamlDocuments {
  readonly documents: readonly YamlDocument[];
  /** Line of an offset, counted from 1. */
  lineAt(offset: number): number;
}

/** After so many mistakes of syntax the rest of a document is noise. */
const flawsMax = 20;

export function readYamlDocuments(text: string, limits: ManifestLimits): YamlDocuments {
  const refused = screenText(text, limits);
  if (refused !== undefined) return unreadable(text, refused);
  const lines = new LineCounter();
  try {
    const documents = composeDocuments(text, lines, limits);
    return { documents, lineAt: (offset) => Math.max(1, lines.linePos(offset).line) };
  } catch (error) {
    if (error instanceof TooManyErrors) return unreadable(text, error.flaw);
    if (error instanceof RangeError) return unreadable(text, { offset: 0, message: tooDeepWords(limits) });
    throw error;
  }
}

/** Deep nesting by indentation overflows the stack of the library before our own depth limit sees it. */
function tooDeepWords({ depthMax }: ManifestLimits): string {
  return `must not be nested deeper than ${depthMax} levels`;
}

function composeDocuments(text: string, lines: LineCounter, limits: ManifestLimits): YamlDocument[] {
  const composer = new Composer({
    version: '1.2',
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
  });
  stopAtTooManyErrors(composer);
  const tokens = new Parser(lines.addNewLine).parse(text);
  const documents: YamlDocument[] = [];
  for (const composed of composer.compose(tokens, false, text.length)) {
    const { value, offsets, flaws } = readYamlValue(composed.contents, limits);
    const syntaxFlaws = [...composed.errors, ...composed.warnings].map(({ pos, code, message }) => ({
      offset: pos[0],
      message: code === 'RESOURCE_EXHAUSTION' ? tooDeepWords(limits) : message,
    }));
    documents.push({
      number: documents.length + 1,
      offset: composed.contents?.range?.[0] ?? composed.range[0],
      value,
      offsets,
      // What was read of a broken text is not worth a second complaint.
      flaws: syntaxFlaws.length > 0 ? syntaxFlaws.slice(0, flawsMax) : flaws,
    });
  }
  return documents;
}

class TooManyErrors extends Error {
  readonly flaw: Flaw;

  constructor(flaw: Flaw) {
    super(flaw.message);
    this.flaw = flaw;
  }
}

/**
 * The library goes on after every error and makes an Error object for it, at 10 microseconds each: garbage of a
 * megabyte would take seconds. It offers no bound, so its error callback is replaced by one that gives up.
 */
function stopAtTooManyErrors(composer: Composer): void {
  const reporter: unknown = Reflect.get(composer, 'onError');
  if (typeof reporter !== 'function') return;
  let count = 0;
  const bounded = (source: unknown, code: unknown, message: unknown, isWarning: unknown) => {
    count += 1;
    if (count > 10 * flawsMax)
      throw new TooManyErrors({ offset: sourceOffset(source), message: String(message) });
    reporter(source, code, message, isWarning);
  };
  Reflect.set(composer, 'onError', bounded);
}

/** The library names a place by an offset, a range or a token. */
function sourceOffset(source: unknown): number {
  if (typeof source === 'number') return source;
  if (Array.isArray(source)) return sourceOffset(source[0]);
  if (typeof source === 'object' && source !== null && 'offset' in source) return sourceOffset(source.offset);
  return 0;
}

function unreadable(text: string, flaw: Flaw): YamlDocuments {
  const document = { number: 1, offset: 0, value: null, offsets: new Map(), flaws: [flaw] };
  return { documents: [document], lineAt: (offset) => text.slice(0, offset).split('\n').length };
}
