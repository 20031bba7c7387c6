/**
 * What an `httpGet` action asks for: the URL and the headers, the same for probes and for lifecycle hooks
 * (upstream `pkg/probe/http/request.go`).
 */

import {
  escapeLiteralPath,
  formatURL,
  type GoURL,
  joinHostPort,
  type ParsedURL,
  parseURL,
} from './go-url.ts';
import type { HttpHeader } from './pod.ts';

export interface HttpGetDestination {
  readonly scheme?: string;
  /** Absent or empty: the pod's IP. */
  readonly host?: string;
  readonly path?: string;
}

/**
 * The URL to request. The path is read as a URL reference, so it may carry a query; one that cannot be read is taken
 * literally. Not `ok` when the host cannot stand in a URL: the action can then not be carried out at all.
 */
export function httpGetURL(action: HttpGetDestination, podIP: string, port: number): ParsedURL {
  const path = action.path ?? '';
  const parsed = parseURL(path);
  const url = parsed.ok ? parsed.url : literal(path);
  const host = joinHostPort(action.host === undefined || action.host === '' ? podIP : action.host, port);
  const text = formatURL({ ...url, scheme: (action.scheme ?? 'http').toLowerCase(), host });
  const whole = parseURL(text);
  return whole.ok ? whole : { ok: false, problem: `parse ${JSON.stringify(text)}: ${whole.problem}` };
}

/** Header names and values in the order they go out; a name may come several times. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/**
 * All headers but `Host`, which is given on its own (`undefined`: the URL's). `User-Agent` and `Accept` have defaults; an explicitly
 * empty one is left out. Headers that frame a message are the client's own business and dropped, as Go does.
 */
export function httpGetHeaders(
  custom: readonly HttpHeader[],
  userAgent: string,
): { readonly host: string | undefined; readonly headers: HeaderList } {
  const values = canonicalHeaders(custom);
  const host = values.get('Host')?.[0];
  const agents = values.get('User-Agent');
  values.set('User-Agent', agents === undefined ? [userAgent] : agents.slice(0, 1));
  if (!values.has('Accept')) values.set('Accept', ['*/*']);
  for (const name of ['User-Agent', 'Accept']) if (values.get(name)?.[0] === '') values.delete(name);
  for (const name of framingHeaders) values.delete(name);
  const headers = [...values].flatMap(([name, list]) => list.map((value) => [name, value] as const));
  return { host: host === '' ? undefined : host, headers };
}

const framingHeaders = ['Host', 'Content-Length', 'Transfer-Encoding', 'Trailer'];

/** Values by canonical name, each list in the order given. */
export function canonicalHeaders(custom: readonly HttpHeader[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const { name, value = '' } of custom) {
    const canonical = canonicalHeaderName(name);
    values.set(canonical, [...(values.get(canonical) ?? []), value]);
  }
  return values;
}

/** `x-forwarded-FOR` -> `X-Forwarded-For`. */
function canonicalHeaderName(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function literal(path: string): GoURL {
  const noURL = { scheme: '', opaque: '', host: '', query: undefined, fragment: '' };
  return { ...noURL, path: escapeLiteralPath(path) };
}
