/** For tests of users and plugin authors: the test clock and the conformance kits. Published as `@mooring/core/testing`. */

export { type BusConformanceContext, busConformance } from './bus-conformance.ts';
export {
  type ConformanceCase,
  type ConformanceSkip,
  type PlannedCase,
  planConformance,
  runConformance,
} from './conformance-case.ts';
export { runtimeConformance } from './runtime-conformance.ts';
export type {
  ConformanceCommands,
  ConformanceImages,
  ConformanceProgram,
  ConformancePrograms,
  RuntimeConformanceContext,
} from './runtime-conformance-context.ts';
export { TestClock } from './test-clock.ts';
