/** What a field of a message in binary form is in JSON. */

export type WireType =
  | 'string'
  | 'int'
  | 'bool'
  /** Sent in any case: false says no more than that it is not true. */
  | 'flag'
  /** Base64 in JSON. */
  | 'bytes'
  | 'int-or-string'
  /** Text in JSON, a message around it here. */
  | 'quantity'
  | { readonly list: WireType }
  | { readonly map: 'string' | 'bytes' | 'quantity' }
  /** Its fields are those of the message around it. */
  | { readonly inline: MessageType }
  | MessageType;

export interface MessageType {
  readonly fields: Readonly<Record<number, readonly [name: string, type: WireType]>>;
  /** That it is there says something, though nothing be in it. */
  readonly isKept?: boolean;
}

export function message(fields: MessageType['fields']): MessageType {
  return { fields };
}

export const strings: WireType = { list: 'string' };
export const stringMap: WireType = { map: 'string' };
