/** Reading the header `Accept`: media types with their parameters, in the order in which they are wanted. Pure. */

export interface MediaType {
  /** In lower case, without parameters. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const typesMax = 32;

/** In the order of the header: clients of Kubernetes list what they like best first. Those with `q=0` are left out. */
export function acceptedTypes(header: string | undefined): readonly MediaType[] {
  const entries = (header ?? '').split(',').slice(0, typesMax).map(mediaType);
  return entries.filter(({ type, parameters }) => type !== '' && Number(parameters['q'] ?? 1) > 0);
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
