import { connect } from 'node:net';
import { createMemoryStore, type Store } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { describe, expect, it } from 'vitest';
import { configMapOf, inDefault } from './support/objects.ts';
import { serve } from './support/server.ts';

/** Sends text as it is, and gives back all that comes. */
function raw(
  port: number,
  text: string,
): { readonly answer: Promise<string>; readonly begun: Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const answer = new Promise<string>((resolve) => {
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
  socket.write(text, () => begin());
  return { answer, begun };
}

describe('a request', () => {
  it('whose body does not come is answered when its time is over, and left', async () => {
    const clock = new TestClock();
    await using served = await serve({ clock, api: { clock, requestMsMax: 10_000 } });
    const head = `POST ${inDefault}/configmaps HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"a"`;
    const { answer } = raw(served.server.port, head);
    await expect.poll(() => served.server.underWay(), { timeout: 30_000 }).toBe(1);
    await clock.advanceBy(11_000);
    await expect.poll(() => served.server.underWay(), { timeout: 30_000 }).toBe(0);
    await clock.advanceBy(6000);
    expect(await answer).toMatch(/^HTTP\/1\.1 504 [\s\S]*"reason":"Timeout"/);
  });

  it('whose long answer is not read is cut off when its time is over', async () => {
    const clock = new TestClock();
    await using served = await serve({ clock, api: { clock, requestMsMax: 10_000 } });
    // More than the buffers of a connection hold.
    for (let i = 0; i < 40; i += 1)
      await served.cluster.objects.create(configMapOf(`map-${i}`, { words: 'x'.repeat(400_000) }));
    const socket = connect(served.server.port, '127.0.0.1').on('error', () => {});
    const gone = new Promise((resolve) => socket.on('close', resolve));
    socket.write(`GET ${inDefault}/configmaps HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await expect.poll(() => served.server.underWay(), { timeout: 30_000 }).toBe(1);
    await clock.advanceBy(9000);
    expect(served.server.underWay()).toBe(1);
    await clock.advanceBy(2000);
    await expect.poll(() => served.server.underWay(), { timeout: 30_000 }).toBe(0);
    socket.resume();
    await gone;
  });

  it('too many is told to come back', async () => {
    const clock = new TestClock();
    await using served = await serve({ clock, api: { clock, requestsMax: 1 } });
    const head = `POST ${inDefault}/configmaps HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"a"`;
    const { answer } = raw(served.server.port, head);
    await expect.poll(() => served.server.underWay(), { timeout: 30_000 }).toBe(1);
    const { code, headers, body } = await served.ask('GET', `${inDefault}/configmaps`);
    expect({ code, reason: body.reason, after: headers.get('retry-after') }).toEqual({
      code: 429,
      reason: 'TooManyRequests',
      after: '1',
    });
    await served.server.close();
    await answer;
  });

  it('that is nested too deeply is refused', async () => {
    await using served = await serve();
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    const answer = await served.ask(
      'POST',
      `${inDefault}/configmaps`,
      `{"metadata":{"name":"d"},"x":${deep}}`,
    );
    expect(answer).toMatchObject({ code: 400, body: { message: expect.stringContaining('nested deeper') } });
    const yaml = '['.repeat(20_000);
    const type = { 'content-type': 'application/yaml' };
    expect(await served.ask('POST', `${inDefault}/configmaps`, yaml, type)).toMatchObject({ code: 400 });
  });
});

describe('the state of a server', () => {
  it('is that of its store', async () => {
    const store = createMemoryStore();
    await using served = await serve({ store });
    expect(await served.ask('GET', '/readyz')).toMatchObject({ code: 200, body: 'ok' });
    const all = '[+]ping ok\n[+]store ok\n[+]watches ok\nreadyz check passed\n';
    expect(await served.ask('GET', '/readyz?verbose')).toMatchObject({ code: 200, body: all });
    const live = '[+]ping ok\nlivez check passed\n';
    expect(await served.ask('GET', '/livez?verbose')).toMatchObject({ code: 200, body: live });
    expect(await served.ask('GET', '/livez/store')).toMatchObject({ code: 404 });
    await store[Symbol.asyncDispose]();
    const { code, body } = await served.ask('GET', '/readyz');
    expect({ code, body }).toEqual({
      code: 503,
      body: expect.stringMatching(/^\[\+\]ping ok\n\[-\]store failed: [^\n]+\n\[.+\nreadyz check failed\n$/),
    });
    expect(await served.ask('GET', '/readyz/ping')).toMatchObject({ code: 200, body: 'ok' });
    expect(await served.ask('GET', '/readyz/store')).toMatchObject({ code: 503 });
    const without = await served.ask('GET', '/readyz?verbose&exclude=store&exclude=watches');
    expect(without).toMatchObject({ code: 200, body: expect.stringContaining('[+]store excluded: ok') });
    expect(await served.ask('GET', '/livez')).toMatchObject({ code: 200 });
    const write = await served.ask('POST', `${inDefault}/configmaps`, configMapOf('a'));
    expect(write).toMatchObject({ code: 503, body: { reason: 'ServiceUnavailable' } });
  });

  it('is told in time, when the store says nothing at all', async () => {
    const clock = new TestClock();
    const memory = createMemoryStore();
    let isStuck = false;
    const store: Store = {
      get: (...given) => memory.get(...given),
      update: (...given) => memory.update(...given),
      delete: (...given) => memory.delete(...given),
      list: (...given) => memory.list(...given),
      watch: (...given) => memory.watch(...given),
      create: (...given) => (isStuck ? new Promise(() => {}) : memory.create(...given)),
      [Symbol.asyncDispose]: () => memory[Symbol.asyncDispose](),
    };
    await using served = await serve({ clock, store, api: { clock } });
    isStuck = true;
    const answer = served.ask('GET', '/readyz');
    await expect.poll(() => served.server.underWay(), { timeout: 30_000 }).toBe(1);
    await clock.advanceBy(5000);
    expect(await answer).toMatchObject({
      code: 503,
      body: expect.stringContaining('[-]store failed: store did not finish within 5000 ms'),
    });
  });

  it('is counted, in series that nobody can multiply', async () => {
    await using served = await serve();
    await served.ask('GET', `${inDefault}/pods`);
    for (const path of ['/api/v1/made-up', '/apis/made-up/v1/pods', `${inDefault}/pods/web/made-up`])
      for (const headers of [{}, { 'impersonate-user': 'nobody' }])
        await served.ask('GET', path, undefined, headers);
    const { headers, body } = await served.ask('GET', '/metrics');
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toMatch(
      /^apiserver_request_total\{verb="list",group="",resource="pods",subresource="",code="200"\} 1$/m,
    );
    expect(body).toMatch(/^apiserver_longrunning_requests\{verb="watch",kind="Pod"\} 0$/m);
    expect(body).not.toContain('made-up');
  });
});

it('a server that closes ends its watches', async () => {
  await using served = await serve();
  const response = await fetch(`${served.server.url}/api/v1/pods?watch=1`);
  const reading = response.text().catch(() => 'broken off');
  await served.server.close();
  expect(await reading).toMatch(/^$|broken off/);
});
