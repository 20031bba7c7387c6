/** Small pods for the tests of this folder. */

import { admitPod } from '../../src/api/admit.ts';
import { formatFieldError } from '../../src/api/field-error.ts';
import type { ProbeHandlers } from '../../src/api/validate-probe.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A manifest with one container, with more fields in the spec and in the container. */
export function podManifest(spec: Json = {}, container: Json = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { containers: [{ name: 'web', image: 'nginx:1.27', ...container }], ...spec },
  };
}

/** Every line that admission says about a manifest. */
export function complaints(manifest: unknown, handlers?: ProbeHandlers): readonly string[] {
  return admitPod(manifest, handlers === undefined ? {} : { handlers }).errors.map(formatFieldError);
}

export function warnings(manifest: unknown, handlers?: ProbeHandlers): readonly string[] {
  return admitPod(manifest, handlers === undefined ? {} : { handlers }).warnings.map(formatFieldError);
}
