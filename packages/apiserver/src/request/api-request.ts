/** A request as those see it who serve it. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Target, Verb } from './parse-target.ts';

/** Who sent a request. */
export interface User {
  /** `system:anonymous` where nobody said who they are. */
  readonly name: string;
  readonly groups: readonly string[];
  /** Who has sent the request in the name of this user. */
  readonly impersonatedBy?: string;
}

/** A request that was read, authenticated and allowed. */
export interface ApiRequest {
  readonly id: string;
  readonly method: string;
  readonly target: Target;
  /** The HTTP method in lower case where the target is a path. */
  readonly verb: Verb | string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly user: User;
  /** Where the client is, for logs. */
  readonly remoteAddress: string;
  /** Aborts when the client has gone, when the time of the request is over, and when the server closes. */
  readonly signal: AbortSignal;
  /** Read once, up to the limit of the server: rejects with a `StatusError` beyond it. */
  body(): Promise<Buffer>;
}
