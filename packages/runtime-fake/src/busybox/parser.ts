/** Words and operators -> a tree of commands. What the shell does not know is a syntax error, never ignored. */

import { ShellSyntaxError, type Token, tokenize, type Word } from './lexer.ts';

export interface Redirect {
  readonly descriptor: number;
  readonly operator: '<' | '>' | '>>' | '>&';
  readonly target: Word;
}

export interface Assignment {
  readonly name: string;
  readonly value: Word;
}

export type Node =
  | {
      readonly kind: 'command';
      readonly assignments: readonly Assignment[];
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly kind: 'list';
      readonly items: readonly { readonly node: Node; readonly isBackground: boolean }[];
    }
  | { readonly kind: 'and' | 'or'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'not'; readonly node: Node }
  | {
      readonly kind: 'if';
      readonly condition: Node;
      readonly then: Node;
      readonly otherwise: Node | undefined;
    }
  | { readonly kind: 'loop'; readonly isUntil: boolean; readonly condition: Node; readonly body: Node }
  | {
      readonly kind: 'for';
      readonly name: string;
      readonly words: readonly Word[] | undefined;
      readonly body: Node;
    }
  | { readonly kind: 'function'; readonly name: string; readonly body: Node }
  | { readonly kind: 'subshell'; readonly body: Node }
  | { readonly kind: 'redirected'; readonly node: Node; readonly redirects: readonly Redirect[] };

/** Throws a `ShellSyntaxError`. */
export function parse(source: string): Node {
  const parser = new Parser(tokenize(source));
  const tree = parser.list([]);
  parser.expectEnd();
  return tree;
}

