/** Specs of pods that were seen before: what was made of one is made once, and kept once. */

import type { PodSpec } from '../api/pod.ts';
import { LruMap } from '../engine/lru-map.ts';
import { deepFreeze } from './deep-freeze.ts';
import { jsonEqual } from './json-equal.ts';
import { mayExceed } from './value-size.ts';

interface Known<Made> {
  readonly spec: PodSpec;
  readonly made: Made;
}

/** As many templates as a cluster is likely to be busy with at the same time. */
const specsMax = 64;
/** As JSON. Larger ones are rare, and not worth their memory. */
const bytesMax = 256 * 1024;

/**
 * What was made of the last pod specs that were seen, by what they say. Nearly every pod has the spec of another one, for
 * they come from a template.
 *
 * @internal
 */
export class KnownSpecs<Made extends object> {
  private readonly recent = new LruMap<string, Known<Made>>(specsMax);

  /** What was made of one that says the same. */
  get(spec: PodSpec): Made | undefined {
    const known = this.recent.get(wordOf(spec));
    return known !== undefined && jsonEqual(known.spec, spec) ? known.made : undefined;
  }

  /** Both are frozen: others will be given them too. */
  set(spec: PodSpec, made: Made): void {
    if (mayExceed(spec, bytesMax)) return;
    this.recent.set(wordOf(spec), { spec: deepFreeze(spec), made: deepFreeze(made) });
  }
}

/** Of those with the same word, only the last one is known. Any field may be missing or wrong. */
function wordOf({ containers }: { readonly containers?: unknown }): string {
  if (!Array.isArray(containers)) return '';
  const { name, image } = (containers[0] ?? {}) as { readonly name?: unknown; readonly image?: unknown };
  return `${containers.length} ${textOf(name)} ${textOf(image)}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
