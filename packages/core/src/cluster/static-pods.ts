/**
 * The pods of a watched folder as objects of the store. The folder is what is wanted: an object that somebody deleted
 * comes back, one whose file has changed is replaced, one whose file is gone is deleted.
 */

import type { StoredPod } from '../api/pod.ts';
import type { Clock } from '../contract/clock.ts';
import { hasCode } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import { createWorkQueue } from '../engine/work-queue.ts';
import { watchManifestFolder } from '../kubelet/static-pods/manifest-folder.ts';
import { configAnnotations } from '../kubelet/static-pods/static-pod.ts';
import { parseManifest } from '../manifest/parse.ts';
import { formatProblem } from '../manifest/problem.ts';
import type { LoadedPlugins } from '../plugin/load-plugins.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Informers } from './informers.ts';

export interface StaticPodsOptions {
  readonly path: string;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly objects: ObjectStore;
  readonly informers: Informers;
  readonly plugins: LoadedPlugins;
  readonly signal: AbortSignal;
}

/** Runs until the signal aborts. */
export async function runStaticPods(options: StaticPodsOptions): Promise<void> {
  const { path, nodeName, clock, logger, objects, informers, plugins, signal } = options;
  let wanted: ReadonlyMap<string, StoredPod> | undefined;
  const queue = createWorkQueue({
    clock,
    concurrency: 4,
    run: (key) => reconcile(key),
    onError(key, err) {
      logger.warn({ component: 'static-pods', key, err }, 'static pod not applied, trying again');
      return true;
    },
  });

  /** Level, not edge: what is wanted under this name against what is there. */
  async function reconcile(key: string): Promise<void> {
    if (wanted === undefined) return;
    const [namespace = '', name = ''] = key.split('/');
    const want = wanted.get(key);
    const have = await objects.get('Pod', namespace, name, signal);
    if (have === undefined) {
      if (want !== undefined) await objects.create(want, { uid: want.metadata.uid, signal });
      return;
    }
    if (want?.metadata.uid === have.metadata.uid || !isOurs(have)) return;
    // The predecessor ends first: there are never two pods of one name. Its end brings us back here.
    if (have.metadata.deletionTimestamp !== undefined) return;
    try {
      await objects.delete('Pod', namespace, name, { uid: have.metadata.uid, signal });
    } catch (error) {
      if (!hasCode(error, 'NOT_FOUND')) throw error;
    }
    queue.add(key);
  }

  const isOurs = (pod: StoredPod) =>
    pod.spec.nodeName === nodeName && pod.metadata.annotations?.[configAnnotations.source] === 'file';

  const unsubscribe = informers.pods.subscribe({
    onUpsert: (pod) => {
      if (isOurs(pod)) queue.add(keyOf(pod));
    },
    onDelete: (pod) => {
      if (isOurs(pod)) queue.add(keyOf(pod));
    },
  });
  await watchManifestFolder({
    path,
    nodeName,
    clock,
    signal,
    parse: (text, file) => {
      const { objects: found, errors, warnings } = parseManifest(text, { file, handlers: plugins.probers });
      for (const warning of warnings) {
        logger.warn(
          { component: 'static-pods', key: file, why: formatProblem(warning) },
          'doubtful manifest',
        );
      }
      const pods = found.flatMap(({ object }) => (object.kind === 'Pod' ? [object as StoredPod] : []));
      const others = found.filter(({ object }) => object.kind !== 'Pod');
      const strangers = others.map(
        ({ object, line }) => `${file}:${line}: a ${object.kind} is no static pod`,
      );
      return { pods, errors: [...errors.map(formatProblem), ...strangers] };
    },
    onPods(pods) {
      const before = wanted;
      wanted = new Map(pods.map((pod) => [keyOf(pod), pod]));
      for (const key of new Set([...(before?.keys() ?? []), ...wanted.keys()])) queue.add(key);
      for (const pod of informers.pods.list()) if (isOurs(pod)) queue.add(keyOf(pod));
    },
    onError: ({ file, message }) =>
      logger.error({ component: 'static-pods', key: file, why: message }, 'bad manifest'),
  });
  unsubscribe();
  await queue[Symbol.asyncDispose]();
}

function keyOf({ metadata }: StoredPod): string {
  return `${metadata.namespace}/${metadata.name}`;
}
