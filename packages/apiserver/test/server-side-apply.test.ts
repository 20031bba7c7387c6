import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appsInDefault, inDefault } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

let served: Served;

beforeAll(async () => {
  served = await serve();
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

const apply = (path: string, manager: string, body: object, query = '') =>
  served.ask('PATCH', `${path}?fieldManager=${manager}${query}`, body, {
    'content-type': 'application/apply-patch+yaml',
  });
const patch = (path: string, manager: string, body: object) =>
  served.ask('PATCH', `${path}?fieldManager=${manager}`, body, {
    'content-type': 'application/merge-patch+json',
  });

const configMap = (name: string, data: object, labels?: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(labels && { labels }) },
  data,
});

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly fieldsV1: object;
}
const ownersOf = ({ metadata }: { metadata: { managedFields?: readonly Entry[] } }) =>
  Object.fromEntries(
    (metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }) => [
      `${manager} ${operation}`,
      fieldsV1,
    ]),
  );

describe('a server-side apply', () => {
  it('creates, and notes whose the fields are', async () => {
    const { code, body } = await apply(
      `${inDefault}/configmaps/a`,
      'one',
      configMap('a', { x: '1' }, { l: 'm' }),
    );
    expect(code).toBe(201);
    expect(body.metadata.managedFields).toEqual([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        time: expect.any(String),
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:metadata': { 'f:labels': { 'f:l': {} } }, 'f:data': { 'f:x': {} } },
      },
    ]);
    const again = await apply(`${inDefault}/configmaps/a`, 'one', configMap('a', { x: '1' }, { l: 'm' }));
    expect(again).toMatchObject({
      code: 200,
      body: { metadata: { resourceVersion: body.metadata.resourceVersion } },
    });
  });

  it('takes out what its manager does not want any more, and nobody else does', async () => {
    const path = `${inDefault}/configmaps/b`;
    await apply(path, 'one', configMap('b', { x: '1', y: '1', z: '1' }));
    await apply(path, 'two', configMap('b', { y: '1' }));
    const { body } = await apply(path, 'one', configMap('b', { x: '1' }));
    expect(body.data).toEqual({ x: '1', y: '1' });
    expect(ownersOf(body)).toEqual({
      'one Apply': { 'f:data': { 'f:x': {} } },
      'two Apply': { 'f:data': { 'f:y': {} } },
    });
  });

  it('tells whose fields are in the way, and takes them by force', async () => {
    const path = `${inDefault}/configmaps/c`;
    await apply(path, 'one', configMap('c', { x: '1', y: '1' }));
    await patch(path, 'kubectl-edit', { data: { y: '2' } });
    const refused = await apply(path, 'one', configMap('c', { x: '1', y: '1' }));
    expect(refused).toMatchObject({
      code: 409,
      body: {
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "kubectl-edit" using v1: .data.y',
        details: {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "kubectl-edit" using v1',
              field: '.data.y',
            },
          ],
        },
      },
    });
    const { body } = await apply(path, 'one', configMap('c', { x: '1', y: '1' }), '&force=true');
    expect(body.data).toEqual({ x: '1', y: '1' });
    expect(ownersOf(body)).toEqual({ 'one Apply': { 'f:data': { 'f:x': {}, 'f:y': {} } } });
  });

  it('knows items of lists by their keys', async () => {
    const path = `${appsInDefault}/deployments/d`;
    const wanted = (containers: object[], replicas?: number) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: {
        ...(replicas !== undefined && { replicas }),
        selector: { matchLabels: { app: 'd' } },
        template: { metadata: { labels: { app: 'd' } }, spec: { containers } },
      },
    });
    const main = { name: 'main', image: 'app:1', ports: [{ containerPort: 80 }] };
    await apply(path, 'one', wanted([main, { name: 'side', image: 'side:1' }], 2));
    const { body } = await apply(path, 'one', wanted([{ ...main, image: 'app:2' }], 2));
    expect(body.spec.template.spec.containers).toMatchObject([
      { image: 'app:2', ports: [{ protocol: 'TCP' }] },
    ]);
    expect(body.metadata.generation).toBe(2);
    await served.ask('PUT', `${path}/scale?fieldManager=scaler`, { spec: { replicas: 5 } });
    const refused = await apply(path, 'one', wanted([main], 2));
    expect(refused.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    );
    const left = await apply(path, 'one', wanted([main]));
    expect(left).toMatchObject({ code: 200, body: { spec: { replicas: 5 } } });
    expect((await served.ask('GET', path)).body.spec.template.spec.containers).toMatchObject([
      { image: 'app:1' },
    ]);
  });

  it.each([
    ['a b', 'z a', 'z a b'],
    ['a b c', 'c a', 'b c a'],
    ['a b c', 'b x', 'a b c x'],
    ['a b', 'x b y', 'a x b y'],
    ['a b', 'x', 'a b x'],
  ])('to the items %s of others of %s leads to %s', async (live, applied, expected) => {
    const path = `${appsInDefault}/deployments/ordered`;
    const deployment = (names: string) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'ordered' },
      spec: {
        selector: { matchLabels: { app: 'ordered' } },
        template: {
          metadata: { labels: { app: 'ordered' } },
          spec: { containers: names.split(' ').map((name) => ({ name, image: 'i' })) },
        },
      },
    });
    expect(await apply(path, 'others', deployment(live))).toMatchObject({ code: 201 });
    const { body } = await apply(path, 'own', deployment(applied));
    const { containers } = body.spec.template.spec;
    expect(containers.map(({ name }: { name: string }) => name).join(' ')).toBe(expected);
    const again = await apply(path, 'own', deployment(applied));
    expect(again.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    await served.ask('DELETE', path);
  });

  it('of a scale is an apply to the size of its owner', async () => {
    const path = `${appsInDefault}/deployments/scaled`;
    const deployment = (replicas: number) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'scaled' },
      spec: {
        replicas,
        selector: { matchLabels: { app: 'a' } },
        template: {
          metadata: { labels: { app: 'a' } },
          spec: { containers: [{ name: 'main', image: 'app:1' }] },
        },
      },
    });
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'scaled' } };
    await apply(path, 'one', deployment(2));
    await served.ask('PUT', `${path}?fieldManager=editor`, deployment(3));
    const refused = await apply(`${path}/scale`, 'scaler', { ...scale, spec: { replicas: 9 } });
    expect([refused.code, refused.body.message]).toEqual([
      409,
      'Apply failed with 1 conflict: conflict with "editor" using autoscaling/v1: .spec.replicas',
    ]);
    const forced = await apply(`${path}/scale`, 'scaler', { ...scale, spec: { replicas: 9 } }, '&force=true');
    expect(forced).toMatchObject({ code: 200, body: { kind: 'Scale', spec: { replicas: 9 } } });
    const { body } = await served.ask('GET', path);
    expect(body.metadata.managedFields).toContainEqual({
      ...{ manager: 'scaler', operation: 'Apply', subresource: 'scale', apiVersion: 'apps/v1' },
      ...{ time: expect.any(String), fieldsType: 'FieldsV1' },
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    });
    expect(ownersOf(body)).not.toHaveProperty('editor Update');
    const other = { ...scale, metadata: { name: 'other' }, spec: { replicas: 1 } };
    expect(await apply(`${path}/scale`, 'scaler', other)).toMatchObject({ code: 400 });
  });

  it('leaves an object as it is where its managers say in turn what they have said', async () => {
    const path = `${inDefault}/configmaps/turns`;
    const versions: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      await apply(path, 'one', configMap('turns', { x: '1' }));
      const { body } = await apply(path, 'two', configMap('turns', { y: '1' }));
      versions.push(body.metadata.resourceVersion);
    }
    expect(new Set(versions).size).toBe(1);
  });

  it('of a map without fields is in the way of nobody who has filled it', async () => {
    const path = `${inDefault}/configmaps/empty`;
    await apply(path, 'one', configMap('empty', {}));
    await apply(path, 'two', configMap('empty', { x: '1' }));
    const { code, body } = await apply(path, 'three', configMap('empty', {}));
    expect([code, body.data]).toEqual([200, { x: '1' }]);
    const left = await apply(path, 'one', { ...configMap('empty', {}), data: undefined });
    expect(left.body.data).toEqual({ x: '1' });
  });

  it('meant for an object that has gone makes no new one', async () => {
    const path = `${inDefault}/configmaps/vanished`;
    const of = configMap('vanished', {});
    const gone = { ...of, metadata: { ...of.metadata, uid: 'of-the-former' } };
    expect(await apply(path, 'one', gone)).toMatchObject({
      code: 409,
      body: {
        message: expect.stringContaining('uid mismatch: the provided object specified uid of-the-former'),
      },
    });
    expect(await served.ask('GET', path)).toMatchObject({ code: 404 });
  });

  it('tells the fields of each manager that is in the way', async () => {
    const path = `${inDefault}/configmaps/crowded`;
    await apply(path, 'two', configMap('crowded', { x: '1', y: '1' }));
    await patch(path, 'an-editor', { data: { z: '1' } });
    const { body } = await apply(path, 'three', configMap('crowded', { x: '2', y: '2', z: '2' }));
    expect(body.message.split('\n')).toEqual([
      'Apply failed with 3 conflicts: conflicts with "an-editor" using v1:',
      '- .data.z',
      'conflicts with "two":',
      '- .data.x',
      '- .data.y',
    ]);
    expect(body.details.causes).toHaveLength(3);
  });

  it('tells items apart by all of their keys, and wants each once', async () => {
    const path = `${inDefault}/pods/keys`;
    const pod = (spec: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'keys' },
      spec: { containers: [{ name: 'main', image: 'app:1' }], ...spec },
    });
    const constraint = (whenUnsatisfiable: string) => ({
      ...{ topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable },
    });
    const topologySpreadConstraints = ['DoNotSchedule', 'ScheduleAnyway'].map(constraint);
    await apply(path, 'one', pod({ topologySpreadConstraints }));
    const { code, body } = await apply(path, 'one', pod({ topologySpreadConstraints }));
    expect([code, body.spec.topologySpreadConstraints]).toEqual([200, topologySpreadConstraints]);
    const env = ['1', '2'].map((value) => ({ name: 'A', value }));
    const doubled = await apply(path, 'one', pod({ containers: [{ name: 'main', image: 'app:1', env }] }));
    expect([doubled.code, doubled.body.message]).toEqual([
      400,
      'failed to create typed patch object (default/keys; v1, Kind=Pod): .spec.containers[name="main"].env: duplicate entries for key [name="A"]',
    ]);
  });

  it('says what is missing', async () => {
    const path = `${inDefault}/configmaps/e`;
    const nameless = await apply(path, '', configMap('e', {}));
    expect(nameless).toMatchObject({ code: 422, body: { details: { causes: [{ field: 'fieldManager' }] } } });
    expect(await apply(path, 'one', configMap('f', {}))).toMatchObject({ code: 400 });
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 1 } };
    expect(await apply(`${appsInDefault}/deployments/d/scale`, '', scale)).toMatchObject({ code: 422 });
    const owned = { ...configMap('e', {}), metadata: { name: 'e', managedFields: [{ manager: 'x' }] } };
    expect((await apply(path, 'one', owned)).body.message).toBe('metadata.managedFields must be nil');
    const nowhere = configMap('e', {});
    expect(await apply('/api/v1/namespaces/nowhere/configmaps/e', 'one', nowhere)).toMatchObject({
      code: 404,
    });
    expect(await apply(path, 'one', configMap('e', { x: '1' }), '&dryRun=All')).toMatchObject({ code: 201 });
    expect(await served.ask('GET', path)).toMatchObject({ code: 404 });
  });

  it('takes what a Secret says in words for what is kept of it', async () => {
    const path = `${inDefault}/secrets/words`;
    const secret = (stringData: object) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'words' },
      stringData,
    });
    await served.ask('POST', `${inDefault}/secrets?fieldManager=kubectl-create`, secret({ a: 'one' }));
    const same = await apply(path, 'one', secret({ a: 'one', b: 'two' }));
    expect(same).toMatchObject({ code: 200, body: { data: { a: 'b25l', b: 'dHdv' } } });
    expect(ownersOf(same.body)).toEqual({
      'kubectl-create Update': { 'f:data': { 'f:a': {} } },
      'one Apply': { 'f:data': { 'f:a': {}, 'f:b': {} } },
    });
    const other = await apply(path, 'one', secret({ a: 'three' }));
    expect(other.body.message).toContain('conflict with "kubectl-create" using v1: .data.a');
    const less = await apply(path, 'one', secret({ a: 'one' }));
    expect(less.body.data).toEqual({ a: 'b25l' });
    const patched = await patch(path, 'two', { stringData: { a: 'three' } });
    expect(patched.body.data).toEqual({ a: 'dGhyZWU=' });
  });

  it('leaves what controllers fill in alone', async () => {
    const service = (port: number) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { type: 'NodePort', selector: { app: 's' }, ports: [{ port }] },
    });
    const { body: first } = await apply(`${inDefault}/services/s`, 'one', service(80));
    const { body: second } = await apply(`${inDefault}/services/s`, 'one', service(80));
    expect(second).toEqual(first);
    const { body: third } = await apply(`${inDefault}/services/s`, 'one', service(81));
    expect(third.spec.clusterIP).toBe(first.spec.clusterIP);
    expect(third.spec.ports).toMatchObject([{ port: 81, targetPort: 81 }]);
  });
});

