/** A decimal integer of 64 bits, as Go's `strconv.ParseInt` reads it; `undefined` for anything else. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
