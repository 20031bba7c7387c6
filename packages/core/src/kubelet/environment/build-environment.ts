/** The environment of a container, from its declarations and the objects they name. */

import type { ConfigMap, Secret } from '../../api/objects.ts';
import type { Container, EnvFromSource, EnvVarSource, KeySelector, Pod } from '../../api/pod.ts';
import { expand } from '../expand.ts';
import { environmentField } from './field-ref.ts';
import { resourceField } from './resource-field-ref.ts';
import { serviceVariables } from './service-links.ts';
import { type Answer, found, missing, type Surroundings } from './surroundings.ts';

export interface EnvironmentInput extends Surroundings {
  readonly pod: Pod;
  readonly container: Container;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

export type EnvironmentResult =
  | { readonly ok: true; readonly env: readonly EnvironmentVariable[] }
  /** The container cannot be created as things are; trying again later may help. */
  | { readonly ok: false; readonly reason: 'CreateContainerConfigError'; readonly message: string };

/**
 * `envFrom` first, later sources over earlier ones; then `env` in order, each able to use `$(NAME)` of what is there
 * already; service variables last, never over a declared one. Only `value` is expanded, never what `valueFrom` gives.
 */
export function buildEnvironment(input: EnvironmentInput): EnvironmentResult {
  const { pod, container } = input;
  const services = serviceVariables(input.services ?? [], {
    namespace: namespaceOf(pod),
    enableServiceLinks: pod.spec.enableServiceLinks ?? true,
  });
  const variables = new Map<string, string>();
  for (const source of container.envFrom ?? []) {
    const imported = importedVariables(source, input);
    if (!imported.ok) return refusal(imported.message);
    for (const [name, value] of imported.value) variables.set(name, value);
  }
  const lookup = (name: string) => variables.get(name) ?? services.get(name);
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (value === undefined || value === '') {
      const resolved = valueFrom === undefined ? found('') : resolveSource(valueFrom, input);
      if (!resolved.ok) return refusal(resolved.message);
      // An optional key that is not there leaves the variable unset, and an earlier one of its name as it was.
      if (resolved.value !== undefined) variables.set(name, resolved.value);
    } else {
      variables.set(name, expand(value, lookup));
    }
  }
  for (const [name, value] of services) {
    if (!variables.has(name)) variables.set(name, value);
  }
  return withoutNul(variables);
}

/** No operating system can pass a NUL byte on; better said here by name than by a runtime in its own words. */
function withoutNul(variables: ReadonlyMap<string, string>): EnvironmentResult {
  for (const [name, value] of variables) {
    if (value.includes('\0')) return refusal(`environment variable "${name}" holds a NUL byte`);
  }
  return { ok: true, env: Array.from(variables, ([name, value]) => ({ name, value })) };
}

function refusal(message: string): EnvironmentResult {
  return { ok: false, reason: 'CreateContainerConfigError', message };
}

function namespaceOf(pod: Pod): string {
  return pod.metadata.namespace ?? 'default';
}

function importedVariables(source: EnvFromSource, input: EnvironmentInput): Answer<[string, string][]> {
  const { prefix = '', configMapRef, secretRef } = source;
  const reference = configMapRef ?? secretRef;
  if (reference === undefined) return found([]);
  const texts =
    configMapRef !== undefined
      ? configMapTexts(configMapRef.name, input)
      : secretTexts(secretRef?.name, input);
  if (!texts.ok) return reference.optional === true ? found([]) : texts;
  return found(
    Object.entries(texts.value.data).map(([key, value]) => [`${prefix}${key}`, texts.value.read(value)]),
  );
}

function resolveSource(source: EnvVarSource, input: EnvironmentInput): Answer<string | undefined> {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef !== undefined) return environmentField(input.pod, fieldRef.fieldPath, input);
  if (resourceFieldRef !== undefined) {
    const name = resourceFieldRef.containerName || input.container.name;
    return resourceField(input.pod, { ...resourceFieldRef, containerName: name }, input.allocatable);
  }
  if (configMapKeyRef !== undefined) {
    const { key, name = '' } = configMapKeyRef;
    return pick(configMapKeyRef, configMapTexts(name, input), keyMissing('ConfigMap', key, name, input.pod));
  }
  if (secretKeyRef !== undefined) {
    const { key, name = '' } = secretKeyRef;
    return pick(secretKeyRef, secretTexts(name, input), keyMissing('Secret', key, name, input.pod));
  }
  const [unknown = 'nothing'] = Object.keys(source);
  return missing(`valueFrom: ${unknown} is not supported by this node`);
}

function keyMissing(kind: 'ConfigMap' | 'Secret', key: string, name: string, pod: Pod): string {
  return `couldn't find key ${key} in ${kind} ${namespaceOf(pod)}/${name}`;
}

function pick(selector: KeySelector, texts: Answer<Texts>, keyError: string): Answer<string | undefined> {
  if (!texts.ok) return selector.optional === true ? found(undefined) : texts;
  const { data, read } = texts.value;
  const value = Object.hasOwn(data, selector.key) ? data[selector.key] : undefined;
  if (value !== undefined) return found(read(value));
  return selector.optional === true ? found(undefined) : missing(keyError);
}

/** The entries of an object that can become variables, and how one is read. */
interface Texts {
  readonly data: Readonly<Record<string, string>>;
  read(value: string): string;
}

function configMapTexts(name: string | undefined, input: EnvironmentInput): Answer<Texts> {
  const object: ConfigMap | undefined = input.objects.configMap(namespaceOf(input.pod), name ?? '');
  if (object === undefined) return missing(`configmap "${name ?? ''}" not found`);
  // Binary entries never become variables.
  return found({ data: object.data ?? {}, read: (value) => value });
}

function secretTexts(name: string | undefined, input: EnvironmentInput): Answer<Texts> {
  const object: Secret | undefined = input.objects.secret(namespaceOf(input.pod), name ?? '');
  if (object === undefined) return missing(`secret "${name ?? ''}" not found`);
  return found({ data: object.data ?? {}, read: (value) => Buffer.from(value, 'base64').toString('utf8') });
}
