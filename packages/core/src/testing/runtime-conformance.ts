/**
 * The contract of a container runtime as cases that any test runner can loop over: `planConformance` binds them to
 * a context. The same cases run against the scripted runtime in virtual time and against real processes.
 */

import type { ConformanceCase } from './conformance-case.ts';
import type { RuntimeConformanceContext } from './runtime-conformance-context.ts';
import { execCases } from './runtime-conformance-exec.ts';
import { imageCases, sandboxCases } from './runtime-conformance-images.ts';
import { lifecycleCases } from './runtime-conformance-lifecycle.ts';
import { logCases } from './runtime-conformance-logs.ts';
import { recoveryCases } from './runtime-conformance-recovery.ts';
import { stopCases } from './runtime-conformance-stop.ts';
import { streamCases } from './runtime-conformance-streams.ts';

/** What every container runtime has to keep, as cases: see `planConformance`. */
export const runtimeConformance: readonly ConformanceCase<RuntimeConformanceContext>[] = [
  ...imageCases,
  ...sandboxCases,
  ...lifecycleCases,
  ...stopCases,
  ...recoveryCases,
  ...execCases,
  ...streamCases,
  ...logCases,
];
