/** For tests of users and plugin authors: the test clock and the conformance kits. Published as `@mooring/core/testing`. */

export {
  type ConformanceCase,
  type ConformanceSkip,
  type PlannedCase,
  planConformance,
  runConformance,
} from './conformance-case.ts';
export { TestClock } from './test-clock.ts';
