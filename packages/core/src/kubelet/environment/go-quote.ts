/**
 * A string as Go's `%q` prints it: hook messages and the label files of downwardAPI volumes are read by people and
 * programs that expect that form.
 */
export function goQuote(text: string): string {
  let quoted = '"';
  for (const char of text) quoted += shortForms[char] ?? (isPrintable(char) ? char : escaped(char));
  return `${quoted}"`;
}

const shortForms: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** Go counts the plain space as the only printable blank. */
function isPrintable(char: string): boolean {
  return char === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char);
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