/** Words that mean something only where a command may begin. */
const closers = ['then', 'elif', 'else', 'fi', 'do', 'done', '}', 'in'];

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  /** Commands up to one of the words of `until`, a closing parenthesis, or the end. */
  list(until: readonly string[]): Node {
    const items: { node: Node; isBackground: boolean }[] = [];
    this.skipNewlines();
    while (!this.isAtEnd() && !this.isOperator(')') && !until.includes(this.reserved() ?? '')) {
      const node = this.andOr();
      const isBackground = this.accept('&');
      if (!isBackground && !this.accept(';') && !this.accept('\n') && !this.isAtEnd()) {
        if (!this.isOperator(')') && !until.includes(this.reserved() ?? '')) this.unexpected();
      }
      items.push({ node, isBackground });
      this.skipNewlines();
    }
    return { kind: 'list', items };
  }

  expectEnd(): void {
    if (!this.isAtEnd()) this.unexpected();
  }

  private andOr(): Node {
    let left = this.pipeline();
    for (;;) {
      const kind = this.accept('&&') ? 'and' : this.accept('||') ? 'or' : undefined;
      if (kind === undefined) return left;
      this.skipNewlines();
      left = { kind, left, right: this.pipeline() };
    }
  }

  private pipeline(): Node {
    if (this.acceptWord('!')) return { kind: 'not', node: this.pipeline() };
    const node = this.command();
    if (this.isOperator('|')) throw new ShellSyntaxError('this shell has no pipes');
    return node;
  }

  private command(): Node {
    const compound = this.compound();
    if (compound === undefined) return this.simple();
    const redirects: Redirect[] = [];
    for (let one = this.redirect(); one !== undefined; one = this.redirect()) redirects.push(one);
    return redirects.length === 0 ? compound : { kind: 'redirected', node: compound, redirects };
  }

  private compound(): Node | undefined {
    if (this.accept('(')) {
      const body = this.list([]);
      this.expect(')');
      return { kind: 'subshell', body };
    }
    switch (this.reserved()) {
      case 'if':
        this.at += 1;
        return this.ifClause();
      case 'while':
      case 'until':
        return this.loop();
      case 'for':
        this.at += 1;
        return this.forClause();
      case '{':
        this.at += 1;
        return this.body(['}']);
      case 'case':
        throw new ShellSyntaxError('this shell has no case');
      default:
        return this.functionDefinition();
    }
  }

  private ifClause(): Node {
    const condition = this.list(['then']);
    this.expectWord('then');
    const then = this.list(['elif', 'else', 'fi']);
    if (this.acceptWord('elif')) return { kind: 'if', condition, then, otherwise: this.ifClause() };
    const otherwise = this.acceptWord('else') ? this.list(['fi']) : undefined;
    this.expectWord('fi');
    return { kind: 'if', condition, then, otherwise };
  }

  private loop(): Node {
    const isUntil = this.reserved() === 'until';
    this.at += 1;
    const condition = this.list(['do']);
    this.expectWord('do');
    return { kind: 'loop', isUntil, condition, body: this.body(['done']) };
  }

  private forClause(): Node {
    const name = this.reserved();
    if (name === undefined || !isName(name)) this.unexpected();
    this.at += 1;
    const words: Word[] = [];
    const isGiven = this.acceptWord('in');
    if (isGiven)
      for (let word = this.acceptAnyWord(); word !== undefined; word = this.acceptAnyWord()) words.push(word);
    this.accept(';');
    this.skipNewlines();
    this.expectWord('do');
    return { kind: 'for', name, words: isGiven ? words : undefined, body: this.body(['done']) };
  }

  private functionDefinition(): Node | undefined {
    const name = this.reserved();
    if (name === undefined || !isName(name)) return undefined;
    if (!this.isOperator('(', 1) || !this.isOperator(')', 2)) return undefined;
    this.at += 3;
    this.skipNewlines();
    return { kind: 'function', name, body: this.command() };
  }

  private simple(): Node {
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    const start = this.at;
    if (closers.includes(this.reserved() ?? '')) this.unexpected();
    for (;;) {
      const redirect = this.redirect();
      if (redirect !== undefined) {
        redirects.push(redirect);
        continue;
      }
      const word = this.acceptAnyWord();
      if (word === undefined) break;
      const assignment = words.length === 0 ? asAssignment(word) : undefined;
      if (assignment === undefined) words.push(word);
      else assignments.push(assignment);
    }
    if (this.at === start) this.unexpected();
    return { kind: 'command', assignments, words, redirects };
  }

  private redirect(): Redirect | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== 'operator') return undefined;
    const { text: operator, descriptor } = token;
    if (operator !== '<' && operator !== '>' && operator !== '>>' && operator !== '>&') return undefined;
    this.at += 1;
    const target = this.acceptAnyWord();
    if (target === undefined) this.unexpected();
    return { descriptor: descriptor ?? (operator === '<' ? 0 : 1), operator, target };
  }

  private body(until: readonly [string]): Node {
    const body = this.list(until);
    this.expectWord(until[0]);
    return body;
  }

  /** The word here, when it is one plain unquoted text: only such a word can be a reserved one. */
  private reserved(): string | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== 'word') return undefined;
    const [part, ...more] = token.word;
    return part?.kind === 'text' && !part.quoted && more.length === 0 ? part.text : undefined;
  }

  private acceptWord(text: string): boolean {
    if (this.reserved() !== text) return false;
    this.at += 1;
    return true;
  }

  private expectWord(text: string): void {
    if (!this.acceptWord(text)) this.unexpected(`expecting "${text}"`);
  }

  private acceptAnyWord(): Word | undefined {
    const token = this.tokens[this.at];
    if (token?.kind !== 'word') return undefined;
    this.at += 1;
    return token.word;
  }

  private isOperator(text: string, ahead = 0): boolean {
    const token = this.tokens[this.at + ahead];
    return token?.kind === 'operator' && token.text === text;
  }

  private accept(text: string): boolean {
    if (!this.isOperator(text)) return false;
    this.at += 1;
    return true;
  }

  private expect(text: string): void {
    if (!this.accept(text)) this.unexpected(`expecting "${text}"`);
  }

  private skipNewlines(): void {
    while (this.accept('\n'));
  }

  private isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  private unexpected(detail?: string): never {
    const token = this.tokens[this.at];
    const found = token === undefined ? 'end of file' : token.kind === 'operator' ? token.text : 'word';
    const text = `"${this.reserved() ?? found}" unexpected`;
    throw new ShellSyntaxError(detail === undefined ? text : `${text} (${detail})`);
  }
}

function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/** `name=value` with a literal name, whatever the value is made of. */
function asAssignment(word: Word): Assignment | undefined {
  const [first, ...rest] = word;
  if (first?.kind !== 'text' || first.quoted) return undefined;
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(first.text);
  if (match === null) return undefined;
  const [, name = '', text = ''] = match;
  return { name, value: text === '' ? rest : [{ ...first, text }, ...rest] };
}
