/** Scripted containers on the clock of the agent: for tests, simulation and scale. No process, socket or file is real. */

export { busybox } from './busybox/userland.ts';
export type { FakeContainer, FakeEnd } from './fake-container.ts';
export type { FakeCall, FakeFault, FakeVerb } from './fake-faults.ts';
export { FakeFiles, FileError } from './fake-files.ts';
export { FakeHost, type FakeHostOptions } from './fake-host.ts';
export type { FakeImage, FakeImages, FakePull } from './fake-image.ts';
export { FakeNetwork, type FakeRequest, type FakeResponse, type FakeService } from './fake-network.ts';
export { fakeProbers, fakeProbes } from './fake-probes.ts';
export type { FakeProcess, FakeProgram, Userland } from './fake-process.ts';
export { FakeRuntime, type FakeRuntimeOptions } from './fake-runtime.ts';
export { FakeRuntimePlugin, type FakeRuntimePluginOptions, fakeRuntime } from './fake-runtime-plugin.ts';
export {
  diesBy,
  exits,
  type FakeScript,
  ignoresStop,
  neverStarts,
  runs,
  runsForever,
  runsOutOfMemory,
} from './fake-script.ts';
export type { FileTree, TreeFile } from './file-tree.ts';
export { scenarioImages } from './scenario-images.ts';
