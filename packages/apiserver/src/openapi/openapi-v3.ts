/** OpenAPI 3: one document for each group and version. Pure. */

import { groupVersionOf, type ResourceInfo } from '../resources/resource-table.ts';
import type { Definition, Definitions, GroupVersionKind, PropertySchema } from './definition.ts';
import { closureOf } from './load-definitions.ts';
import { type PathInfo, pathsOf, queryParameters } from './paths.ts';

/** `api/v1`, `apis/apps/v1`: the documents by the paths that they are found under. */
export function openapiV3(
  definitions: Definitions,
  resources: readonly ResourceInfo[],
): ReadonlyMap<string, object> {
  return new Map(
    [...new Set(resources.map(groupVersionOf))].map((groupVersion) => [
      groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`,
      documentOf(
        definitions,
        resources.filter((resource) => groupVersionOf(resource) === groupVersion),
      ),
    ]),
  );
}

function documentOf(definitions: Definitions, resources: readonly ResourceInfo[]): object {
  const named = resources.flatMap((resource) => {
    const name = definitionOf(definitions, resource);
    return name === undefined ? [] : [{ resource, name }];
  });
  const used = closureOf(
    definitions,
    named.map(({ name }) => name),
  );
  const schemas = Object.entries(used).map(([name, definition]) => [name, schemaOf(definition)]);
  const paths = named.flatMap(({ resource, name }) =>
    pathsOf(resource).map((info) => [info.path, pathItem(info, name)]),
  );
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.34.0' },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

/** The name of the definition of a kind. */
function definitionOf(
  definitions: Definitions,
  { group, version, kind }: GroupVersionKind,
): string | undefined {
  const found = Object.entries(definitions).find(
    ([, { kind: own }]) => own?.group === group && own.version === version && own.kind === kind,
  );
  return found?.[0];
}

const mediaTypes = ['application/json', 'application/yaml'];
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

function pathItem({ methods, resource, path }: PathInfo, definition: string): object {
  const { group, version, kind } = resource;
  const schema = { $ref: `#/components/schemas/${definition}` };
  const variables = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const operations = methods.map((method) => [
    method,
    {
      ...((method === 'post' || method === 'put') && { requestBody: contentOf(mediaTypes, schema) }),
      ...(method === 'patch' && { requestBody: contentOf(patchTypes, { type: 'object' }) }),
      responses: { 200: { description: 'OK', ...contentOf(mediaTypes, schema) } },
      parameters: queryParameters(method).map((name) => ({ name, in: 'query', schema: { type: 'string' } })),
      'x-kubernetes-group-version-kind': { group, version, kind },
    },
  ]);
  return { ...Object.fromEntries(operations), parameters: variables };
}

function contentOf(types: readonly string[], schema: object): object {
  return { content: Object.fromEntries(types.map((type) => [type, { schema }])) };
}

function schemaOf({ description, required, properties, kind }: Definition): object {
  const entries = Object.entries(properties).map(([name, schema]) => [name, propertyOf(schema)]);
  return {
    type: 'object',
    ...(description !== undefined && { description }),
    ...(required !== undefined && { required }),
    properties: Object.fromEntries(entries),
    ...(kind !== undefined && { 'x-kubernetes-group-version-kind': [kind] }),
  };
}

function propertyOf(schema: PropertySchema): object {
  const { ref, type, format, items, additionalProperties, description, ...merge } = schema;
  const extensions = {
    ...(merge.patchStrategy !== undefined && { 'x-kubernetes-patch-strategy': merge.patchStrategy }),
    ...(merge.patchMergeKey !== undefined && { 'x-kubernetes-patch-merge-key': merge.patchMergeKey }),
  };
  // Beside a reference nothing else counts in this version.
  const reference =
    ref === undefined ? {} : { allOf: [{ $ref: `#/components/schemas/${ref}` }], default: {} };
  return {
    ...reference,
    ...(type !== undefined && { type }),
    ...(format !== undefined && { format }),
    ...(items !== undefined && { items: itemOf(items) }),
    ...(additionalProperties !== undefined && { additionalProperties: itemOf(additionalProperties) }),
    ...(description !== undefined && { description }),
    ...extensions,
  };
}

function itemOf(schema: PropertySchema): object {
  return schema.ref === undefined
    ? propertyOf(schema)
    : { allOf: [{ $ref: `#/components/schemas/${schema.ref}` }], default: {} };
}
