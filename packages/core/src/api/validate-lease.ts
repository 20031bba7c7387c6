import type { Draft } from './draft.ts';
import { FieldPath, invalid } from './field-error.ts';
import { type FieldErrors, nonNegative } from './field-rules.ts';
import type { Lease } from './objects.ts';

const specPath = new FieldPath('spec');

/** Who holds something for how long. */
export function* leaseErrors({ spec = {} }: Draft<Lease>): FieldErrors {
  const { leaseDurationSeconds: seconds, leaseTransitions } = spec;
  if (seconds !== undefined && seconds <= 0)
    yield invalid(specPath.child('leaseDurationSeconds'), seconds, 'must be greater than 0');
  yield* nonNegative(specPath.child('leaseTransitions'), leaseTransitions);
}
