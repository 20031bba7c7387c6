import type { ConfigMap } from '@mooring/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { configMapOf, inDefault, podOf } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

let served: Served;
const ask: Served['ask'] = (...args) => served.ask(...args);

beforeAll(async () => {
  served = await serve({ api: { watches: { historyMax: 4 } } });
  for (const [i, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const labels = { tier: i < 2 ? 'front' : 'back' };
    await ask('POST', `${inDefault}/pods`, podOf(name, { nodeName: i === 0 ? 'node-a' : '' }, { labels }));
  }
  await ask('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
  await ask('POST', '/api/v1/namespaces/other/pods', podOf('z'));
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

const namesIn = (body: { items: readonly { metadata: { name: string } }[] }) =>
  body.items.map(({ metadata }) => metadata.name);

describe('a list', () => {
  it('has its kind, a version to watch from, and objects with theirs', async () => {
    const { body } = await ask('GET', `${inDefault}/pods?timeout=5s&pretty=true`);
    expect(body).toMatchObject({ kind: 'PodList', apiVersion: 'v1' });
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(0);
    expect(body.items[0]).toMatchObject({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a' } });
  });

  it.each([
    ['', 'a b c d e z'],
    ['labelSelector=tier%3Dfront', 'a b'],
    ['labelSelector=tier%20in%20(back),tier!%3Dfront', 'c d e'],
    ['labelSelector=!tier', 'z'],
    ['fieldSelector=spec.nodeName%3Dnode-a', 'a'],
    ['fieldSelector=spec.nodeName!%3Dnode-a,metadata.namespace%3D%3Ddefault', 'b c d e'],
    ['fieldSelector=metadata.name%3De&labelSelector=tier%3Dback', 'e'],
    ['fieldSelector=metadata.name%3De&labelSelector=tier%3Dfront', ''],
    ['labelSelector=tier%3Dfront&watch=False', 'a b'],
  ])('with %s has %s', async (query, names) => {
    const { body } = await ask('GET', `/api/v1/pods?${query}`);
    expect(namesIn(body).join(' ')).toBe(names);
  });

  it.each([
    ['labelSelector=a%3D%3D%3Db', /^unable to parse requirement/],
    ['fieldSelector=spec.image%3Dx', /^field label not supported: spec.image$/],
    ['fieldSelector=whatever', /can't understand it/],
    ['limit=-1', /limit/],
    ['continue=nonsense', /^continue key is not valid/],
  ])('refuses %s', async (query, message) => {
    const { code, body } = await ask('GET', `${inDefault}/pods?${query}`);
    expect({ code, message: body.message }).toEqual({ code: 400, message: expect.stringMatching(message) });
  });

  it('comes in pages, all of one version', async () => {
    const first = await ask('GET', '/api/v1/pods?limit=2');
    expect(namesIn(first.body)).toEqual(['a', 'b']);
    expect(first.body.metadata.remainingItemCount).toBe(4);
    const next = encodeURIComponent(first.body.metadata.continue);
    const second = await ask('GET', `/api/v1/pods?limit=3&continue=${next}`);
    expect(namesIn(second.body)).toEqual(['c', 'd', 'e']);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
    const third = await ask(
      'GET',
      `/api/v1/pods?continue=${encodeURIComponent(second.body.metadata.continue)}`,
    );
    expect([namesIn(third.body), third.body.metadata.continue]).toEqual([['z'], undefined]);
  });

  it('goes on with what there was when it began', async () => {
    const maps = '/api/v1/namespaces/paged/configmaps';
    await ask('POST', '/api/v1/namespaces', { metadata: { name: 'paged' } });
    for (const name of ['b', 'c', 'd']) await ask('POST', maps, configMapOf(name, { v: '1' }));
    const first = await ask('GET', `${maps}?limit=1`);
    const next = `${maps}?continue=${encodeURIComponent(first.body.metadata.continue)}`;
    const told = ({ items }: { items: readonly ConfigMap[] }) =>
      items.map(({ metadata, data }) => `${metadata.name} ${data?.['v']}`).join();
    expect(told((await ask('GET', next)).body)).toBe('c 1,d 1');
    await ask('DELETE', `${maps}/c`);
    await ask('PUT', `${maps}/d`, configMapOf('d', { v: '2' }));
    await ask('POST', maps, configMapOf('e', { v: '2' }));
    expect(told((await ask('GET', next)).body)).toBe('c 1,d 1');
    const { resourceVersion } = first.body.metadata;
    const exact = (version: string) =>
      ask('GET', `${maps}?resourceVersionMatch=Exact&resourceVersion=${version}`);
    expect(told((await exact(resourceVersion)).body)).toBe('b 1,c 1,d 1');
    const { body: now } = await ask('GET', maps);
    expect(told(now)).toBe('b 1,d 2,e 2');
    // Versions go on although none of these objects changes.
    await ask('POST', '/api/v1/namespaces', { metadata: { name: 'unrelated' } });
    const latest = (await ask('GET', maps)).body.metadata.resourceVersion;
    expect(Number(latest)).toBeGreaterThan(Number(now.metadata.resourceVersion));
    expect((await exact(latest)).body).toEqual((await ask('GET', maps)).body);
  });

  it('is deleted page by page where that is wanted', async () => {
    const maps = '/api/v1/namespaces/emptied/configmaps';
    await ask('POST', '/api/v1/namespaces', { metadata: { name: 'emptied' } });
    for (const name of ['b', 'c', 'd', 'e']) await ask('POST', maps, configMapOf(name));
    const left = async () => namesIn((await ask('GET', maps)).body).join(' ');
    const { body } = await ask('GET', `${maps}?limit=2`);
    const next = encodeURIComponent(body.metadata.continue);
    const second = await ask('DELETE', `${maps}?limit=1&continue=${next}`);
    expect([namesIn(second.body), await left()]).toEqual([['d'], 'b c e']);
    const rest = `${maps}?continue=${encodeURIComponent(second.body.metadata.continue)}`;
    expect(namesIn((await ask('DELETE', `${rest}&dryRun=All`)).body)).toEqual(['e']);
    expect([namesIn((await ask('DELETE', rest)).body), await left()]).toEqual([['e'], 'b c']);
    expect([namesIn((await ask('DELETE', `${maps}?limit=1`)).body), await left()]).toEqual([['b'], 'c']);
    expect([(await ask('DELETE', `${maps}?limit=some`)).code, await left()]).toEqual([400, 'c']);
  });

  it('cannot go on from what is forgotten', async () => {
    await ask('POST', `${inDefault}/configmaps`, configMapOf('0'));
    await ask('POST', `${inDefault}/configmaps`, configMapOf('1'));
    const { body } = await ask('GET', `${inDefault}/configmaps?limit=1`);
    for (let i = 2; i < 14; i += 1) await ask('POST', `${inDefault}/configmaps`, configMapOf(String(i)));
    const next = encodeURIComponent(body.metadata.continue);
    const answer = await ask('GET', `${inDefault}/configmaps?limit=1&continue=${next}`);
    expect(answer).toMatchObject({ code: 410, body: { reason: 'Expired' } });
    const then = `resourceVersionMatch=Exact&resourceVersion=${body.metadata.resourceVersion}`;
    expect(await ask('GET', `${inDefault}/configmaps?${then}`)).toMatchObject({
      code: 410,
      body: { message: 'The resourceVersion for the provided list is too old.' },
    });
  });
});

describe('the form of a list', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

  it('is a table where that is wanted', async () => {
    const { headers, body } = await ask('GET', `${inDefault}/pods?limit=1`, undefined, { accept: table });
    expect(headers.get('content-type')).toBe('application/json');
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(body.metadata).toMatchObject({
      continue: expect.any(String),
      resourceVersion: expect.any(String),
    });
    expect(body.rows[0].cells.slice(0, 4)).toEqual(['a', '0/1', 'Pending', '0']);
    expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
    expect(body.rows[0].object.spec).toBeUndefined();
    const whole = await ask('GET', `${inDefault}/pods?includeObject=Object`, undefined, { accept: table });
    expect(whole.body.rows[0].object).toMatchObject({ kind: 'Pod', spec: { nodeName: 'node-a' } });
  });

  describe('that is too large to be sent at once', () => {
    const path = '/api/v1/namespaces/large/configmaps';
    const listed = async () => {
      const { items, revision } = await served.cluster.objects.list('ConfigMap', 'large');
      return { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: `${revision}` }, items };
    };

    beforeAll(async () => {
      for (let i = 0; i < 300; i += 1) {
        const data = { words: 'wörter '.repeat(i === 7 ? 50_000 : 200) };
        await served.cluster.objects.create({
          ...configMapOf(`map-${i}`, data),
          metadata: { name: `map-${i}`, namespace: 'large' },
        } as ConfigMap);
      }
    });

    it('is whole, and so is the next one', async () => {
      const first = await ask('GET', path);
      expect(Number(first.headers.get('content-length'))).toBeGreaterThan(800_000);
      expect(first.body).toEqual(await listed());
      await ask('DELETE', `${path}/map-100`);
      await ask('PUT', `${path}/map-7`, configMapOf('map-7', { words: 'few' }));
      await ask('POST', path, configMapOf('map-1000', {}));
      expect((await ask('GET', path)).body).toEqual(await listed());
    });

    it('is given up when its client goes', async () => {
      const leaving = new AbortController();
      const { body } = await fetch(served.server.url + path, { signal: leaving.signal });
      await body?.getReader().read();
      leaving.abort();
      await vi.waitFor(() => expect(served.server.underWay()).toBe(0), { timeout: 20_000 });
    });
  });

  it('is metadata alone where that is wanted', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const { body } = await ask('GET', `${inDefault}/pods`, undefined, { accept });
    expect(body).toMatchObject({ kind: 'PartialObjectMetadataList' });
    expect(Object.keys(body.items[0])).toEqual(['kind', 'apiVersion', 'metadata']);
  });

  it('is JSON for those who would like something else, too, and nothing for those who want nothing else', async () => {
    const either = 'application/vnd.kubernetes.protobuf,application/json';
    const { body } = await ask('GET', `${inDefault}/pods/a`, undefined, { accept: either });
    expect(body.kind).toBe('Pod');
    const { code } = await ask('GET', `${inDefault}/pods/a`, undefined, { accept: 'text/html' });
    expect(code).toBe(406);
  });
});
