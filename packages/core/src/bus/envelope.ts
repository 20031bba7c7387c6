/** The outside of every message between actors. What comes in is `unknown` until it has been decoded here. */

import { FieldPath, invalid, type Parsed, required, typeInvalid } from '../api/field-error.ts';
import type { Clock, Random } from '../contract/clock.ts';

/** Bytes of a message in its JSON form; larger ones are refused before they are parsed. */
export const messageBytesMax = 256 * 1024;

export interface Envelope {
  /** Version of this shape. A reader refuses versions that it does not know. */
  readonly v: 1;
  /** Unique for each message; a doubled message has the same. */
  readonly id: string;
  /** Milliseconds since the epoch on the sender's clock: for display only. */
  readonly at: number;
  /** Address of the sender. */
  readonly from: string;
  /** `container.exited`, `command`, `snapshot`... */
  readonly type: string;
  readonly data: unknown;
}

/** One that was made here and never changes, so that its JSON need not be found out field by field. */
class SealedEnvelope implements Envelope {
  readonly v = 1;
  readonly id: string;
  readonly at: number;
  readonly from: string;
  readonly type: string;
  readonly data: unknown;

  constructor({ id, at, from, type, data }: Omit<Envelope, 'v'>) {
    this.id = id;
    this.at = at;
    this.from = from;
    this.type = type;
    this.data = data;
  }
}

/** `id` is drawn when not given. */
export function sealEnvelope(
  chance: { readonly clock: Clock; readonly random: Random },
  message: Omit<Envelope, 'v' | 'id' | 'at'> & { readonly id?: string },
): Envelope {
  const { id = chance.random.uuid(), from, type, data } = message;
  return new SealedEnvelope({ id, at: chance.clock.now(), from, type, data });
}

/** The form that leaves the process: JSON of any value, in half the time if it is an envelope of ours. */
export function encodeMessage(message: unknown): string {
  if (!(message instanceof SealedEnvelope)) return JSON.stringify(message) ?? 'null';
  const { id, at, from, type, data } = message;
  const body = JSON.stringify(data);
  if (body === undefined) return JSON.stringify({ ...message });
  const quotedID = plainPattern.test(id) ? `"${id}"` : JSON.stringify(id);
  return `{"v":1,"id":${quotedID},"at":${at}${originText(from, type)}${body}}`;
}

/** What JSON puts between quotes as it is. */
const plainPattern = /^[\w-]*$/;

/** What stands between the time and the data: an actor says the same few things again and again under its one address. */
function originText(from: string, type: string): string {
  let texts = originTexts.get(from);
  if (texts === undefined) {
    if (originTexts.size >= originsMax) originTexts.clear();
    texts = new Map();
    originTexts.set(from, texts);
  }
  const known = texts.get(type);
  if (known !== undefined) return known;
  if (texts.size >= typesMax) texts.clear();
  const text = `,"from":${JSON.stringify(from)},"type":${JSON.stringify(type)},"data":`;
  texts.set(type, text);
  return text;
}

const originTexts = new Map<string, Map<string, string>>();
const originsMax = 1024;
const typesMax = 32;

/** Takes the object of a sender in this process, or the JSON text or bytes of one elsewhere. */
export function decodeEnvelope(raw: unknown): Parsed<Envelope> {
  const path = FieldPath.root;
  if (typeof raw !== 'string' && !(raw instanceof Uint8Array)) return checkEnvelope(raw);
  const size = typeof raw === 'string' ? Buffer.byteLength(raw) : raw.byteLength;
  if (size > messageBytesMax)
    return { ok: false, errors: [invalid(path, size, `must be at most ${messageBytesMax} bytes`)] };
  const text = typeof raw === 'string' ? raw : Buffer.from(raw).toString('utf8');
  try {
    return checkEnvelope(JSON.parse(text));
  } catch {
    // The parser's words quote the input, which may be long and is not ours to print.
    return { ok: false, errors: [invalid(path, size, 'must be JSON')] };
  }
}

function checkEnvelope(raw: unknown): Parsed<Envelope> {
  const path = FieldPath.root;
  if (!isRecord(raw)) return { ok: false, errors: [typeInvalid(path, typeof raw, 'an object')] };
  const { v, id, at, from, type, data } = raw;
  if (v !== 1) return { ok: false, errors: [invalid(path.child('v'), v, 'must be 1')] };
  if (
    typeof id === 'string' &&
    typeof at === 'number' &&
    typeof from === 'string' &&
    typeof type === 'string'
  )
    return { ok: true, value: { v, id, at, from, type, data } };
  const fields = { id: 'string', at: 'number', from: 'string', type: 'string' };
  const errors = Object.entries(fields).flatMap(([name, wanted]) => {
    const value = raw[name];
    if (value === undefined) return [required(path.child(name))];
    return typeof value === wanted ? [] : [typeInvalid(path.child(name), value, `a ${wanted}`)];
  });
  return { ok: false, errors };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
