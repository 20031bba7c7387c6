/** JSON as bytes, made once for each state of an object and shared by every answer and every watch that tells it. */

/** Of objects that never change: those of a store are frozen, and another state is another object. */
export class SharedJSON<T extends object> {
  private readonly view: (object: T) => object;
  private readonly known = new WeakMap<T, Buffer>();

  /** `view`: the part of an object that is told. */
  constructor(view: (object: T) => object) {
    this.view = view;
  }

  of(object: T): Buffer {
    const known = this.known.get(object);
    if (known !== undefined) return known;
    const made = Buffer.from(JSON.stringify(this.view(object)));
    this.known.set(object, made);
    return made;
  }
}

const comma = 0x2c;

/** `head`, the items with commas between them, and `tail`. */
export function joinJSON(head: string, items: readonly Buffer[], tail: string): Buffer {
  const [first, last] = [Buffer.from(head), Buffer.from(tail)];
  let size = first.length + last.length + Math.max(0, items.length - 1);
  for (const item of items) size += item.length;
  const whole = Buffer.allocUnsafe(size);
  let at = first.copy(whole);
  for (const [i, item] of items.entries()) {
    if (i > 0) {
      whole[at] = comma;
      at += 1;
    }
    whole.set(item, at);
    at += item.length;
  }
  last.copy(whole, at);
  return whole;
}
