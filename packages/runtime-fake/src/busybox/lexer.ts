/** Shell source -> words and operators. Quoting is resolved here; expansion happens when a command runs. */

/** A piece of a word. `quoted` keeps what it expands to from being split into several words. */
export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean; readonly fallback?: string }
  /** `$(script)`: the output of a script. */
  | { readonly kind: 'output'; readonly script: string; readonly quoted: boolean }
  /** `$((expression))` */
  | { readonly kind: 'arithmetic'; readonly expression: string; readonly quoted: boolean };

export type Word = readonly WordPart[];

export type Token =
  | { readonly kind: 'word'; readonly word: Word }
  /** `descriptor` is the number written right before a redirection. */
  | { readonly kind: 'operator'; readonly text: string; readonly descriptor?: number };

export class ShellSyntaxError extends Error {}

const operators = ['&&', '||', '>>', '>&', ';;', ';', '&', '|', '<', '>', '(', ')', '\n'];

export function tokenize(source: string): readonly Token[] {
  return new Lexer(source).tokens();
}

class Lexer {
  private readonly source: string;
  private at = 0;

  constructor(source: string) {
    this.source = source;
  }

  tokens(): readonly Token[] {
    const tokens: Token[] = [];
    for (let token = this.next(); token !== undefined; token = this.next()) tokens.push(token);
    return tokens;
  }

  private next(): Token | undefined {
    this.skipBlanks();
    if (this.at >= this.source.length) return undefined;
    const descriptor = /^[0-9](?=[<>])/.exec(this.source.slice(this.at, this.at + 2))?.[0];
    if (descriptor !== undefined) this.at += 1;
    const operator = operators.find((text) => this.source.startsWith(text, this.at));
    if (operator === undefined) return { kind: 'word', word: this.word() };
    this.at += operator.length;
    const base = { kind: 'operator', text: operator } as const;
    return descriptor === undefined ? base : { ...base, descriptor: Number(descriptor) };
  }

  private skipBlanks(): void {
    const blank = /(?:[ \t]|\\\n)*(?:#[^\n]*)?/y;
    blank.lastIndex = this.at;
    this.at += blank.exec(this.source)?.[0].length ?? 0;
  }

  private word(): Word {
    const parts: WordPart[] = [];
    while (this.at < this.source.length && !/[\s;&|<>()]/.test(this.peek())) {
      const char = this.peek();
      if (char === "'") parts.push(this.singleQuoted());
      else if (char === '"') parts.push(...this.doubleQuoted());
      else if (char === '$' || char === '`') parts.push(this.expansion(false));
      else if (char === '\\') {
        parts.push({ kind: 'text', text: this.source.slice(this.at + 1, this.at + 2), quoted: true });
        this.at += 2;
      } else parts.push({ kind: 'text', text: this.take(/[^\s;&|<>()'"$`\\]+/y), quoted: false });
    }
    return parts;
  }

  private singleQuoted(): WordPart {
    const end = this.source.indexOf("'", this.at + 1);
    if (end < 0) throw new ShellSyntaxError('unterminated quoted string');
    const text = this.source.slice(this.at + 1, end);
    this.at = end + 1;
    return { kind: 'text', text, quoted: true };
  }

  private doubleQuoted(): readonly WordPart[] {
    // An empty pair of quotes is still a word.
    const parts: WordPart[] = [{ kind: 'text', text: '', quoted: true }];
    this.at += 1;
    while (this.peek() !== '"') {
      if (this.at >= this.source.length) throw new ShellSyntaxError('unterminated quoted string');
      const char = this.peek();
      if (char === '$' || char === '`') parts.push(this.expansion(true));
      else if (char === '\\') {
        const escaped = this.source.slice(this.at + 1, this.at + 2);
        parts.push({ kind: 'text', text: /[$`"\\]/.test(escaped) ? escaped : `\\${escaped}`, quoted: true });
        this.at += 2;
      } else parts.push({ kind: 'text', text: this.take(/[^"$`\\]+/y), quoted: true });
    }
    this.at += 1;
    return parts;
  }

  private expansion(quoted: boolean): WordPart {
    if (this.peek() === '`') {
      const end = this.source.indexOf('`', this.at + 1);
      if (end < 0) throw new ShellSyntaxError('unterminated backquote');
      const script = this.source.slice(this.at + 1, end);
      this.at = end + 1;
      return { kind: 'output', script, quoted };
    }
    if (this.source.startsWith('$((', this.at)) {
      const inner = this.parenthesised(this.at + 1);
      if (inner.startsWith('(') && inner.endsWith(')'))
        return { kind: 'arithmetic', expression: inner.slice(1, -1), quoted };
      return { kind: 'output', script: inner, quoted };
    }
    if (this.source.startsWith('$(', this.at))
      return { kind: 'output', script: this.parenthesised(this.at + 1), quoted };
    if (this.source.startsWith('${', this.at)) return this.braced(quoted);
    this.at += 1;
    const name = this.take(/[A-Za-z_][A-Za-z0-9_]*|[0-9?$#@*!]/y);
    return name === '' ? { kind: 'text', text: '$', quoted } : { kind: 'variable', name, quoted };
  }

  private braced(quoted: boolean): WordPart {
    const match = /^\$\{([A-Za-z_][A-Za-z0-9_]*|[0-9?#@*])(?::?-([^}]*))?\}/.exec(this.source.slice(this.at));
    if (match === null) throw new ShellSyntaxError('bad substitution');
    const [whole, name = '', fallback] = match;
    this.at += whole.length;
    const variable = { kind: 'variable', name, quoted } as const;
    return fallback === undefined ? variable : { ...variable, fallback };
  }

  /** What is between the parenthesis at `open` and its partner; quotes inside hide parentheses. */
  private parenthesised(open: number): string {
    let depth = 0;
    for (let i = open; i < this.source.length; i += 1) {
      const char = this.source[i];
      if (char === '\\') i += 1;
      else if (char === "'" || char === '"') i = this.source.indexOf(char, i + 1);
      else if (char === '(') depth += 1;
      else if (char === ')') depth -= 1;
      if (i < 0) break;
      if (depth === 0) {
        this.at = i + 1;
        return this.source.slice(open + 1, i);
      }
    }
    throw new ShellSyntaxError('unterminated $(');
  }

  private peek(): string {
    return this.source[this.at] ?? '';
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.source)?.[0] ?? '';
    this.at += text.length;
    return text;
  }
}
