/**
 * Quantities such as `500m`, `1.5Gi` or `12e6`, exactly as Kubernetes reads and prints them
 * (`apimachinery/pkg/api/resource`): precision of one nano-unit, rounded up, at most 2^63-1 units.
 */

/** How a quantity was written: `1500m`, `1Gi` or `12e6`. */
export type QuantityFormat = 'decimal' | 'binary' | 'exponent';

/** An amount such as `100m`, `64Mi` or `1e3`, exact to a billionth: `resource.Quantity`. */
export interface Quantity {
  /** The value in billionths of a unit. */
  readonly nanos: bigint;
  /** How it was written, and so how it is printed. */
  readonly format: QuantityFormat;
}

/** What an unreadable quantity is answered with. */
export const quantityProblem =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const nanosPerUnit = 1_000_000_000n;
const nanosMax = (2n ** 63n - 1n) * nanosPerUnit;

/** Far more than any number in range needs; bounds the work on hostile input. */
const textCharsMax = 256;

const decimalExponents: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const decimalSuffixes: ReadonlyMap<number, string> = new Map([...decimalExponents].map(([s, e]) => [e, s]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** `undefined` when it is no quantity. JSON numbers are read by their text, as the API does. */
export function parseQuantity(value: string | number): Quantity | undefined {
  const text = String(value);
  if (text.length > textCharsMax) return undefined;
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?([A-Za-z]*)([+-]?\d*)$/.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = '', letters = '', tail = ''] = parts;
  if (whole === '' && fraction === '') return undefined;
  const scale = parseSuffix(letters, tail);
  if (scale === undefined) return undefined;
  const magnitude = scaledNanos(BigInt(whole + fraction), scale, fraction.length);
  return { nanos: sign === '-' ? -magnitude : magnitude, format: scale.format };
}

interface Scale {
  readonly base: 2n | 10n;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

function parseSuffix(letters: string, tail: string): Scale | undefined {
  if ((letters === 'e' || letters === 'E') && /\d/.test(tail))
    return { base: 10n, exponent: Number(tail), format: 'exponent' };
  if (tail !== '') return undefined;
  const binary = binarySuffixes.indexOf(letters);
  if (binary > 0) return { base: 2n, exponent: binary * 10, format: 'binary' };
  const exponent = decimalExponents.get(letters);
  return exponent === undefined ? undefined : { base: 10n, exponent, format: 'decimal' };
}

/** Rounds up to a whole nano-unit and cuts at the largest quantity there is. */
function scaledNanos(digits: bigint, scale: Scale, fractionDigits: number): bigint {
  if (digits === 0n) return 0n;
  // Outside these bounds the answer is known without computing a power of a million digits.
  if (scale.exponent > 1_000) return nanosMax;
  if (scale.exponent < -1_000) return 1n;
  const up = scale.exponent >= 0 ? scale.base ** BigInt(scale.exponent) : 1n;
  const down =
    (scale.exponent < 0 ? scale.base ** BigInt(-scale.exponent) : 1n) * 10n ** BigInt(fractionDigits);
  const nanos = ceilDivide(digits * up * nanosPerUnit, down);
  return nanos > nanosMax ? nanosMax : nanos;
}

/** -1, 0 or 1, as `sort` likes it. How they were written does not matter: `1` equals `1000m`. */
export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  if (a.nanos === b.nanos) return 0;
  return a.nanos < b.nanos ? -1 : 1;
}

/** The canonical text: `1500m`, `1536Mi`, `100k`; no fraction, the largest suffix that loses nothing. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos, format } = quantity;
  if (nanos === 0n) return '0';
  const units = nanos / nanosPerUnit;
  const isWhole = nanos % nanosPerUnit === 0n;
  // Below 1024 and for fractions the binary suffixes would have to round.
  if (format === 'binary' && isWhole && (units >= 1024n || units <= -1024n)) return formatBinary(units);
  return formatDecimal(nanos, format === 'exponent');
}

function formatBinary(units: bigint): string {
  let mantissa = units;
  let step = 0;
  while (mantissa % 1024n === 0n && step < binarySuffixes.length - 1) {
    mantissa /= 1024n;
    step += 1;
  }
  return `${mantissa}${binarySuffixes[step]}`;
}

function formatDecimal(nanos: bigint, asExponent: boolean): string {
  let mantissa = nanos;
  let exponent = -9;
  while (mantissa % 1000n === 0n && exponent < 18) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (exponent === 0) return String(mantissa);
  return `${mantissa}${asExponent ? `e${exponent}` : decimalSuffixes.get(exponent)}`;
}

/** Whole units, rounded away from zero: bytes of a memory quantity, `1` for `1m` of CPU. */
export function wholeUnits(quantity: Quantity): bigint {
  return ceilDivide(quantity.nanos, nanosPerUnit);
}

/** Thousandths, rounded away from zero: the `500` of `500m` CPU. */
export function milliUnits(quantity: Quantity): bigint {
  return ceilDivide(quantity.nanos, 1_000_000n);
}

/** How often `divisor` fits, rounded up: what a `resourceFieldRef` prints. A divisor of zero counts as 1. */
export function dividedBy(quantity: Quantity, divisor: Quantity): bigint {
  return ceilDivide(quantity.nanos, divisor.nanos === 0n ? nanosPerUnit : divisor.nanos);
}

/** The nearest JavaScript number, in units. */
export function quantityToNumber(quantity: Quantity): number {
  return Number(quantity.nanos) / Number(nanosPerUnit);
}

/** Division that rounds away from zero. */
function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  if (quotient * divisor === dividend) return quotient;
  return dividend < 0n !== divisor < 0n ? quotient - 1n : quotient + 1n;
}
