/** What a plugin has made, before it is used as a runtime: whoever writes without types may make anything. */

import type { ContainerRuntime, RuntimeCapabilities } from '../contract/container-runtime.ts';

const verbs = [
  'status',
  'review',
  'ensureImage',
  'createSandbox',
  'removeSandbox',
  'listSandboxes',
  'createContainer',
  'startContainer',
  'stopContainer',
  'removeContainer',
  'inspectContainer',
  'listContainers',
  'events',
  'exec',
  'logs',
  Symbol.asyncDispose,
] as const;
const optionalVerbs = ['prepareContainer', 'execStream', 'attach', 'stats'] as const;

const capabilities: readonly (keyof RuntimeCapabilities)[] = [
  'mounts',
  'podIP',
  'reachable',
  'exec',
  'memoryLimit',
  'terminationMessage',
];

/** What it lacks, in words: without it the agent would wait for ever for a runtime that only seems not to answer. */
export function runtimeFlaw(made: ContainerRuntime): string | undefined {
  if (typeof made.name !== 'string' || made.name === '') return ': it has no name';
  const given: Partial<Record<string, unknown>> = { ...made.capabilities };
  const unsaid = capabilities.filter((capability) => typeof given[capability] !== 'boolean');
  if (unsaid.length > 0) return `: its capabilities do not say ${unsaid.join(', ')}`;
  const lacking = verbs.filter((verb) => typeof made[verb] !== 'function');
  const wrong = optionalVerbs.filter((verb) => !['undefined', 'function'].includes(typeof made[verb]));
  // Its description differs from one version of Node to the next.
  const missing = [...lacking, ...wrong].map((verb) =>
    typeof verb === 'symbol' ? '[Symbol.asyncDispose]' : verb,
  );
  return missing.length === 0 ? undefined : `: it lacks ${missing.join(', ')}`;
}
