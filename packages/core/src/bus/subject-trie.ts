/**
 * Finds the patterns that match a subject. `*` stands for one word, a last `>` for one or more. A lookup allocates
 * nothing unless something matches, because most messages have no reader.
 */

interface Node<T> {
  children: Map<string, Node<T>> | undefined;
  /** The branch behind a `*`. */
  star: Node<T> | undefined;
  /** Patterns that end here. */
  items: T[];
  /** Patterns that end in a `>` after this word. */
  tail: T[];
}

export class SubjectTrie<T> {
  private readonly root: Node<T> = emptyNode();
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(pattern: string, item: T): void {
    let node = this.root;
    const words = pattern.split('.');
    const isTail = words.at(-1) === '>';
    for (const word of isTail ? words.slice(0, -1) : words) node = descend(node, word);
    (isTail ? node.tail : node.items).push(item);
    this.count += 1;
  }

  remove(pattern: string, item: T): void {
    if (removeFrom(this.root, pattern.split('.'), 0, item)) this.count -= 1;
  }

  /** Everything whose pattern matches; `undefined` when nothing does. */
  match(subject: string): T[] | undefined {
    return this.count === 0 ? undefined : collect(this.root, subject, 0, undefined);
  }
}

function emptyNode<T>(): Node<T> {
  return { children: undefined, star: undefined, items: [], tail: [] };
}

function descend<T>(node: Node<T>, word: string): Node<T> {
  if (word === '*') {
    node.star ??= emptyNode();
    return node.star;
  }
  node.children ??= new Map();
  const found = node.children.get(word);
  if (found !== undefined) return found;
  const child = emptyNode<T>();
  node.children.set(word, child);
  return child;
}

/** `start` is the index of the next word, or -1 when the subject is used up. */
function collect<T>(node: Node<T>, subject: string, start: number, found: T[] | undefined): T[] | undefined {
  if (start < 0) return append(found, node.items);
  let out = append(found, node.tail);
  if (node.children === undefined && node.star === undefined) return out;
  const dot = subject.indexOf('.', start);
  const next = dot < 0 ? -1 : dot + 1;
  if (node.children !== undefined) {
    const child = node.children.get(dot < 0 ? subject.slice(start) : subject.slice(start, dot));
    if (child !== undefined) out = collect(child, subject, next, out);
  }
  return node.star === undefined ? out : collect(node.star, subject, next, out);
}

function append<T>(found: T[] | undefined, items: readonly T[]): T[] | undefined {
  if (items.length === 0) return found;
  if (found === undefined) return items.slice();
  for (const item of items) found.push(item);
  return found;
}

/** Takes empty branches off on the way back, so that short-lived subscriptions leave nothing behind. */
function removeFrom<T>(node: Node<T>, words: readonly string[], index: number, item: T): boolean {
  const word = words[index];
  if (word === undefined) return removeItem(node.items, item);
  if (word === '>' && index === words.length - 1) return removeItem(node.tail, item);
  const child = word === '*' ? node.star : node.children?.get(word);
  if (child === undefined || !removeFrom(child, words, index + 1, item)) return false;
  if (!isEmpty(child)) return true;
  if (word === '*') node.star = undefined;
  else node.children?.delete(word);
  if (node.children?.size === 0) node.children = undefined;
  return true;
}

function removeItem<T>(items: T[], item: T): boolean {
  const at = items.indexOf(item);
  if (at < 0) return false;
  items.splice(at, 1);
  return true;
}

function isEmpty<T>(node: Node<T>): boolean {
  return (
    node.children === undefined &&
    node.star === undefined &&
    node.items.length === 0 &&
    node.tail.length === 0
  );
}
