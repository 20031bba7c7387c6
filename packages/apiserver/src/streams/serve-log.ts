/** `GET .../pods/<name>/log`. */

import type { LogRequest } from '@mooring/core';
import type { Answer } from '../http/reply.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceTarget } from '../request/parse-target.ts';
import { isTrue } from '../request/verb-of.ts';
import type { ServerParts } from '../serve/server-parts.ts';
import { badRequest, methodNotAllowed } from '../status/status-error.ts';
import { containerOfRequest, podOfRequest } from './pod-of-request.ts';
import { openError } from './stream-status.ts';
import { writeAll } from './write-all.ts';

/** Begins with the log; what is wrong is told before. */
export async function serveLog(
  parts: ServerParts,
  request: ApiRequest,
  target: ResourceTarget,
): Promise<Answer> {
  if (request.method !== 'GET') throw methodNotAllowed();
  const { pod, node, target: podTarget } = await podOfRequest(parts, target, request.signal);
  const container = containerOfRequest(pod, request).name;
  const limits = logLimits(request.query, parts.clock.now());
  const flag = (name: string) => isTrue(request.query.get(name));
  const asked: LogRequest = {
    ...{ type: 'log', ...podTarget, container, ...limits },
    ...{ follow: flag('follow'), previous: flag('previous'), timestamps: flag('timestamps') },
  };
  const log = await parts.cluster.streams.open(node, asked, request.signal).catch((error: unknown) => {
    throw openError(error);
  });
  return {
    async stream(response) {
      response.writeHead(200, { 'content-type': 'text/plain' });
      // Whoever follows a log that says nothing yet is to know that it is there.
      response.flushHeaders();
      // One that breaks off is not ended, so that it does not look complete.
      for await (const { bytes } of log.output) await writeAll(response, bytes);
      response.end();
    },
  };
}

type LogLimits = Pick<LogRequest, 'tailLines' | 'sinceMs' | 'limitBytes'>;

/** Throws a `StatusError` for what is no number or no time. */
export function logLimits(query: URLSearchParams, nowMs: number): LogLimits {
  const tailLines = wholeNumber(query, 'tailLines', 0);
  const limitBytes = wholeNumber(query, 'limitBytes', 1);
  const sinceSeconds = wholeNumber(query, 'sinceSeconds', 1);
  const sinceTime = query.get('sinceTime') ?? undefined;
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    throw badRequest('at most one of `sinceTime` or `sinceSeconds` may be specified');
  const sinceMs = sinceSeconds === undefined ? timeOf(sinceTime) : nowMs - sinceSeconds * 1000;
  return {
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(sinceMs !== undefined && { sinceMs }),
  };
}

function wholeNumber(query: URLSearchParams, name: string, min: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw badRequest(
    `${name}: Invalid value: ${JSON.stringify(text)}: must be greater than or equal to ${min}`,
  );
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw badRequest(`sinceTime: Invalid value: ${JSON.stringify(text)}: must be a time of RFC 3339`);
  return ms;
}
