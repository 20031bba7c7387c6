/** The Kubernetes REST API over the objects of a cluster. */

export type { TokenUser } from './auth/authenticate.ts';
export type { AccessRule, Role } from './auth/roles.ts';
export { type ApiServer, createApiServer } from './create-api-server.ts';
export type { TLSOptions } from './http/http-server.ts';
export type { Answer, Reply, StreamReply } from './http/reply.ts';
export type { ApiRequest, User } from './request/api-request.ts';
export type { ResourceTarget, Target, Verb } from './request/parse-target.ts';
export type { SubresourceInfo } from './resources/resource-table.ts';
export type { FeedLimits } from './resources/stored-resources.ts';
export type { ApiServerOptions } from './serve/server-options.ts';
export type { ServerParts } from './serve/server-parts.ts';
export type { SubresourceHandler, Upgrade } from './serve/subresource-handler.ts';
export {
  type StatusBody,
  type StatusCause,
  type StatusDetails,
  StatusError,
  type StatusReason,
} from './status/status-error.ts';
