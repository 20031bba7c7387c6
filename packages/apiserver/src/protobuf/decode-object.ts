/** Objects in the binary form in which newer kubectl sends them for `create deployment` and its like. */

import { badRequest } from '../status/status-error.ts';
import { unsupportedType } from '../status/unsupported-type.ts';
import { messageTypes } from './message-types.ts';
import { readMessage, type WireField } from './protobuf-reader.ts';
import type { MessageType, WireType } from './wire-type.ts';

/** Every object begins with these four bytes. */
const magic = Buffer.from('k8s\0', 'latin1');

/** Throws a `StatusError` for what is no such object, or of a kind that is not read from this form. */
export function decodeProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, magic.length).equals(magic)) throw unreadable('it does not begin as one');
  try {
    const [head, raw] = blocks(readMessage(body.subarray(magic.length)), 1, 2);
    const [apiVersion, kind] = blocks(readMessage(head), 1, 2).map(String);
    const type = messageTypes.get(`${apiVersion}/${kind}`);
    if (type === undefined) throw unsupportedType(['application/json', 'application/yaml']);
    return { apiVersion, kind, ...fieldsOf(readMessage(raw), type) };
  } catch (error) {
    throw error instanceof RangeError ? unreadable(error.message) : error;
  }
}

function unreadable(why: string) {
  return badRequest(`the object provided is unrecognized: it is no protobuf object: ${why}`);
}

/** The last block of each of these numbers. */
function blocks(fields: readonly WireField[], a: number, b: number): readonly [Buffer, Buffer] {
  const block = (number: number) => {
    const found = fields.findLast((field) => field.number === number)?.value;
    return Buffer.isBuffer(found) ? found : Buffer.alloc(0);
  };
  return [block(a), block(b)];
}

type Decoded = Record<string, unknown>;

/** What is empty is left out: this form says nothing by it. */
function fieldsOf(wire: readonly WireField[], { fields }: MessageType): Decoded {
  const decoded: Decoded = {};
  for (const { number, value } of wire) {
    const [name, type] = fields[number] ?? [];
    if (name === undefined || type === undefined) continue;
    if (typeof type === 'object' && 'inline' in type) {
      Object.assign(decoded, decodeValue(value, type.inline, undefined));
      continue;
    }
    const read = decodeValue(value, type, decoded[name]);
    if (read !== undefined) decoded[name] = read;
  }
  return decoded;
}

function decodeValue(value: number | Buffer, type: WireType, before: unknown): unknown {
  // By adding to what is there: a copy for each would take minutes for a body of many small ones.
  if (typeof type === 'object' && 'list' in type) return withItem(before, item(value, type.list));
  if (type === 'int') return typeof value === 'number' ? value : misplaced();
  if (type === 'flag') return decodeValue(value, 'bool', before) || undefined;
  if (type === 'bool') return typeof value === 'number' ? value !== 0 : misplaced();
  if (!Buffer.isBuffer(value)) return misplaced();
  if (type === 'string') return value.toString('utf8') || undefined;
  if (type === 'bytes') return value.toString('base64');
  if (type === 'int-or-string') return intOrString(readMessage(value));
  if (type === 'quantity') return String(blocks(readMessage(value), 1, 1)[0]) || undefined;
  if ('map' in type)
    return Object.assign(before ?? Object.create(null), mapEntry(readMessage(value), type.map));
  if (!('fields' in type)) return misplaced();
  const inner = fieldsOf(readMessage(value), type);
  return Object.keys(inner).length === 0 && !type.isKept ? undefined : withoutZeros(inner);
}

function withItem(before: unknown, one: unknown): unknown {
  if (!Array.isArray(before)) return [one];
  before.push(one);
  return before;
}

function item(value: number | Buffer, type: WireType): unknown {
  return decodeValue(value, type, undefined) ?? (type === 'string' ? '' : {});
}

function mapEntry(entry: readonly WireField[], type: 'string' | 'bytes' | 'quantity'): Decoded {
  const [key, value] = blocks(entry, 1, 2);
  return { [String(key)]: decodeValue(value, type, undefined) ?? '' };
}

function intOrString(fields: readonly WireField[]): number | string | undefined {
  const kind = fields.findLast(({ number }) => number === 1)?.value ?? 0;
  if (kind === 1) return String(blocks(fields, 3, 3)[0]) || undefined;
  const number = fields.findLast((field) => field.number === 2)?.value;
  // 0 is what is not given: there is no port of that number.
  return typeof number === 'number' && number !== 0 ? number : undefined;
}

const droppedZeros = ['hostPort', 'nodePort'];

/** Ports that are not asked for are written as 0. */
function withoutZeros(fields: Decoded): Decoded {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => !(value === 0 && droppedZeros.includes(name))),
  );
}

function misplaced(): never {
  throw new RangeError('a field has the wrong type');
}
