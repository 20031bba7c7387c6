/** Containers of a Docker engine. */

export { dockerRuntime } from './docker-plugin.ts';
export type { DockerRuntime } from './docker-runtime.ts';
export { openDockerRuntime } from './open-docker-runtime.ts';
export { type DockerRuntimeOptions, defaultOptions, type RegistryCredentials } from './options.ts';
