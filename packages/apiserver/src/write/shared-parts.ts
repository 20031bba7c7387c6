/** Parts of new objects that say the same as those of an earlier one: looked at once and kept once, however many there are. */

import { type ApiObject, jsonEqual, KnownSpecs, type Pod, type PodSpec } from '@mooring/core';
import { type Fields, isFields } from '../json/fields.ts';
import type { Incoming } from './incoming-object.ts';

const alike = ['labels', 'managedFields'];

export class SharedParts {
  /** Decoded ones, by what was sent. */
  private readonly specs = new KnownSpecs<PodSpec>();
  /** By the name of the field of the metadata. */
  private readonly last = new Map<string, unknown>();

  /** What `decode` makes of an object; it is not asked for a spec of a pod that it has found right before. */
  decoded(fields: Fields, decode: (fields: Fields) => Incoming): Incoming {
    const { spec, ...others } = fields;
    if (fields['kind'] !== 'Pod' || !isFields(spec)) return decode(fields);
    const known = this.specs.get(spec as unknown as PodSpec);
    if (known !== undefined) {
      const { object, warnings } = decode(others);
      // Not by spread: in V8 11 each would have a shape of its own.
      return { object: Object.assign({}, object, { spec: known }), warnings };
    }
    const found = decode(fields);
    if (found.warnings.length === 0) this.specs.set(spec as unknown as PodSpec, (found.object as Pod).spec);
    return found;
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
