/** For tests of users and plugin authors: the test clock and the conformance kits. Published as `@mooring/core/testing`. */

export { TestClock } from './test-clock.ts';
