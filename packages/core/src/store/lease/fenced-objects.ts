import { MooringError } from '../../contract/error.ts';
import type { ObjectStore } from '../../contract/object-store.ts';

/**
 * An object store whose writes are refused with `ABORTED`, saying `why`, as soon as the right to write has run out. A
 * process that was paused and goes on finds this out before its next write, not at its next timer.
 */
export function fencedObjects(objects: ObjectStore, mayWrite: () => boolean, why: string): ObjectStore {
  const check = () => {
    if (!mayWrite()) throw new MooringError('ABORTED', why);
  };
  const guarded =
    <Args extends readonly unknown[], Result>(write: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      check();
      return await write(...args);
    };
  return {
    get: (kind, namespace, name, signal) => objects.get(kind, namespace, name, signal),
    list: (kind, namespace, options) => objects.list(kind, namespace, options),
    watch: (kind, namespace, options) => objects.watch(kind, namespace, options),
    create: guarded(objects.create.bind(objects)) as ObjectStore['create'],
    update: guarded(objects.update.bind(objects)) as ObjectStore['update'],
    updateStatus: guarded(objects.updateStatus.bind(objects)) as ObjectStore['updateStatus'],
    async patchWith(kind, namespace, name, change, options) {
      // Asked again at each attempt: others may have had the right, and written, since the last one.
      const guardedChange: typeof change = (current) => {
        check();
        return change(current);
      };
      return await objects.patchWith(kind, namespace, name, guardedChange, options);
    },
    delete: guarded(objects.delete.bind(objects)) as ObjectStore['delete'],
    bind: guarded(objects.bind.bind(objects)),
  };
}
