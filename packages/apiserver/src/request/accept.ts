/** Reading the header `Accept`: media types with their parameters, in the order in which they are wanted. Pure. */

export interface MediaType {
  /** In lower case, without parameters. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const typesMax = 32;

/** Those that are wanted most first, and of these in the order of the header. Those with `q=0` are left out. */
export function acceptedTypes(header: string | undefined): readonly MediaType[] {
  const entries = (header ?? '').split(',').slice(0, typesMax).map(mediaType);
  return entries
    .filter((entry) => entry.type !== '' && weightOf(entry) > 0)
    .sort((a, b) => weightOf(b) - weightOf(a) || wildcards(a) - wildcards(b));
}

/** What is no number counts as nothing said. */
function weightOf({ parameters }: MediaType): number {
  const weight = Number(parameters['q'] ?? 1);
  return Number.isNaN(weight) ? 1 : weight;
}

function wildcards({ type }: MediaType): number {
  return type.split('*').length;
}

export function mediaType(text: string): MediaType {
  const [type = '', ...parameters] = text.split(';').map((word) => word.trim());
  const pairs = parameters.map((parameter): [string, string] => {
    const at = parameter.indexOf('=');
    return at < 0
      ? [parameter, '']
      : [parameter.slice(0, at).trim(), unquoted(parameter.slice(at + 1).trim())];
  });
  return { type: type.toLowerCase(), parameters: Object.fromEntries(pairs) };
}

function unquoted(value: string): string {
  return /^".*"$/.test(value) ? value.slice(1, -1) : value;
}
