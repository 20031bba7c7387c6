/**
 * URLs as Go's `net/url` reads and prints them: the kubelet makes probes and hooks with it, and the WHATWG
 * rules of `URL` differ (they decode host names, drop default ports, and never fail on a bad path).
 */

export interface GoURL {
  readonly scheme: string;
  /** What follows `scheme:` when that is not a path. */
  readonly opaque: string;
  /** With the port, as written; user names and passwords are dropped. */
  readonly host: string;
  /** Percent-encoded; may be empty. */
  readonly path: string;
  /** As written, without the `?`; `undefined` when there is none. */
  readonly query: string | undefined;
  /** As written, without the `#`. */
  readonly fragment: string;
}

/** The URL, or Go's words for what is wrong with it. */
export type ParsedURL =
  | { readonly ok: true; readonly url: GoURL }
  | { readonly ok: false; readonly problem: string };

/** Reads an absolute URL or a reference such as `/healthz?full=1`. */
export function parseURL(text: string): ParsedURL {
  const [beforeFragment, fragment = ''] = cut(text, '#');
  if (hasControl(beforeFragment)) return broken('net/url: invalid control character in URL');
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(beforeFragment)?.[0] ?? '';
  if (beforeFragment.startsWith(':')) return broken('missing protocol scheme');
  const [hierarchy, query] = cut(
    scheme === '' ? beforeFragment : beforeFragment.slice(scheme.length + 1),
    '?',
  );
  if (badEscape(fragment)) return broken(badEscapeWords(fragment));
  const found = (opaque: string, host: string, path: string): ParsedURL => ({
    ok: true,
    url: { scheme: scheme.toLowerCase(), opaque, host, path, query, fragment },
  });

  if (!hierarchy.startsWith('/')) {
    if (scheme !== '') return found(hierarchy, '', '');
    if (cut(hierarchy, '/')[0].includes(':')) return broken('first path segment in URL cannot contain colon');
  }
  const hasAuthority = hierarchy.startsWith('//') && (scheme !== '' || !hierarchy.startsWith('///'));
  const authority = hasAuthority ? (/^[^/]*/.exec(hierarchy.slice(2))?.[0] ?? '') : '';
  const path = hasAuthority ? hierarchy.slice(2 + authority.length) : hierarchy;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const problem = hostProblem(host) ?? (badEscape(path) ? badEscapeWords(path) : undefined);
  if (problem !== undefined) return broken(problem);
  return found('', host, encodePath(path));
}

/** Prints a URL; a relative path below a host gets its leading slash. */
export function formatURL(url: GoURL): string {
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`;
  const tail = `${url.query === undefined ? '' : `?${url.query}`}${url.fragment === '' ? '' : `#${url.fragment}`}`;
  if (url.opaque !== '') return `${scheme}${url.opaque}${tail}`;
  const authority = url.host === '' ? '' : `//${url.host}`;
  const slash = url.host !== '' && url.path !== '' && !url.path.startsWith('/') ? '/' : '';
  return `${scheme}${authority}${slash}${url.path}${tail}`;
}

/** Resolves a reference (a `Location` header) against the URL it was found at, by RFC 3986 section 5.2. */
export function resolveURL(base: GoURL, reference: string): ParsedURL {
  const parsed = parseURL(reference);
  if (!parsed.ok) return parsed;
  const { url } = parsed;
  if (url.scheme !== '' || url.opaque !== '' || url.host !== '') {
    const path = url.opaque === '' ? cleanPath('', url.path) : '';
    return { ok: true, url: { ...url, scheme: url.scheme === '' ? base.scheme : url.scheme, path } };
  }
  const keepsPath = url.path === '';
  const path = keepsPath ? base.path : cleanPath(base.path, url.path);
  const query = keepsPath && url.query === undefined ? base.query : url.query;
  return { ok: true, url: { ...base, path, query, fragment: url.fragment } };
}

/** The host without its port and without the brackets of an IPv6 address. */
export function hostNameOf(url: GoURL): string {
  const bracketed = /^\[([^\]]*)\]/.exec(url.host)?.[1];
  return bracketed ?? url.host.replace(/:[0-9]*$/, '');
}

/** The port, written or implied by the scheme. */
export function portOf(url: GoURL): number {
  const written = /:([0-9]+)$/.exec(url.host)?.[1];
  return written === undefined ? (url.scheme === 'https' ? 443 : 80) : Number(written);
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') || host.includes('%') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Percent-encodes a path that is to be taken literally, `?` and `%` included. */
export function escapeLiteralPath(path: string): string {
  return escapeBytes(new TextEncoder().encode(path));
}

function broken(problem: string): ParsedURL {
  return { ok: false, problem };
}

function cut(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function hasControl(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return /[\x00-\x1f\x7f]/.test(text);
}

const wrongEscape = /%(?![0-9A-Fa-f]{2}).{0,2}/;

function badEscape(text: string): boolean {
  return wrongEscape.test(text);
}

function badEscapeWords(text: string): string {
  return `invalid URL escape ${JSON.stringify(wrongEscape.exec(text)?.[0] ?? '')}`;
}

function hostProblem(host: string): string | undefined {
  const name = host.replace(/^\[[^\]]*\]/, 'v6');
  if (host.startsWith('[') && name === host) return "missing ']' in host";
  const wrong = /[\s"<>\\^`{}|]/.exec(name)?.[0];
  if (wrong !== undefined) return `invalid character ${JSON.stringify(wrong)} in host name`;
  const port = /:.*$/.exec(name)?.[0];
  if (port === undefined || /^:[0-9]*$/.test(port)) return undefined;
  return `invalid port ${JSON.stringify(port)} after host`;
}

/** Keeps a path that is well encoded as it was written; otherwise decodes it and encodes it afresh. */
function encodePath(path: string): string {
  if (/^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]/%]*$/.test(path)) return path;
  const bytes: number[] = [];
  const raw = new TextEncoder().encode(path);
  for (let i = 0; i < raw.length; i += 1) {
    const byte = raw[i] ?? 0;
    if (byte === 0x25) {
      bytes.push(Number.parseInt(String.fromCharCode(raw[i + 1] ?? 0, raw[i + 2] ?? 0), 16));
      i += 2;
    } else bytes.push(byte);
  }
  return escapeBytes(Uint8Array.from(bytes));
}

function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    const isPlain = /[A-Za-z0-9\-_.~$&+,/:;=@]/.test(char);
    text += isPlain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

/** The reference's path below the folder of the base, without `.` and `..`. */
function cleanPath(base: string, reference: string): string {
  const full =
    reference === '' || reference.startsWith('/')
      ? reference
      : base.slice(0, base.lastIndexOf('/') + 1) + reference;
  if (full === '') return '';
  const kept: string[] = [];
  const segments = full.replace(/^\//, '').split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  if (last === '.' || last === '..') kept.push('');
  return `/${kept.join('/')}`;
}
