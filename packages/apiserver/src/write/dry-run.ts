/** Is a request a rehearsal? Said by `dryRun=All`, in the query or in the options of a deletion. Pure. */

import { badRequest } from '../status/status-error.ts';

/** Throws a `StatusError` for a stage that does not exist. */
export function isDryRun(stages: readonly unknown[]): boolean {
  const given = stages.filter((stage) => stage !== '');
  const unknown = given.find((stage) => stage !== 'All');
  if (unknown !== undefined)
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(unknown)}: supported values: "All"`);
  return given.length > 0;
}
