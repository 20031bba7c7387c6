/**
 * OpenAPI 2 in its binary form, the only one that kubectl takes: the message `openapi.v2.Document` of google/gnostic, as
 * far as clients read it. The numbers are those of its fields. Pure.
 */

import { field, message } from '../protobuf/protobuf-writer.ts';
import type { ResourceInfo } from '../resources/resource-table.ts';
import type { Definition, Definitions, GroupVersionKind, PropertySchema } from './definition.ts';
import { type PathInfo, pathsOf, queryParameters } from './paths.ts';

export function openapiV2(definitions: Definitions, resources: readonly ResourceInfo[]): Buffer {
  const info = message(field(1, 'Kubernetes'), field(2, 'v1.34.0'));
  const paths = resources.flatMap(pathsOf).map((path) => field(2, named(path.path, pathItem(path))));
  const schemas = Object.entries(definitions).map(([name, definition]) =>
    field(1, named(name, definitionSchema(definition))),
  );
  return message(field(1, '2.0'), field(2, info), field(8, message(...paths)), field(9, message(...schemas)));
}

/** Each named thing is a message of a name and a value. */
function named(name: string, value: Buffer): Buffer {
  return message(field(1, name), field(2, value));
}

/** Where the operations lie in a path. */
const methodFields = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

function pathItem({ methods, resource }: PathInfo): Buffer {
  const { group, version, kind } = resource;
  const kindText = `group: ${JSON.stringify(group)}\nkind: ${kind}\nversion: ${version}\n`;
  return message(
    ...methods.map((method) => {
      const parameters = queryParameters(method).map((name) => field(8, parameterItem(name)));
      const extension = field(13, named('x-kubernetes-group-version-kind', yaml(kindText)));
      return field(methodFields[method], message(...parameters, extension));
    }),
  );
}

/** Parameters item -> parameter -> that is not a body -> of the query. */
function parameterItem(name: string): Buffer {
  const query = message(field(2, 'query'), field(4, name), field(6, 'string'));
  return field(1, field(2, field(3, query)));
}

function definitionSchema({ description, required = [], properties, kind }: Definition): Buffer {
  const entries = Object.entries(properties).map(([name, schema]) => field(1, named(name, schemaOf(schema))));
  return message(
    field(4, description),
    ...required.map((name) => field(19, name)),
    field(22, field(1, 'object')),
    field(25, message(...entries)),
    ...(kind === undefined ? [] : [extension('x-kubernetes-group-version-kind', kindList(kind))]),
  );
}

function schemaOf(schema: PropertySchema): Buffer {
  const { ref, type, format, items, additionalProperties, description, patchStrategy, patchMergeKey } =
    schema;
  return message(
    field(1, ref && `#/definitions/${ref}`),
    field(2, format),
    field(4, description),
    ...(additionalProperties === undefined ? [] : [field(21, field(1, schemaOf(additionalProperties)))]),
    ...(type === undefined ? [] : [field(22, field(1, type))]),
    ...(items === undefined ? [] : [field(23, field(1, schemaOf(items)))]),
    ...(patchMergeKey === undefined ? [] : [extension('x-kubernetes-patch-merge-key', `${patchMergeKey}\n`)]),
    ...(patchStrategy === undefined ? [] : [extension('x-kubernetes-patch-strategy', `${patchStrategy}\n`)]),
  );
}

function extension(name: string, text: string): Buffer {
  return field(31, named(name, yaml(text)));
}

function yaml(text: string): Buffer {
  return field(2, text);
}

function kindList({ group, version, kind }: GroupVersionKind): string {
  return `- group: ${JSON.stringify(group)}\n  kind: ${kind}\n  version: ${version}\n`;
}
