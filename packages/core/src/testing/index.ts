/** For tests of users and plugin authors: the test clock and the conformance kits. Published as `@mooring/core/testing`. */

export { type BusConformanceContext, busConformance } from './bus-conformance.ts';
export {
  type ConformanceCase,
  type ConformanceSkip,
  type PlannedCase,
  planConformance,
  runConformance,
} from './conformance-case.ts';
export { type FakeTargetOptions, fakeTarget } from './fake-target.ts';
export { localExec } from './local-exec.ts';
export { MemoryDisk, type MemoryFile } from './memory-disk.ts';
export { type MemoryVolumes, memoryVolumes } from './memory-volumes.ts';
export type { ProbeScene } from './probe-scene.ts';
export { type BadSettings, type ProberConformanceContext, proberConformance } from './prober-conformance.ts';
export { runtimeConformance } from './runtime-conformance.ts';
export type {
  ConformanceCommands,
  ConformanceImages,
  ConformanceProgram,
  ConformancePrograms,
  RuntimeConformanceContext,
} from './runtime-conformance-context.ts';
export {
  type ScriptedAttempt,
  type ScriptedProber,
  type ScriptedProberOptions,
  scriptedProber,
} from './scripted-prober.ts';
export { SeededRandom } from './seeded-random.ts';
export { type StoreConformanceContext, storeConformance } from './store-conformance.ts';
export { TestClock } from './test-clock.ts';
