import type { IncomingMessage } from 'node:http';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { createMemoryStore, type Store, type WatchEvent } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMapOf, inDefault, podOf } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

let served: Served;
const clock = new TestClock();
const ask: Served['ask'] = (...args) => served.ask(...args);

beforeAll(async () => {
  served = await serve({ clock, api: { clock, watches: { historyMax: 8, pendingMax: 20 } } });
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

interface Told {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at objects of all kinds.
  readonly object: any;
}

interface Watching extends AsyncDisposable {
  readonly response: IncomingMessage;
  /** The next event; `undefined` when the stream is over. */
  next(): Promise<Told | undefined>;
}

function watch(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  { server } = served,
): Promise<Watching> {
  return new Promise((resolve, reject) => {
    const request = get(server.url + path, { headers, agent: false }, (response) => {
      const lines = createInterface({ input: response })[Symbol.asyncIterator]();
      // Torn by the test itself.
      response.on('error', () => {});
      resolve({
        response,
        async next() {
          const { value, done } = await lines.next();
          return done === true ? undefined : (JSON.parse(value) as Told);
        },
        async [Symbol.asyncDispose]() {
          request.destroy();
        },
      });
    });
    request.on('error', reject);
  });
}

/** What comes of it while time goes by. */
async function passing<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  await expect
    .poll(
      async () => {
        await clock.advanceBy(100);
        return isSettled;
      },
      { timeout: 60_000, interval: 5 },
    )
    .toBe(true);
  return await settled;
}

const summary = (told: Told | undefined) => told && `${told.type} ${told.object.metadata.name}`;
const make = (name: string, labels: object = {}) =>
  ask('POST', `${inDefault}/configmaps`, configMapOf(name, {}, { labels }));
const change = (name: string, labels: object) =>
  ask('PUT', `${inDefault}/configmaps/${name}`, configMapOf(name, {}, { labels }));
const remove = (name: string) => ask('DELETE', `${inDefault}/configmaps/${name}`);

describe('a watch', () => {
  it('begins with what there is, and goes on with what happens', async () => {
    await make('w1', { test: 'begins' });
    await using watching = await watch(`${inDefault}/configmaps?watch=1&labelSelector=test%3Dbegins`);
    expect(watching.response.headers['content-type']).toBe('application/json');
    expect(summary(await watching.next())).toBe('ADDED w1');
    await make('w2', { test: 'begins' });
    expect(summary(await watching.next())).toBe('ADDED w2');
    await ask(
      'PUT',
      `${inDefault}/configmaps/w2`,
      configMapOf('w2', { a: '1' }, { labels: { test: 'begins' } }),
    );
    expect(await watching.next()).toMatchObject({
      type: 'MODIFIED',
      object: { kind: 'ConfigMap', data: { a: '1' } },
    });
    const { body: last } = await ask('GET', `${inDefault}/configmaps/w2`);
    await remove('w2');
    const deleted = await watching.next();
    expect(deleted).toMatchObject({ type: 'DELETED', object: { data: { a: '1' } } });
    const versions = [last, deleted?.object].map(({ metadata }) => Number(metadata.resourceVersion));
    expect(versions[1]).toBeGreaterThan(versions[0] ?? 0);
  });

  it('tells of what begins and ceases to be selected', async () => {
    await using watching = await watch(`${inDefault}/configmaps?watch=1&labelSelector=in%3Dyes`);
    await make('s1', { in: 'no' });
    await change('s1', { in: 'yes' });
    expect(summary(await watching.next())).toBe('ADDED s1');
    await change('s1', { in: 'no' });
    const gone = await watching.next();
    expect(summary(gone)).toBe('DELETED s1');
    const { body } = await ask('GET', `${inDefault}/configmaps/s1`);
    expect(gone?.object.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  it('resumes from a version, of which nothing is told twice', async () => {
    await make('r1');
    const { body } = await ask('GET', `${inDefault}/configmaps`);
    await make('r2');
    const { resourceVersion } = body.metadata;
    await using watching = await watch(`${inDefault}/configmaps?watch=1&resourceVersion=${resourceVersion}`);
    expect(summary(await watching.next())).toBe('ADDED r2');
    await remove('r1');
    expect(summary(await watching.next())).toBe('DELETED r1');
  });

  it('of one name, and of version 0, begins with that object', async () => {
    await make('named');
    const path = `${inDefault}/configmaps?fieldSelector=metadata.name%3Dnamed&watch=true&resourceVersion=0`;
    await using watching = await watch(path);
    expect(summary(await watching.next())).toBe('ADDED named');
    await make('unnamed');
    await remove('named');
    expect(summary(await watching.next())).toBe('DELETED named');
  });

  it.each([
    ['is forgotten', () => 1, /^too old resource version: 1$/],
    ['is of another store', () => 1_000_000, /^too large resource version/],
  ])('says so when its version %s', async (_name, version, message) => {
    for (let i = 0; i < 20; i += 1) await make(`f${version()}-${i}`);
    const path = `${inDefault}/configmaps?watch=1&resourceVersion=${version()}`;
    const answer = await passing(ask('GET', path));
    const status =
      typeof answer.body === 'string' ? JSON.parse(answer.body).object : (answer.body.object ?? answer.body);
    expect(status).toMatchObject({ reason: 'Expired', code: 410, message: expect.stringMatching(message) });
  });

  it('and one object is not told as it was before a version that another server has given out', async () => {
    const { body } = await ask('GET', `${inDefault}/configmaps`);
    const version = Number(body.metadata.resourceVersion) + 1;
    const one = `${inDefault}/configmaps/soon`;
    const got = ask('GET', `${one}?resourceVersion=${version}`);
    await make('soon');
    expect(await passing(got)).toMatchObject({ code: 200, body: { metadata: { name: 'soon' } } });
    const other = await passing(ask('GET', `${one}?resourceVersion=1000000`));
    expect(other).toMatchObject({ code: 410, body: { reason: 'Expired' } });
    expect(await ask('GET', `${one}?resourceVersion=new`)).toMatchObject({ code: 400 });
  });

  it('and a list wait for a version that another server has given out', async () => {
    const { body } = await ask('GET', `${inDefault}/configmaps`);
    const version = Number(body.metadata.resourceVersion) + 1;
    const path = `${inDefault}/configmaps?labelSelector=test%3Dahead&resourceVersion=${version}`;
    const [listed, watched] = [ask('GET', path), watch(`${path}&watch=1`)];
    await make('a1', { test: 'ahead' });
    expect((await passing(listed)).body.items).toMatchObject([{ metadata: { name: 'a1' } }]);
    await using watching = await passing(watched);
    await remove('a1');
    expect(summary(await watching.next())).toBe('DELETED a1');
    const other = await passing(ask('GET', `${inDefault}/configmaps?resourceVersion=1000000`));
    expect(other).toMatchObject({ code: 410, body: { reason: 'Expired' } });
    expect(await ask('GET', `${inDefault}/configmaps?resourceVersion=x`)).toMatchObject({ code: 400 });
  });

  it('marks the end of what there was, where that is wanted', async () => {
    await make('i1', { test: 'initial' });
    const wanted = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const path = `${inDefault}/configmaps?watch=true&labelSelector=test%3Dinitial`;
    await using watching = await watch(`${path}&${wanted}`);
    expect(summary(await watching.next())).toBe('ADDED i1');
    const mark = await watching.next();
    expect(mark).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
    const { body } = await ask('GET', `${inDefault}/configmaps`);
    expect(Number(mark?.object.metadata.resourceVersion)).toBeLessThanOrEqual(
      Number(body.metadata.resourceVersion),
    );
    await remove('i1');
    expect(summary(await watching.next())).toBe('DELETED i1');
    await make('i2', { test: 'initial' });
    const unwanted = `${path}&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`;
    await using later = await watch(unwanted);
    await make('i3', { test: 'initial' });
    expect(summary(await later.next())).toBe('ADDED i3');
    const half = await ask('GET', `${path}&sendInitialEvents=true`);
    expect(half).toMatchObject({
      code: 422,
      body: { message: expect.stringContaining('sendInitialEvents') },
    });
  });

  it('tells from time to time how far it is, and ends when its time is over', async () => {
    const path = `${inDefault}/secrets?watch=1&allowWatchBookmarks=true&timeoutSeconds=90`;
    await using watching = await watch(path);
    await clock.advanceBy(61_000);
    expect(await watching.next()).toMatchObject({ type: 'BOOKMARK', object: { kind: 'Secret' } });
    await clock.advanceBy(30_000);
    expect(await watching.next()).toBeUndefined();
  });

  it('has rows of tables where those are wanted', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    await using watching = await watch(`${inDefault}/pods?watch=1`, { accept });
    await ask('POST', `${inDefault}/pods`, podOf('row'));
    const { object } = (await watching.next()) ?? {};
    expect(object).toMatchObject({ kind: 'Table', metadata: { resourceVersion: expect.any(String) } });
    expect(object.rows[0].cells.slice(0, 3)).toEqual(['row', '0/1', 'Pending']);
  });

  it('that is not read is cut off, and keeps nothing', async () => {
    const silent = await watch(`${inDefault}/secrets?watch=1`);
    silent.response.pause();
    const big = (i: number) => ({
      metadata: { name: 'big', labels: { i: `${i}` } },
      stringData: { a: 'x'.repeat(300_000) },
    });
    await ask('POST', `${inDefault}/secrets`, big(0));
    let isCut = false;
    for (let i = 1; i < 1000 && !isCut; i += 1) {
      await ask('PUT', `${inDefault}/secrets/big`, big(i));
      isCut = served.server.watching().get('Secret') === 0;
    }
    expect(isCut).toBe(true);
    // A client that reads on finds the reason at the end.
    silent.response.resume();
    let last: Told | undefined;
    for (let told = await silent.next(); told !== undefined; told = await silent.next()) last = told;
    expect(last).toMatchObject({
      type: 'ERROR',
      object: { code: 410, message: expect.stringContaining('cut off') },
    });
  });

  it('of many clients tells all of them, and keeps nobody else waiting', async () => {
    const path = `${inDefault}/replicationcontrollers?watch=1`;
    const many = await Promise.all(Array.from({ length: 300 }, () => watch(path)));
    await expect
      .poll(() => served.server.watching().get('ReplicationController'), { timeout: 60_000 })
      .toBe(300);
    const spec = {
      selector: { a: 'b' },
      template: { metadata: { labels: { a: 'b' } }, spec: podOf('t').spec },
    };
    expect(
      await ask('POST', `${inDefault}/replicationcontrollers`, { metadata: { name: 'told' }, spec }),
    ).toMatchObject({ code: 201 });
    const told = await Promise.all(many.map((watching) => watching.next()));
    expect(new Set(told.map(summary))).toEqual(new Set(['ADDED told']));
    for (const watching of many) await watching[Symbol.asyncDispose]();
  });

  it('is forgotten when its client has gone', async () => {
    const watching = await watch('/api/v1/nodes?watch=1');
    expect(served.server.watching().get('Node')).toBe(1);
    await watching[Symbol.asyncDispose]();
    await expect.poll(() => served.server.watching().get('Node'), { timeout: 30_000 }).toBe(0);
  });
});

/** A store over another one whose watches tell of ConfigMaps what `news` makes of it. */
function telling(memory: Store, news: (event: WatchEvent) => Promise<boolean> | boolean): Store {
  return {
    create: (...given) => memory.create(...given),
    update: (...given) => memory.update(...given),
    delete: (...given) => memory.delete(...given),
    get: (...given) => memory.get(...given),
    list: (...given) => memory.list(...given),
    async *watch(prefix, options) {
      for await (const event of memory.watch(prefix, options))
        if (!prefix.startsWith('configmaps/') || (await news(event))) yield event;
    },
    [Symbol.asyncDispose]: () => memory[Symbol.asyncDispose](),
  };
}

it('a watch begins with what was written before, however late the news of it come', async () => {
  let release = () => {};
  let news: Promise<void> | undefined;
  const late = telling(createMemoryStore(), async () => {
    await news;
    return true;
  });
  await using slow = await serve({ store: late });
  news = new Promise((resolve) => {
    release = resolve;
  });
  await slow.ask('POST', `${inDefault}/configmaps`, configMapOf('written'));
  const wanted = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  await using watching = await watch(`${inDefault}/configmaps?watch=1&${wanted}`, {}, slow);
  expect(summary(await watching.next())).toBe('ADDED written');
  expect(await watching.next()).toMatchObject({ type: 'BOOKMARK' });
  release();
  await slow.ask('DELETE', `${inDefault}/configmaps/written`);
  expect(summary(await watching.next())).toBe('DELETED written');
});

it('an object that took the place of another one is told as such, where the store skips what was between', async () => {
  const forgetful = telling(createMemoryStore(), ({ type }) => type !== 'delete');
  await using skipping = await serve({ store: forgetful });
  const made = (tier: string) => configMapOf('again', {}, { labels: { tier } });
  const { body: first } = await skipping.ask('POST', `${inDefault}/configmaps`, made('front'));
  await using watching = await watch(`${inDefault}/configmaps?watch=1&labelSelector=tier`, {}, skipping);
  expect(summary(await watching.next())).toBe('ADDED again');
  await skipping.ask('DELETE', `${inDefault}/configmaps/again`);
  const { body: second } = await skipping.ask('POST', `${inDefault}/configmaps`, made('back'));
  const told = [await watching.next(), await watching.next()];
  expect(told).toMatchObject([
    { type: 'DELETED', object: { metadata: { uid: first.metadata.uid, labels: { tier: 'front' } } } },
    { type: 'ADDED', object: second },
  ]);
});
