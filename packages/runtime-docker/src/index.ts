/** Containers of a Docker engine. */

export { dockerRuntime } from './docker-plugin.ts';
export type { DockerRuntime } from './docker-runtime.ts';
export { createHealer, type Healer, type HealerEvent, type HealerOptions, healLabels } from './healer.ts';
export { openDockerRuntime } from './open-docker-runtime.ts';
export { type DockerRuntimeOptions, defaultOptions, type RegistryCredentials } from './options.ts';
