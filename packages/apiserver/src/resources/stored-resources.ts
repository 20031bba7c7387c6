/** Requests for objects of the store: each verb of each resource. */

import { type Clock, MooringError, type ObjectStore } from '@mooring/core';
import type { Authorizer } from '../auth/authorize.ts';
import { forbidden } from '../auth/authorize.ts';
import { mayCreate } from '../auth/node-rules.ts';
import type { Answer } from '../http/reply.ts';
import { ListMemories } from '../list/list-memories.ts';
import { getObject, listObjects, requestedForm } from '../list/list-objects.ts';
import type { ObjectForm } from '../list/object-form.ts';
import { patchObject, readPatch } from '../patch/patch-objects.ts';
import type { HealthCheck } from '../serve/health.ts';
import type { ServerParts } from '../serve/server-parts.ts';
import { methodNotAllowed } from '../status/status-error.ts';
import { KindFeed } from '../watch/kind-feed.ts';
import { serveWatch } from '../watch/serve-watch.ts';
import type { WatchLimits } from '../watch/watch-stream.ts';
import { WriteTurns } from '../watch/write-turns.ts';
import { isDryRun } from '../write/dry-run.ts';
import { bindPod, evictPod } from '../write/pod-requests.ts';
import { getScale, patchScale, replaceScale } from '../write/scale-object.ts';
import { SharedParts } from '../write/shared-parts.ts';
import {
  createObject,
  deleteCollection,
  deleteObject,
  replaceObject,
  type WriteSurroundings,
} from '../write/write-objects.ts';
import { checkWriteOptions } from '../write/write-options.ts';
import { storedResources } from './resource-table.ts';
import { askStore } from './seed-namespaces.ts';
import type { StoredRequest } from './stored-request.ts';

/** How much the server keeps for watches. */
export interface FeedLimits extends WatchLimits {
  /** Changes of each kind that are kept for watches that resume. */
  readonly historyMax: number;
}

export class StoredResources {
  private readonly parts: ServerParts;
  private readonly authorizer: Authorizer;
  private readonly limits: FeedLimits;
  private readonly turns: WriteTurns;
  private readonly lists = new ListMemories();
  private readonly shared = new SharedParts();
  private readonly feeds: ReadonlyMap<string, KindFeed>;

  constructor(parts: ServerParts, authorizer: Authorizer, limits: FeedLimits) {
    this.parts = parts;
    this.authorizer = authorizer;
    this.limits = limits;
    this.turns = new WriteTurns(parts.clock);
    const { clock, logger, signal, cluster } = parts;
    const { historyMax } = limits;
    const shared = { objects: cluster.objects, clock, logger, signal, historyMax };
    this.feeds = new Map(storedResources.map(({ kind }) => [kind, new KindFeed({ ...shared, kind })]));
  }

  /** Resolves when watches of every kind can be served. */
  async synced(): Promise<void> {
    await Promise.all([...this.feeds.values()].map(({ synced }) => synced));
  }

  /** Watches that are open now, by kind. */
  watching(): ReadonlyMap<string, number> {
    return new Map([...this.feeds].map(([kind, feed]) => [kind, feed.watching]));
  }

  async answer(stored: StoredRequest): Promise<Answer> {
    const { subresource } = stored.target;
    checkWriteOptions(stored.request);
    const around = this.surroundings(stored);
    switch (subresource) {
      case undefined:
      case 'status':
      case 'finalize':
      case 'ephemeralcontainers':
        return await this.answerObject(around, stored);
      case 'scale':
        return await answerScale(around, stored);
      case 'eviction':
        return await evictPod(around, stored);
      case 'binding':
        return await bindPod(around, stored);
      default:
        throw methodNotAllowed();
    }
  }

  private async answerObject(around: WriteSurroundings, stored: StoredRequest): Promise<Answer> {
    const { clock, logger, random, cluster } = this.parts;
    const feed = this.feedOf(stored);
    // A client that could not read the answer is told so before anything is written.
    around.form();
    const reading = { objects: cluster.objects, feed, lists: this.lists, clock, now: around.now };
    switch (stored.request.verb) {
      case 'get':
        return await getObject(reading, stored);
      case 'list':
        return await listObjects(reading, stored);
      case 'watch':
        return await serveWatch(
          { objects: cluster.objects, feed, clock, logger, random, limits: this.limits, turns: this.turns },
          stored,
        );
      case 'create':
        return await createObject(around, stored);
      case 'update':
        return await replaceObject(around, stored);
      case 'patch':
        return await patchObject(around, stored, await readPatch(stored));
      case 'delete':
        return await deleteObject(around, stored);
      case 'deletecollection':
        return await deleteCollection(around, reading, stored);
      default:
        throw methodNotAllowed();
    }
  }

  get clock(): Clock {
    return this.parts.clock;
  }

  get checks(): readonly HealthCheck[] {
    const { objects } = this.parts.cluster;
    return [
      { name: 'ping', check: async () => {} },
      {
        name: 'store',
        isReadiness: true,
        check: (signal) => askStore(objects, signal),
      },
      { name: 'watches', isReadiness: true, check: async () => this.checkFeeds() },
    ];
  }

  private checkFeeds(): void {
    const lost = [...this.feeds].filter(([, feed]) => !feed.isKept(feed.revision)).map(([kind]) => kind);
    if (lost.length > 0)
      throw new MooringError(
        'TRANSPORT_UNAVAILABLE',
        `changes are not followed just now of: ${lost.join(', ')}`,
      );
  }

  private surroundings(stored: StoredRequest): WriteSurroundings {
    const { request, target } = stored;
    const { cluster, clock } = this.parts;
    const rehearsal = (): ObjectStore => cluster.rehearsal();
    const isRehearsal = isDryRun(request.query.getAll('dryRun'));
    const node = this.authorizer.nodeOf(request.user);
    let form: ObjectForm | undefined;
    return {
      objects: isRehearsal ? rehearsal() : cluster.objects,
      rehearsal,
      now: () => clock.now(),
      form: () => {
        form ??= requestedForm(stored, () => clock.now());
        return form;
      },
      shared: this.shared,
      checkNew(object) {
        if (node !== undefined && !mayCreate(node, object))
          throw forbidden(request.user, { ...target, verb: request.verb, name: object.metadata.name });
      },
    };
  }

  private feedOf({ info }: StoredRequest): KindFeed {
    const feed = this.feeds.get(info.kind);
    if (feed === undefined) throw methodNotAllowed();
    return feed;
  }
}

async function answerScale(around: WriteSurroundings, stored: StoredRequest): Promise<Answer> {
  switch (stored.request.verb) {
    case 'get':
      return await getScale(around, stored);
    case 'update':
      return await replaceScale(around, stored);
    case 'patch':
      return await patchScale(around, stored, await readPatch(stored));
    default:
      throw methodNotAllowed();
  }
}
