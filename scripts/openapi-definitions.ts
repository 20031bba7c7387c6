/**
 * The definitions of the kinds that the API server has, out of the models of `@kubernetes/client-node`: names, types and
 * words of the Kubernetes API itself.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as clientNode from '@kubernetes/client-node';
import type { Definition, PropertySchema } from '../packages/apiserver/src/openapi/definition.ts';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

/** The classes of the kinds, with the group and version of each. */
const kinds: Readonly<Record<string, readonly [group: string, kind: string]>> = {
  V1Pod: ['', 'Pod'],
  V1ReplicationController: ['', 'ReplicationController'],
  V1Service: ['', 'Service'],
  V1Endpoints: ['', 'Endpoints'],
  V1Node: ['', 'Node'],
  CoreV1Event: ['', 'Event'],
  V1Namespace: ['', 'Namespace'],
  V1ConfigMap: ['', 'ConfigMap'],
  V1Secret: ['', 'Secret'],
  V1ReplicaSet: ['apps', 'ReplicaSet'],
  V1Deployment: ['apps', 'Deployment'],
  V1EndpointSlice: ['discovery.k8s.io', 'EndpointSlice'],
  V1Lease: ['coordination.k8s.io', 'Lease'],
};

/** By class and field: the key by which items of a list are merged; empty for lists of plain values. */
const mergeKeys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  V1ObjectMeta: { ownerReferences: 'uid', finalizers: '' },
  V1PodSpec: {
    containers: 'name',
    initContainers: 'name',
    ephemeralContainers: 'name',
    volumes: 'name',
    imagePullSecrets: 'name',
    hostAliases: 'ip',
    topologySpreadConstraints: 'topologyKey',
    schedulingGates: 'name',
    resourceClaims: 'name',
  },
  V1PodStatus: { conditions: 'type', podIPs: 'ip', hostIPs: 'ip' },
  V1Container: {
    ports: 'containerPort',
    env: 'name',
    volumeMounts: 'mountPath',
    volumeDevices: 'devicePath',
  },
  V1EphemeralContainer: {
    ports: 'containerPort',
    env: 'name',
    volumeMounts: 'mountPath',
    volumeDevices: 'devicePath',
  },
  V1ServiceSpec: { ports: 'port' },
  V1ServiceStatus: { conditions: 'type' },
  V1NodeSpec: { podCIDRs: '' },
  V1NodeStatus: { conditions: 'type', addresses: 'type' },
  V1NamespaceStatus: { conditions: 'type' },
  V1ReplicationControllerStatus: { conditions: 'type' },
  V1ReplicaSetStatus: { conditions: 'type' },
  V1DeploymentStatus: { conditions: 'type' },
};

/** Of these only the fields that a patch names are kept. */
const retainKeys: ReadonlySet<string> = new Set(['V1PodSpec.volumes', 'V1DeploymentSpec.strategy']);

/** From the name of each definition to what is in it, in the order of names. */
export function makeDefinitions(): Readonly<Record<string, Definition>> {
  const found = new Map<string, Definition>();
  const waiting = Object.keys(kinds);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    const { definition, uses } = define(next);
    found.set(next, definition);
    waiting.push(...uses);
  }
  const named = [...found].map(([name, definition]) => [definitionName(name), definition] as const);
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function define(name: string): { readonly definition: Definition; readonly uses: readonly string[] } {
  const words = wordsOf(name);
  const uses: string[] = [];
  const properties: Record<string, PropertySchema> = {};
  const required: string[] = [];
  for (const { baseName, type, format } of attributesOf(name)) {
    const schema = schemaOf(type, format, uses);
    const described = words.fields.get(baseName);
    properties[baseName] = {
      ...schema,
      ...(described?.description !== undefined && { description: described.description }),
      ...mergeExtensions(name, baseName, type),
    };
    if (described?.isOptional === false) required.push(baseName);
  }
  const [group, kind] = kinds[name] ?? [];
  const definition: Definition = {
    ...(words.description !== undefined && { description: words.description }),
    ...(required.length > 0 && { required }),
    properties,
    ...(group !== undefined && kind !== undefined && { kind: { group, version: 'v1', kind } }),
  };
  return { definition, uses };
}

function attributesOf(name: string): readonly Attribute[] {
  const model = (
    clientNode as unknown as Readonly<Record<string, { attributeTypeMap?: readonly Attribute[] }>>
  )[name];
  if (model?.attributeTypeMap === undefined) throw new Error(`there is no model ${name}`);
  return model.attributeTypeMap;
}

function schemaOf(type: string, format: string, uses: string[]): PropertySchema {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) return { type: 'array', items: schemaOf(list, '', uses) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return { type: 'object', additionalProperties: schemaOf(map, '', uses) };
  switch (type) {
    case 'string':
      return { type: 'string', ...(format !== '' && { format }) };
    case 'number':
      return { type: format === 'double' ? 'number' : 'integer', ...(format !== '' && { format }) };
    case 'boolean':
      return { type: 'boolean' };
    case 'Date':
    case 'V1MicroTime':
      return { type: 'string', format: 'date-time' };
    case 'IntOrString':
      return { type: 'string', format: 'int-or-string' };
    case 'any':
    case 'object':
      return { type: 'object' };
    default:
      uses.push(type);
      return { ref: definitionName(type) };
  }
}

function mergeExtensions(name: string, field: string, type: string): Partial<PropertySchema> {
  const key = mergeKeys[name]?.[field];
  const retains = retainKeys.has(`${name}.${field}`) ? ['retainKeys'] : [];
  if (key === undefined) return retains.length > 0 ? { patchStrategy: 'retainKeys' } : {};
  if (!type.startsWith('Array<')) throw new Error(`${name}.${field} is no list`);
  const patchStrategy = ['merge', ...retains].join(',');
  return key === '' ? { patchStrategy } : { patchStrategy, patchMergeKey: key };
}

/** `io.k8s.api.core.v1.Pod`; what is not of one group alone is in none. */
function definitionName(name: string): string {
  const [, group = '', short = name] = /^(Core|Discovery|Events)?V1(.*)$/.exec(name) ?? [];
  const own = kinds[name]?.[0].split('.')[0] || (kinds[name] ? 'core' : group.toLowerCase());
  return ['io.k8s.api', own, 'v1', short].filter((word) => word !== '').join('.');
}

interface Words {
  readonly description: string | undefined;
  readonly fields: ReadonlyMap<string, { readonly description?: string; readonly isOptional: boolean }>;
}

/** The comments of a model's declaration. */
function wordsOf(name: string): Words {
  const text = readFileSync(join(modelsFolder, `${name}.d.ts`), 'utf8');
  const [head = '', body = ''] = text.split(/^export declare class .*$/m);
  const comment = [...head.matchAll(/\/\*\*\n\* (.*)\n\*\//g)].at(-1)?.[1];
  const fields = new Map<string, { description?: string; isOptional: boolean }>();
  for (const [, description, field = '', mark] of body.matchAll(
    /(?:\/\*\*\n\s+\* (.*)\n\s+\*\/\n)?\s+'([^']+)'(\?)?:/g,
  ))
    fields.set(field, {
      isOptional: mark === '?',
      ...(description !== undefined && { description: clean(description) }),
    });
  return { description: comment && clean(comment), fields };
}

function clean(text: string): string {
  return text.replaceAll("\\'", "'").replaceAll('\\"', '"').trim();
}

const modelsFolder = join(
  dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node')),
  'gen/models',
);
