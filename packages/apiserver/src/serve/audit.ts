/** One line for each request: who asked for what, and what came of it. Neither bodies nor queries, which may hold secrets. */

import type { Clock, Logger } from '@mooring/core';
import type { ApiRequest } from '../request/api-request.ts';

const reading: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'head']);

export interface Audit {
  /** Told once, when the request is over. */
  done(code: number): void;
}

/** Writes, and what was refused, are told as `info`; what was only read, or is not there, as `debug`. */
export function beginAudit(logger: Logger, clock: Clock, request: ApiRequest): Audit {
  const beganMs = clock.monotonicMs();
  return {
    done(code) {
      const isQuiet = reading.has(request.verb) && (code < 400 || code === 404);
      logger[isQuiet ? 'debug' : 'info'](
        { code, durationMs: Math.round(clock.monotonicMs() - beganMs), ...auditFields(request) },
        'request served',
      );
    },
  };
}

function auditFields({ id, user, verb, target, remoteAddress, headers }: ApiRequest): object {
  const { name, impersonatedBy } = user;
  const shared = {
    requestID: id,
    user: name,
    ...(impersonatedBy !== undefined && { impersonatedBy }),
    verb,
    remoteAddress,
    agent: (headers['user-agent'] ?? '').slice(0, 128),
  };
  if (target.type === 'path') return { path: target.path.slice(0, 256), ...shared };
  const { group, resource, subresource, namespace } = target;
  return {
    resource: group === '' ? resource : `${resource}.${group}`,
    ...(subresource !== undefined && { subresource }),
    ...(namespace !== undefined && { namespace }),
    ...(target.name !== undefined && { name: target.name }),
    ...shared,
  };
}
