import { connect } from 'node:net';
import { createMemoryStore } from '@mooring/core';
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
    await store[Symbol.asyncDispose]();
    const { code, body } = await served.ask('GET', '/readyz');
    expect({ code, body }).toEqual({ code: 503, body: expect.stringMatching(/^\[-\]store failed/) });
    expect(await served.ask('GET', '/livez')).toMatchObject({ code: 200 });
    const write = await served.ask('POST', `${inDefault}/configmaps`, configMapOf('a'));
    expect(write).toMatchObject({ code: 503, body: { reason: 'ServiceUnavailable' } });
  });

  it('is counted, in series that nobody can multiply', async () => {
    await using served = await serve();
    await served.ask('GET', `${inDefault}/pods`);
    for (let i = 0; i < 5; i += 1) await served.ask('GET', `/api/v1/made-up-${i}`);
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
