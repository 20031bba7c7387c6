/** The seam for sub-resources behind which there is no object of the store: logs, commands, ports. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Answer } from '../http/reply.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceTarget } from '../request/parse-target.ts';
import type { SubresourceInfo } from '../resources/resource-table.ts';

/** The raw side of a request that asks for another protocol. */
export interface Upgrade {
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the headers already. */
  readonly head: Buffer;
}

/** The request is authenticated, authorised, and known to name this resource and sub-resource. */
export interface SubresourceHandler {
  /** Plural, of the core group: `pods`. */
  readonly resource: string;
  /** As discovery tells it. */
  readonly info: SubresourceInfo;
  /** A request without an upgrade. A `StatusError` that it throws is the answer. */
  serve(request: ApiRequest, target: ResourceTarget): Promise<Answer>;
  /**
   * A request with an upgrade; without this it is refused. Resolves when the connection is over, which it may close
   * itself. A `StatusError` that is thrown before anything was written to the socket is sent as a plain answer.
   */
  upgrade?(request: ApiRequest, target: ResourceTarget, upgrade: Upgrade): Promise<void>;
}
