/** Which request goes where. */

import type { Authorizer } from '../auth/authorize.ts';
import { answerSelfReview, selfReviews } from '../auth/self-reviews.ts';
import { answerDiscovery } from '../discovery/serve-discovery.ts';
import { type Answer, json } from '../http/reply.ts';
import { ServerMetrics } from '../metrics/server-metrics.ts';
import { OpenAPI } from '../openapi/serve-openapi.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceTarget } from '../request/parse-target.ts';
import { absentList } from '../resources/absent-kinds.ts';
import { type ResourceInfo, storedResources } from '../resources/resource-table.ts';
import { storedRequest } from '../resources/stored-request.ts';
import type { StoredResources } from '../resources/stored-resources.ts';
import { statusFrom } from '../status/from-error.ts';
import { badRequest, methodNotAllowed, unknownPath, unknownResource } from '../status/status-error.ts';
import type { UsageServer } from '../usage/serve-usage.ts';
import { usageGroup, usageResources } from '../usage/usage-resources.ts';
import { answerHealth } from './health.ts';
import type { SubresourceHandler, Upgrade } from './subresource-handler.ts';

export class Router {
  /** With the sub-resources that handlers serve. */
  readonly resources: readonly ResourceInfo[];
  private readonly stored: StoredResources;
  private readonly authorizer: Authorizer;
  private readonly usage: UsageServer;
  readonly metrics: ServerMetrics;
  private readonly openapi: OpenAPI;
  private readonly byPath: ReadonlyMap<string, ResourceInfo>;
  /** By `resource/subresource`. */
  private readonly handlers: ReadonlyMap<string, SubresourceHandler>;

  constructor(
    stored: StoredResources,
    authorizer: Authorizer,
    usage: UsageServer,
    handlers: readonly SubresourceHandler[],
  ) {
    this.stored = stored;
    this.authorizer = authorizer;
    this.usage = usage;
    this.handlers = new Map(handlers.map((handler) => [`${handler.resource}/${handler.info.name}`, handler]));
    const own = storedResources.map((info) => withHandlers(info, handlers));
    this.resources = [...own, ...selfReviews, ...usageResources];
    this.openapi = new OpenAPI(own);
    this.metrics = new ServerMetrics(this.resources, () => stored.watching());
    this.byPath = new Map(own.map((info) => [pathOf(info), info]));
  }

  async answer(request: ApiRequest): Promise<Answer> {
    const { target } = request;
    if (target.type === 'path') return await this.answerPath(request, target.path);
    const handler = this.handlerOf(target);
    if (handler !== undefined) return await handler.serve(request, target);
    const review = answerSelfReview(this.authorizer, request, target);
    if (review !== undefined) return await review;
    if (target.group === usageGroup) return await this.usage.answer(request, target);
    const info = this.byPath.get(pathOf(target));
    if (info === undefined) {
      const none = absentList(target, request.verb);
      if (none === undefined) throw unknownResource(target);
      return json(none);
    }
    const stored = storedRequest(request, target, info);
    try {
      return await this.stored.answer(stored);
    } catch (error) {
      const { group, kind, resource } = info;
      throw statusFrom(error, { group, kind, resource, name: target.name });
    }
  }

  async upgrade(request: ApiRequest, upgrade: Upgrade): Promise<void> {
    const { target } = request;
    const handler = target.type === 'path' ? undefined : this.handlerOf(target);
    if (handler?.upgrade === undefined || target.type === 'path')
      throw badRequest('this path cannot be upgraded to another protocol');
    await handler.upgrade(request, target, upgrade);
  }

  private async answerPath(request: ApiRequest, path: string): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
    const health = await answerHealth(request, path, this.stored);
    if (health !== undefined) return health;
    if (path === '/metrics') return await this.metrics.reply();
    const found =
      answerDiscovery(request, path, this.resources) ?? (await this.openapi.answer(request, path));
    if (found === undefined) throw unknownPath();
    return found;
  }

  private handlerOf({ group, version, resource, subresource }: ResourceTarget) {
    if (group !== '' || version !== 'v1' || subresource === undefined) return undefined;
    return this.handlers.get(`${resource}/${subresource}`);
  }
}

function pathOf({ group, version, resource }: Pick<ResourceInfo, 'group' | 'version' | 'resource'>): string {
  return `${group}/${version}/${resource}`;
}

function withHandlers(info: ResourceInfo, handlers: readonly SubresourceHandler[]): ResourceInfo {
  if (info.group !== '') return info;
  const own = handlers.filter(({ resource }) => resource === info.resource);
  return { ...info, subresources: [...info.subresources, ...own.map((handler) => handler.info)] };
}
