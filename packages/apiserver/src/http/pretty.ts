/** JSON for people: with a line for each field. Pure. */

import type { IncomingHttpHeaders } from 'node:http';
import { isTrue } from '../request/verb-of.ts';
import type { Reply } from './reply.ts';

/** Said by `pretty`; where it is not, browsers and `curl` are for people. As in Kubernetes. */
export function wantsPretty({
  query,
  headers,
}: {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}): boolean {
  const said = query.get('pretty') ?? '';
  return said === '' ? /^(?:curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '') : isTrue(said);
}

/** What is no JSON stays as it is, and so do documents that are kept as they are sent: they may be packed. */
export function prettied(reply: Reply): Reply {
  const { body, contentType, headers } = reply;
  if (typeof body === 'string' || headers?.['etag'] !== undefined) return reply;
  if (!Buffer.isBuffer(body)) return { ...reply, body: lines(body), contentType: contentType ?? jsonType };
  return contentType === jsonType ? { ...reply, body: lines(JSON.parse(body.toString())) } : reply;
}

const jsonType = 'application/json';

function lines(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
