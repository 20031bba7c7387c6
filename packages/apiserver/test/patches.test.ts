import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyJSONPatch } from '../src/patch/json-patch.ts';
import { appsInDefault, configMapOf, deploymentOf, inDefault, podOf } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

let served: Served;
const ask: Served['ask'] = (...args) => served.ask(...args);

beforeAll(async () => {
  served = await serve();
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

const as = (type: string) => ({ 'content-type': type });
const json = as('application/json-patch+json');
const merge = as('application/merge-patch+json');
const strategic = as('application/strategic-merge-patch+json');

let count = 0;
async function configMap(data: object = {}) {
  count += 1;
  await ask('POST', `${inDefault}/configmaps`, configMapOf(`p${count}`, data));
  return `${inDefault}/configmaps/p${count}`;
}

describe('a JSON patch', () => {
  it('carries its operations out, in their order', async () => {
    const path = await configMap({ a: '1' });
    const { code, body } = await ask(
      'PATCH',
      path,
      [
        { op: 'test', path: '/data/a', value: '1' },
        { op: 'add', path: '/data/b', value: '2' },
        { op: 'move', from: '/data/a', path: '/data/c' },
      ],
      json,
    );
    expect({ code, data: body.data }).toEqual({ code: 200, data: { b: '2', c: '1' } });
  });

  it('finds nothing where nothing is', async () => {
    const path = await configMap({ a: '1' });
    const patch = (...tests: readonly string[]) =>
      ask('PATCH', path, [...tests.map((at) => ({ op: 'test', path: at, value: null }))], json);
    expect(await patch('/data/b', '/immutable')).toMatchObject({ code: 200 });
    expect(await patch('/data/a')).toMatchObject({ code: 422 });
    expect(await patch('/nowhere/b')).toMatchObject({ code: 422 });
  });

  it.each([
    [
      'a test that fails',
      [{ op: 'test', path: '/data/a', value: '9' }],
      422,
      /the server rejected our request/,
    ],
    [
      'a path that leads nowhere',
      [{ op: 'remove', path: '/data/x/y' }],
      422,
      /the server rejected our request/,
    ],
    ['no list', { op: 'remove', path: '/data' }, 400, /must be a list/],
    ['no operation', [{ op: 'explode', path: '/data' }], 400, /must have an op and a path/],
    ['a result that is no object', [{ op: 'replace', path: '', value: 5 }], 400, /leaves no object/],
    [
      'the prototype',
      [{ op: 'add', path: '/__proto__/x', value: 1 }],
      422,
      /the server rejected our request/,
    ],
  ])('is refused with %s', async (_name, patch, code, message) => {
    const path = await configMap({ a: '1' });
    const answer = await ask('PATCH', path, patch, json);
    expect(answer).toMatchObject({ code, body: { message: expect.stringMatching(message) } });
    expect((await ask('GET', path)).body.data).toEqual({ a: '1' });
  });

  it('of copies of copies does not grow without end', async () => {
    const path = await configMap({ a: 'x'.repeat(1000) });
    const copies = Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '/data', path: `/data/c${i}` }));
    expect(await ask('PATCH', path, copies, json)).toMatchObject({ code: 413 });
  });

  it('is the same when it is carried out once more', () => {
    const patch = [
      { op: 'add', path: '/data', value: { a: ['1'] } },
      { op: 'add', path: '/data/a/-', value: '2' },
    ];
    for (let i = 0; i < 2; i += 1)
      expect(applyJSONPatch({ kind: 'X' }, patch, 1000)).toEqual({ kind: 'X', data: { a: ['1', '2'] } });
  });

  // A copy of the whole for each operation takes longer than this test may.
  it('of many operations changes a large object', () => {
    const data = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`key-${i}`, 'value']));
    const patch = Array.from({ length: 10_000 }, (_, i) => ({ op: 'remove', path: `/data/key-${i}` }));
    const { data: left } = applyJSONPatch({ data }, patch, 1000) as { readonly data: object };
    expect(Object.keys(left)).toHaveLength(40_000);
    expect(Object.keys(data)).toHaveLength(50_000);
  });
});

