/** Selectors in text form: `app=web,tier in (a,b),!canary,weight>3`. Grammar and messages are those of Kubernetes. */

import { type FieldError, FieldPath, invalid, type Parsed } from './field-error.ts';
import { createRequirement, type Requirement, type Selector, type SelectorOperator } from './selector.ts';

type TokenKind = 'word' | 'end' | ',' | '(' | ')' | '=' | '==' | '!=' | '!' | '>' | '<';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** The requirements sorted by key, as the canonical text has them; the first mistake when it cannot be read. */
export function parseSelector(text: string, path: FieldPath = FieldPath.root): Parsed<Selector> {
  try {
    const requirements = new SelectorParser(tokenize(text), path).parse();
    return { ok: true, value: requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)) };
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    return { ok: false, errors: error.errors ?? [invalid(path, text, error.message)] };
  }
}

class SelectorSyntaxError extends Error {
  readonly errors: readonly FieldError[] | undefined;

  constructor(message: string, errors?: readonly FieldError[]) {
    super(message);
    this.errors = errors;
  }
}

/** Symbols before words, the long ones first. White space separates and is dropped. */
function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const [lexeme] of text.matchAll(/==|!=|[=!(),<>]|[^=!(),<>\s]+/g)) {
    tokens.push({ kind: symbolKind(lexeme) ?? 'word', text: lexeme });
  }
  return tokens;
}

function symbolKind(lexeme: string): TokenKind | undefined {
  switch (lexeme) {
    case ',':
    case '(':
    case ')':
    case '=':
    case '==':
    case '!=':
    case '!':
    case '>':
    case '<':
      return lexeme;
    default:
      return undefined;
  }
}

const endToken: Token = { kind: 'end', text: '' };

class SelectorParser {
  private readonly tokens: readonly Token[];
  private readonly path: FieldPath;
  private position = 0;

  constructor(tokens: readonly Token[], path: FieldPath) {
    this.tokens = tokens;
    this.path = path;
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.peek().kind === 'end') return requirements;
    for (;;) {
      requirements.push(this.requirement());
      const token = this.next();
      if (token.kind === 'end') return requirements;
      if (token.kind !== ',') throw unexpected(token, "',' or 'end of string'");
      const after = this.peek();
      if (after.kind !== 'word' && after.kind !== '!') throw unexpected(after, "identifier after ','");
    }
  }

  private requirement(): Requirement {
    const isNegated = this.peek().kind === '!';
    if (isNegated) this.next();
    const key = this.next();
    if (key.kind !== 'word')
      throw unexpected(key, isNegated ? 'identifier' : "!, identifier, or 'end of string'");
    if (isNegated) return this.create(key.text, '!', []);
    const following = this.peek().kind;
    if (following === 'end' || following === ',') return this.create(key.text, 'exists', []);
    const operator = this.operator();
    const values = operator === 'in' || operator === 'notin' ? this.valueList() : [this.value()];
    return this.create(key.text, operator, values);
  }

  private operator(): SelectorOperator {
    const token = this.next();
    switch (token.kind) {
      case '=':
      case '==':
      case '!=':
        return token.kind;
      case '>':
        return 'gt';
      case '<':
        return 'lt';
      default:
        // Elsewhere `in` and `notin` are ordinary words: `notin=in` is legal.
        if (token.text === 'in' || token.text === 'notin') return token.text;
        throw unexpected(token, 'in, notin, =, ==, !=, gt, lt');
    }
  }

  /** A missing value is the empty string: `x=`. */
  private value(): string {
    const kind = this.peek().kind;
    if (kind === 'end' || kind === ',') return '';
    const token = this.next();
    if (token.kind !== 'word') throw unexpected(token, 'identifier');
    return token.text;
  }

  /** `(a,b)`; where a value is missing between commas or brackets, the empty string is one. */
  private valueList(): readonly string[] {
    const opening = this.next();
    if (opening.kind !== '(') throw unexpected(opening, "'('");
    const values: string[] = [];
    for (;;) {
      values.push(this.peek().kind === 'word' ? this.next().text : '');
      const token = this.next();
      if (token.kind === ')') return values;
      if (token.kind !== ',') throw unexpected(token, "',' or ')'");
    }
  }

  private create(key: string, operator: SelectorOperator, values: readonly string[]): Requirement {
    const created = createRequirement(key, operator, values, this.path);
    if (!created.ok) throw new SelectorSyntaxError('invalid requirement', created.errors);
    return created.value;
  }

  private peek(): Token {
    return this.tokens[this.position] ?? endToken;
  }

  private next(): Token {
    const token = this.peek();
    this.position += 1;
    return token;
  }
}

function unexpected(token: Token, expected: string): SelectorSyntaxError {
  return new SelectorSyntaxError(`unable to parse requirement: found '${token.text}', expected: ${expected}`);
}