describe('owners that only update', () => {
  it('are put together when there are too many', async () => {
    const path = `${inDefault}/configmaps/h`;
    await apply(path, 'one', configMap('h', { x: '1' }));
    for (let i = 0; i < 14; i += 1) await patch(path, `m${i}`, { data: { [`k${i}`]: '1' } });
    const { body } = await served.ask('GET', path);
    const names = body.metadata.managedFields.map(({ manager }: Entry) => manager);
    expect(names).toHaveLength(12);
    expect(names).toEqual(expect.arrayContaining(['ancient-changes', 'one', 'm13']));
    const { body: refused } = await apply(path, 'one', configMap('h', { x: '1', k0: '2' }));
    expect(refused.message).toContain('conflict with "ancient-changes"');
  });
});

describe('owners that a client wrote itself', () => {
  it('are read as far as they can be', async () => {
    const path = `${inDefault}/configmaps/g`;
    await apply(path, 'one', configMap('g', { x: '1' }));
    const nonsense = [
      5,
      { operation: 'Apply', manager: 'odd', fieldsV1: { 'k:{': {}, x: 5, 'f:data': { 'f:x': {} } } },
    ];
    expect(await patch(path, 'two', { metadata: { managedFields: nonsense } })).toMatchObject({ code: 200 });
    const { body } = await apply(path, 'one', configMap('g', { x: '2' }));
    expect(body.message).toContain('conflict with "odd"');
  });
});