describe('a merge patch', () => {
  it('merges maps and takes out what is null', async () => {
    const path = await configMap({ a: '1', b: '2' });
    const { body } = await ask(
      'PATCH',
      path,
      { metadata: { labels: { x: 'y' } }, data: { a: null, c: '3' } },
      merge,
    );
    expect(body).toMatchObject({ metadata: { labels: { x: 'y' } }, data: { b: '2', c: '3' } });
    expect(body.data.a).toBeUndefined();
  });

  it('is not looked into without end', async () => {
    const path = await configMap();
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    for (const headers of [merge, strategic])
      expect(await ask('PATCH', path, deep, headers)).toMatchObject({
        code: 400,
        body: { message: expect.stringContaining('must not be nested deeper than 64 levels') },
      });
  });

  it('can say which state it is for', async () => {
    const path = await configMap();
    const stale = await ask('PATCH', path, { metadata: { resourceVersion: '1' }, data: { a: '1' } }, merge);
    expect(stale).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
  });

  it('cannot make another object of it', async () => {
    const path = await configMap();
    expect(await ask('PATCH', path, { metadata: { name: 'other' } }, merge)).toMatchObject({ code: 400 });
    expect(await ask('PATCH', path, { metadata: { uid: 'other' } }, merge)).toMatchObject({ code: 409 });
    expect(await ask('PATCH', path, { kind: 'Secret' }, merge)).toMatchObject({ code: 400 });
    expect(await ask('PATCH', path, { metadata: null }, merge)).toMatchObject({ code: 200 });
  });
});

describe('a strategic merge patch', () => {
  it('merges lists by their keys, and what it leaves open keeps its defaults', async () => {
    await ask('POST', `${appsInDefault}/deployments`, deploymentOf('lists'));
    const containers = [
      { name: 'main', env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] },
      { name: 'side', image: 'side:1' },
    ];
    const path = `${appsInDefault}/deployments/lists`;
    const { body } = await ask('PATCH', path, { spec: { template: { spec: { containers } } } }, strategic);
    expect(body.spec.template.spec.containers).toMatchObject([
      { name: 'main', image: 'app:1', ports: [{ containerPort: 80, protocol: 'TCP' }] },
      { name: 'side', image: 'side:1' },
    ]);
    const patch = { spec: { template: { spec: { containers: [{ $patch: 'delete', name: 'side' }] } } } };
    const { body: without } = await ask('PATCH', path, patch, strategic);
    expect(without.spec.template.spec.containers).toHaveLength(1);
    expect(without.metadata.generation).toBe(3);
  });

  it('of the status leaves the rest alone', async () => {
    await ask('POST', `${appsInDefault}/deployments`, deploymentOf('status'));
    const path = `${appsInDefault}/deployments/status`;
    const patch = { spec: { replicas: 9 }, status: { replicas: 2 } };
    const { body } = await ask('PATCH', `${path}/status`, patch, strategic);
    expect(body).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 2 } });
  });

  it('is validated as a whole', async () => {
    await ask('POST', `${appsInDefault}/deployments`, deploymentOf('whole'));
    const path = `${appsInDefault}/deployments/whole`;
    const invalid = await ask('PATCH', path, { spec: { replicas: -1 } }, strategic);
    expect(invalid).toMatchObject({
      code: 422,
      body: { message: expect.stringMatching(/^Deployment\.apps "whole" is invalid: spec\.replicas/) },
    });
    const bogus = await ask('PATCH', `${path}?fieldValidation=Strict`, { spec: { bogus: 1 } }, strategic);
    expect(bogus).toMatchObject({
      code: 400,
      body: { message: expect.stringContaining('unknown field "spec.bogus"') },
    });
    const typed = await ask('PATCH', path, { spec: { replicas: 'many' } }, strategic);
    expect(typed).toMatchObject({ code: 400, body: { message: expect.stringContaining('spec.replicas') } });
  });
});

