/**
 * Looks over a text before the YAML library builds anything from it: the library has no limits of its own, and some
 * texts of a few kilobytes keep it busy for minutes. Only tokens are counted here; meaning comes later.
 */

import { CST, Lexer } from 'yaml';
import type { ManifestLimits } from './limits.ts';
import type { Flaw } from './problem.ts';

/** Control characters that no YAML text may hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const controlCharacter = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** Tokens for each value that a legible document needs, with room for comments and blank lines. */
const tokensPerNode = 5;

/** The first thing that makes the text unfit to be parsed. */
export function screenText(text: string, limits: ManifestLimits): Flaw | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.bytesMax)
    return { offset: 0, message: `the manifest has ${bytes} bytes; at most ${limits.bytesMax} are read` };
  if (countLines(text, limits.linesMax) > limits.linesMax)
    return { offset: 0, message: `the manifest must not have more than ${limits.linesMax} lines` };
  const control = controlCharacter.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(2, '0');
    return {
      offset: control.index,
      message: `the control character \\x${code} is not allowed in a manifest`,
    };
  }
  return screenTokens(text, limits);
}

/** Stops counting once the answer is known. */
function countLines(text: string, max: number): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0 && lines <= max; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function screenTokens(text: string, limits: ManifestLimits): Flaw | undefined {
  const counter = new TokenCounter(limits);
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const message = counter.refuses(lexeme);
    if (message !== undefined) return { offset, message };
    offset += isMarker(lexeme) ? 0 : lexeme.length;
  }
  return undefined;
}

/** The lexer announces documents and scalars by characters of its own that do not stand in the text. */
function isMarker(lexeme: string): boolean {
  return lexeme === CST.DOCUMENT || lexeme === CST.SCALAR || lexeme === CST.FLOW_END;
}

class TokenCounter {
  private readonly limits: ManifestLimits;
  private tokens = 0;
  private documents = 0;
  private references = 0;
  private flowDepth = 0;
  /** Indicators in a row with no value between them, `- - - `: each one opens a level. */
  private compactDepth = 0;

  constructor(limits: ManifestLimits) {
    this.limits = limits;
  }

  /** Why this token is one too many. */
  refuses(lexeme: string): string | undefined {
    const { nodesMax, valueBytesMax, documentsMax, aliasesMax, depthMax } = this.limits;
    this.tokens += 1;
    if (this.tokens > tokensPerNode * nodesMax)
      return `the manifest must not hold more than ${nodesMax} values`;
    if (lexeme.length > valueBytesMax)
      return `a single value must not be longer than ${valueBytesMax} characters`;
    this.count(lexeme);
    if (this.documents > documentsMax) return `a manifest must not hold more than ${documentsMax} documents`;
    if (this.references > aliasesMax)
      return `a manifest must not hold more than ${aliasesMax} anchors and aliases`;
    if (this.flowDepth < 0) return `there is no bracket that this "${lexeme}" could close`;
    if (this.flowDepth > depthMax || this.compactDepth > depthMax)
      return `must not be nested deeper than ${depthMax} levels`;
    return lexeme.startsWith('!') && CST.tokenType(lexeme) === 'tag' ? tagProblem(lexeme) : undefined;
  }

  private count(lexeme: string): void {
    const type = CST.tokenType(lexeme);
    switch (type) {
      case 'doc-mode':
      case 'doc-start':
        this.documents += 1;
        break;
      case 'anchor':
      case 'alias':
        this.references += 1;
        break;
      case 'flow-map-start':
      case 'flow-seq-start':
        this.flowDepth += 1;
        break;
      case 'flow-map-end':
      case 'flow-seq-end':
        this.flowDepth -= 1;
        break;
    }
    if (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind')
      this.compactDepth += 1;
    else if (type !== 'space' && type !== 'anchor' && type !== 'tag') this.compactDepth = 0;
  }
}

/** Tags could make other things than JSON; the few of the core schema are harmless. */
function tagProblem(tag: string): string | undefined {
  const isCore = /^!!(?:map|seq|str|int|float|bool|null)$/.test(tag) || tag === '!';
  return isCore ? undefined : `the tag ${tag.slice(0, 40)} is not allowed in a manifest`;
}
