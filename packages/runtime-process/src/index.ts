/** Real local processes as containers. */

export { openProcessRuntime } from './open-process-runtime.ts';
export {
  defaultOptions,
  type ImageDefinition,
  type ImageMapping,
  type ProcessRuntimeOptions,
} from './options.ts';
export { processRuntime } from './process-plugin.ts';
export type { ProcessRuntime } from './process-runtime.ts';
