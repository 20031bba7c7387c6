/** Parts of new objects that say the same as those of an earlier one: looked at once and kept once, however many there are. */

import { type ApiObject, jsonEqual, KnownSpecs, type Pod, type PodSpec } from '@mooring/core';

const alike = ['labels', 'managedFields'];

export class SharedParts {
  private readonly specs = new KnownSpecs<PodSpec>();
  /** By the name of the field of the metadata. */
  private readonly last = new Map<string, unknown>();

  /** The object, a pod with the spec of an earlier one where that says the same. */
  withSpec(object: ApiObject): ApiObject {
    const { spec } = object as Partial<Pod>;
    if (object.kind !== 'Pod' || spec === undefined) return object;
    const known = this.specs.get(spec);
    if (known === undefined) this.specs.set(spec, spec);
    return known === undefined ? object : ({ ...object, spec: known } as Pod);
  }

  /** The object with the labels and the owners of fields of the last one, where those say the same. */
  withMetadata(object: ApiObject): ApiObject {
    const metadata: Record<string, unknown> = { ...object.metadata };
    for (const name of alike) {
      const value = metadata[name];
      if (value === undefined) continue;
      if (jsonEqual(this.last.get(name), value)) metadata[name] = this.last.get(name);
      else this.last.set(name, value);
    }
    return { ...object, metadata };
  }
}
