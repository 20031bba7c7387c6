import { FieldPath, formatFieldError } from '../../api/field-error.ts';
import { parseLabelSelector } from '../../api/label-selector.ts';
import type { Selector } from '../../api/selector.ts';
import { MooringError } from '../../contract/error.ts';
import type { StoredDeployment } from './rollout.ts';

/** `undefined` selects nothing, an empty list everything. Throws `INVALID` for one that cannot be read. */
export function selectorOf({ metadata, spec }: StoredDeployment): Selector | undefined {
  const parsed = parseLabelSelector(spec.selector, new FieldPath('spec').child('selector'));
  if (parsed.ok) return parsed.value;
  const words = parsed.errors.map(formatFieldError).join(', ');
  const { namespace, name } = metadata;
  throw new MooringError('INVALID', `deployment ${namespace}/${name} has invalid label selector: ${words}`, {
    fields: parsed.errors,
  });
}
