import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kindInfo, mergeKeyOf } from '@mooring/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDefinitions } from '../../../scripts/openapi-definitions.ts';
import { openapiPage } from '../../../scripts/openapi-page.ts';
import type { Definitions } from '../src/openapi/definition.ts';
import { type Served, serve } from './support/server.ts';

const file = join(import.meta.dirname, '../openapi/definitions.json');
const definitions = JSON.parse(readFileSync(file, 'utf8')) as Definitions;

let served: Served;

beforeAll(async () => {
  served = await serve();
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

it('the definitions are those that are generated: run `npm run openapi`', () => {
  expect(openapiPage(makeDefinitions())).toBe(readFileSync(file, 'utf8'));
});

describe('the definitions', () => {
  it('lead to definitions only', () => {
    const refs = Object.values(definitions).flatMap(({ properties }) =>
      Object.values(properties).map((one) => (one.items ?? one.additionalProperties ?? one).ref),
    );
    expect(refs.filter((ref) => ref !== undefined && definitions[ref] === undefined)).toEqual([]);
  });

  it('have every field that is read', () => {
    const own = Object.values(definitions).filter(({ kind }) => kind !== undefined);
    expect(own).toHaveLength(13);
    for (const { kind, properties } of own)
      expect(Object.keys(properties)).toEqual(
        expect.arrayContaining(Object.keys(kindInfo(kind?.kind ?? '')?.schema.fields ?? { missing: 1 })),
      );
  });

  it('merge lists as patches are merged', () => {
    const differing: string[] = [];
    const visit = (name: string, path: readonly string[]): void => {
      for (const [field, one] of Object.entries(definitions[name]?.properties ?? {})) {
        const at = [...path, field];
        // What is behind the third container is as what is behind the first one.
        if (at.length > 6 || (field === 'status' && path.length === 0)) continue;
        const key = one.type === 'array' ? mergeKeyOf('Pod', at) : undefined;
        if (one.type === 'array' && one.patchMergeKey !== key) differing.push(at.join('.'));
        const { ref } = one.items ?? one;
        if (ref !== undefined) visit(ref, at);
      }
    };
    visit('io.k8s.api.core.v1.Pod', []);
    // Not acted on here, and replaced as a whole.
    expect(differing).toEqual(['spec.resourceClaims']);
  });
});

describe('OpenAPI', () => {
  it('of version 3 has a document for each version of each group', async () => {
    const { body } = await served.ask('GET', '/openapi/v3');
    expect(Object.keys(body.paths)).toEqual([
      'api/v1',
      'apis/apps/v1',
      'apis/discovery.k8s.io/v1',
      'apis/coordination.k8s.io/v1',
    ]);
    const { body: apps } = await served.ask('GET', body.paths['apis/apps/v1'].serverRelativeURL);
    const path = apps.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    expect(path.patch.parameters).toContainEqual(expect.objectContaining({ name: 'fieldValidation' }));
    expect(apps.components.schemas['io.k8s.api.apps.v1.Deployment']).toMatchObject({
      'x-kubernetes-group-version-kind': [{ group: 'apps', version: 'v1', kind: 'Deployment' }],
    });
    const unused = apps.components.schemas['io.k8s.api.core.v1.Node'];
    expect(unused).toBeUndefined();
  });

  it('of version 2 is binary, and is not sent again to those who have it', async () => {
    const response = await fetch(`${served.server.url}/openapi/v2`);
    expect(response.headers.get('content-type')).toContain('+protobuf');
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100_000);
    const again = await fetch(`${served.server.url}/openapi/v2`, {
      headers: { 'if-none-match': response.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });
});
