/** Ranges of IPv4 addresses, as in `127.96.0.0/12`. Addresses are numbers here, so that they can be counted. */

export interface IPv4Range {
  readonly first: number;
  readonly size: number;
}

/** `undefined` for what is no range in CIDR notation. Bits beyond the prefix are ignored. */
export function parseIPv4Range(text: string): IPv4Range | undefined {
  const [address = '', prefixText = '', ...rest] = text.split('/');
  const first = parseIPv4(address);
  if (first === undefined || rest.length > 0 || !/^\d{1,2}$/.test(prefixText)) return undefined;
  const prefix = Number(prefixText);
  if (prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  return { first: first - (first % size), size };
}

/** `undefined` for what is no address in dotted form. */
export function parseIPv4(text: string): number | undefined {
  const words = text.split('.');
  // A leading zero would make it octal for some readers.
  const isValid = words.length === 4 && words.every((word) => /^(0|[1-9]\d{0,2})$/.test(word) && +word < 256);
  return isValid ? words.reduce((number, word) => number * 256 + Number(word), 0) : undefined;
}

/** `127.0.0.1` from its 32 bits as a number. */
export function formatIPv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** Whether an address, as a number, lies in a range. */
export function isInRange({ first, size }: IPv4Range, address: number): boolean {
  return address >= first && address < first + size;
}

/** Whether two ranges share an address. */
export function doRangesOverlap(a: IPv4Range, b: IPv4Range): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size;
}
