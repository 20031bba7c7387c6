/** Is a request a rehearsal? Said by `dryRun=All`, in the query or in the options of a deletion. Pure. */

import { type FieldError, FieldPath, notSupported } from '@mooring/core';

/** What is empty says nothing. */
const given = (stages: readonly unknown[]) => stages.filter((stage) => stage !== '');

export function isDryRun(stages: readonly unknown[]): boolean {
  return given(stages).length > 0;
}

/** There is one stage: all of it. */
export function dryRunErrors(stages: readonly unknown[]): readonly FieldError[] {
  if (given(stages).every((stage) => stage === 'All')) return [];
  return [notSupported(new FieldPath('dryRun'), stages, ['All'])];
}
