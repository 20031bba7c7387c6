import { MooringError } from '../../contract/error.ts';
import type { ObjectStore } from '../../contract/object-store.ts';

/**
 * An object store whose writes are refused with `ABORTED`, saying `why`, as soon as the right to write has run out. A
 * process that was paused and goes on finds this out before its next write, not at its next timer.
 */
export function fencedObjects(objects: ObjectStore, mayWrite: () => boolean, why: string): ObjectStore {
  const guarded =
    <Args extends readonly unknown[], Result>(write: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (mayWrite()) return await write(...args);
      throw new MooringError('ABORTED', why);
    };
  return {
    get: (kind, namespace, name, signal) => objects.get(kind, namespace, name, signal),
    list: (kind, namespace, options) => objects.list(kind, namespace, options),
    watch: (kind, namespace, options) => objects.watch(kind, namespace, options),
    create: guarded(objects.create.bind(objects)) as ObjectStore['create'],
    update: guarded(objects.update.bind(objects)) as ObjectStore['update'],
    updateStatus: guarded(objects.updateStatus.bind(objects)) as ObjectStore['updateStatus'],
    patchWith: guarded(objects.patchWith.bind(objects)) as ObjectStore['patchWith'],
    delete: guarded(objects.delete.bind(objects)) as ObjectStore['delete'],
    bind: guarded(objects.bind.bind(objects)),
  };
}
