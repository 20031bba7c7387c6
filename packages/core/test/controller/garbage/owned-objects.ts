/** Objects that own one another, in a rig with a garbage collector. */

import type { ApiObject, OwnerReference } from '../../../src/api/meta.ts';
import type { DeleteOptions } from '../../../src/contract/object-store.ts';
import { garbageController } from '../../../src/controller/garbage/garbage-controller.ts';
import type { ObjectOf } from '../../../src/store/keys.ts';
import { ControllerRig, type ControllerRigOptions } from '../controller-rig.ts';

export type Stored = ObjectOf<string>;

const apiVersions: Readonly<Record<string, string>> = { ReplicaSet: 'apps/v1', Deployment: 'apps/v1' };

export function objectOf(
  kind: string,
  name: string,
  metadata: Partial<ApiObject['metadata']> = {},
): ApiObject {
  const namespace = kind === 'Node' ? {} : { namespace: 'default' };
  const spec = kind === 'Pod' ? { spec: { containers: [] } } : {};
  return {
    apiVersion: apiVersions[kind] ?? 'v1',
    kind,
    metadata: { name, ...namespace, ...metadata },
    ...spec,
  };
}

/** A reference that does not block its owner's deletion, unless told otherwise. */
export function ownerOf(
  { apiVersion, kind, metadata }: Stored,
  rest: Partial<OwnerReference> = {},
): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, ...rest };
}

export class GarbageRig extends ControllerRig {
  static async begin(options: ControllerRigOptions = {}): Promise<GarbageRig> {
    const rig = new GarbageRig(options);
    await rig.start(garbageController());
    return rig;
  }

  /** Creates `kind/name`, owned by others; `blocks`: their foreground deletion waits for it. */
  async owned(
    kind: string,
    name: string,
    owners: readonly Stored[] = [],
    { blocks = false, ...metadata }: Partial<ApiObject['metadata']> & { readonly blocks?: boolean } = {},
  ): Promise<Stored> {
    const ownerReferences = owners.map((owner) => ownerOf(owner, { blockOwnerDeletion: blocks }));
    const refs = owners.length > 0 ? { ownerReferences } : {};
    return (await this.create(objectOf(kind, name, { ...refs, ...metadata }))) as Stored;
  }

  async remove({ kind, metadata }: Stored, options: DeleteOptions = {}): Promise<void> {
    await this.objects.delete(kind, metadata.namespace, metadata.name, options);
    await this.settle();
  }

  /** The object as it is now. */
  async current({ kind, metadata }: Stored): Promise<Stored | undefined> {
    return await this.objects.get(kind, metadata.namespace, metadata.name);
  }

  /** `kind/name` of all that is there, sorted. */
  async names(...kinds: readonly string[]): Promise<readonly string[]> {
    const lists = await Promise.all(kinds.map((kind) => this.list(kind)));
    return lists.flat().map(nameOf).sort();
  }
}

export function nameOf({ kind, metadata }: ApiObject): string {
  return `${kind}/${metadata.name}`;
}