describe('the ephemeral containers of a pod', () => {
  const path = `${inDefault}/pods/debugged`;
  const part = `${path}/ephemeralcontainers`;
  const debug = (name: string, image = 'busybox') => ({ name, image });
  const specOf = (...ephemeralContainers: readonly object[]) => ({ spec: { ephemeralContainers } });
  const namesIn = (body: {
    readonly spec?: { readonly ephemeralContainers?: readonly { name: string }[] };
  }) => body.spec?.ephemeralContainers?.map(({ name }) => name);
  const apply = as('application/apply-patch+yaml');

  it('are added by patches of every type, and by a put', async () => {
    await ask('POST', `${inDefault}/pods`, podOf('debugged'));
    expect((await ask('GET', part)).body).toMatchObject({ kind: 'Pod', metadata: { name: 'debugged' } });
    const first = await ask('PATCH', part, specOf(debug('a')), strategic);
    expect([first.code, namesIn(first.body)]).toEqual([200, ['a']]);
    const second = await ask('PATCH', part, specOf(debug('b')), strategic);
    expect(namesIn(second.body)).toEqual(expect.arrayContaining(['a', 'b']));
    const added = { op: 'add', path: '/spec/ephemeralContainers/-', value: debug('c') };
    expect(namesIn((await ask('PATCH', part, [added], json)).body)).toContain('c');
    const known = (await ask('GET', path)).body.spec.ephemeralContainers;
    const merged = await ask('PATCH', part, specOf(...known, debug('d')), merge);
    expect(namesIn(merged.body)).toHaveLength(4);
    const header = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'debugged' } };
    const wish = { ...header, ...specOf(debug('e')) };
    const applied = await ask('PATCH', `${part}?fieldManager=me`, wish, apply);
    expect([applied.code, namesIn(applied.body)?.length]).toEqual([200, 5]);
    const { body } = await ask('GET', path);
    body.spec.ephemeralContainers.push(debug('f'));
    // All else is let be, whatever is sent.
    body.metadata.labels = { other: 'label' };
    body.spec.containers[0].image = 'other:1';
    const put = await ask('PUT', part, body);
    expect([put.code, namesIn(put.body)?.length]).toEqual([200, 6]);
    expect(put.body.metadata.labels).toBeUndefined();
    expect(put.body.spec.containers[0].image).not.toBe('other:1');
    expect(put.body.metadata.generation).toBe(7);
    expect((await ask('PUT', part, body)).code).toBe(409);
  });

  it('are not changed, removed, or written in any other way', async () => {
    const words = 'existing ephemeral containers "a" may not be';
    const changed = await ask('PATCH', part, specOf(debug('a', 'other:1')), strategic);
    expect(changed).toMatchObject({
      code: 422,
      body: { message: expect.stringContaining(`${words} changed`) },
    });
    const removed = await ask('PATCH', part, specOf(debug('b')), merge);
    expect(removed).toMatchObject({
      code: 422,
      body: { message: expect.stringContaining(`${words} removed`) },
    });
    expect((await ask('PATCH', path, specOf(debug('g')), strategic)).code).toBe(422);
    const born = podOf('born', specOf(debug('a')).spec);
    expect(await ask('POST', `${inDefault}/pods`, born)).toMatchObject({
      code: 422,
      body: { message: expect.stringContaining('cannot be set on create') },
    });
    const strict = await ask(
      'PATCH',
      `${part}?fieldValidation=Strict`,
      specOf({ ...debug('g'), bogus: 1 }),
      strategic,
    );
    expect(strict).toMatchObject({ code: 400 });
    expect((await ask('PATCH', `${part}?dryRun=All`, specOf(debug('g')), strategic)).code).toBe(200);
    const after = (await ask('GET', path)).body;
    expect(namesIn(after)).toHaveLength(6);
    expect(await ask('PATCH', `${inDefault}/pods/nobody/ephemeralcontainers`, {}, strategic)).toMatchObject({
      code: 404,
      body: { details: { name: 'nobody' } },
    });
  });
});

it('patches of other types are refused with those that there are', async () => {
  const path = await configMap();
  const { code, body } = await ask('PATCH', path, {});
  expect(code).toBe(415);
  expect(body.message).toContain('application/strategic-merge-patch+json');
});

it('what is not there cannot be patched', async () => {
  expect(await ask('PATCH', `${inDefault}/configmaps/nobody`, {}, merge)).toMatchObject({ code: 404 });
});
