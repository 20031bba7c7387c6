import { createControllers } from '@mooring/core';
import { nats } from '@mooring/core/nats';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { describeWithEngine } from '../../../test/support/engines.ts';
import { NatsServer } from '../../core/test/nats/nats-server.ts';
import { configMapOf, inDefault } from './support/objects.ts';
import { type Served, serve } from './support/server.ts';

describeWithEngine(['nats-server'], 'two API servers over one store', () => {
  let natsServer: NatsServer;
  const servers: Served[] = [];

  beforeAll(async () => {
    natsServer = await NatsServer.start();
    const url = natsServer.url;
    const installed = await createControllers({
      plugins: [],
      controllers: false,
      scheduler: false,
      transport: nats({ servers: url, install: { bytesMax: 10_000_000 } }),
    });
    await installed.close();
    for (let i = 0; i < 2; i += 1) servers.push(await serve({ transport: nats({ servers: url }) }));
  });

  afterAll(async () => {
    for (const served of servers) await served[Symbol.asyncDispose]();
    await natsServer?.[Symbol.asyncDispose]();
  });

  const [first, second] = [0, 1].map((i): Served['ask'] => (...args) => {
    const served = servers[i];
    if (served === undefined) throw new Error('the server did not start');
    return served.ask(...args);
  }) as [Served['ask'], Served['ask']];

  it('show each other what is written, at one version', async () => {
    const path = `${inDefault}/configmaps`;
    const watching = await fetch(`${servers[1]?.server.url}${path}?watch=1`);
    const reader = watching.body?.getReader();
    const { body: made } = await first('POST', path, configMapOf('shared', { a: '1' }));
    const { value } = (await reader?.read()) ?? {};
    expect(JSON.parse(new TextDecoder().decode(value))).toEqual({ type: 'ADDED', object: made });
    await reader?.cancel();
    expect((await second('GET', `${path}/shared`)).body).toEqual(made);
  });

  it('are not ready while the store does not answer', { timeout: 60_000 }, async () => {
    const url = `${servers[0]?.server.url}/readyz/store`;
    const readiness = async () => (await fetch(url)).status;
    expect(await readiness()).toBe(200);
    onTestFinished(() => natsServer.freeze(false));
    natsServer.freeze();
    // It may have answered one more question before the signal reached it.
    await expect.poll(readiness, { timeout: 30_000 }).toBe(503);
    natsServer.freeze(false);
    await expect.poll(readiness, { timeout: 30_000 }).toBe(200);
  });

  it('take one write of two that were made from the same state', async () => {
    const path = `${inDefault}/configmaps/raced`;
    const { body } = await first('POST', `${inDefault}/configmaps`, configMapOf('raced'));
    await expect.poll(async () => (await second('GET', path)).code, { timeout: 30_000 }).toBe(200);
    const codes = await Promise.all([
      first('PUT', path, { ...body, data: { by: 'first' } }),
      second('PUT', path, { ...body, data: { by: 'second' } }),
    ]);
    expect(codes.map(({ code }) => code).toSorted()).toEqual([200, 409]);
  });
});
