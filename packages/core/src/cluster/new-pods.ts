/** Admission of new pods. Nearly every one has the spec of another one: its defaults and its validity are known. */

import { type Admission, type AdmitOptions, admitObject } from '../api/admit.ts';
import { decodeObject } from '../api/decode.ts';
import type { Pod, PodSpec } from '../api/pod.ts';
import { KnownSpecs } from '../store/known-specs.ts';

export class NewPods {
  private readonly prepare: (pod: Pod) => Pod;
  private readonly whenRaw: AdmitOptions;
  private readonly whenDecoded: AdmitOptions;
  private readonly whenKnown: AdmitOptions;
  /** What admission made of specs, by what they were before it. */
  private readonly known = new KnownSpecs<PodSpec>();

  /** `prepare` fills in more of the spec than the defaults are, and looks at nothing else of the pod. */
  constructor(prepare: (pod: Pod) => Pod, options: AdmitOptions) {
    this.prepare = prepare;
    this.whenRaw = options;
    this.whenDecoded = { ...options, isDecoded: true };
    this.whenKnown = { ...options, isDecoded: true, isSpecKnown: true };
  }

  /** `isDecoded`: see `AdmitOptions`; of a pod whose types are not known yet anything may be missing or wrong. */
  admit(pod: Pod, isDecoded: boolean): Admission {
    const decoded = isDecoded ? pod : decodedPod(pod);
    // Every mistake is to be told at once, the wrong types among them.
    if (decoded?.spec === undefined)
      return admitObject(this.prepare(pod), isDecoded ? this.whenDecoded : this.whenRaw);
    const known = this.known.get(decoded.spec);
    if (known !== undefined) return admitObject({ ...decoded, spec: known }, this.whenKnown);
    const admitted = admitObject(this.prepare(decoded), this.whenDecoded);
    if (admitted.object !== undefined) this.known.set(decoded.spec, (admitted.object as Pod).spec);
    return admitted;
  }
}

/** `undefined` when something in it is of a wrong type. */
function decodedPod(pod: Pod): Pod | undefined {
  const { object, errors } = decodeObject(pod);
  return errors.length === 0 ? (object as Pod | undefined) : undefined;
}
