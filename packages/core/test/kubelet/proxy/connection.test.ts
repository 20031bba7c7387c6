import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ProxyRig, proxyRig, readAll } from './proxy-rig.ts';

let rig: ProxyRig;
afterEach(() => rig[Symbol.asyncDispose]());

const echo = (socket: Socket) => void socket.pipe(socket);

describe('a connection', () => {
  it('may be ended by the client first, by the endpoint first, and stays open the other way', async () => {
    rig = await proxyRig();
    const late = await rig.backend((socket) => {
      socket.resume();
      // What the client has ended is answered only then.
      socket.once('end', () => socket.end('all heard'));
    });
    const early = await rig.backend((socket) => {
      socket.end('bye');
      socket.once('data', (chunk) => heard.push(String(chunk)));
    });
    const heard: string[] = [];
    const web = await rig.service('web');
    await rig.endpoints('web', [late.endpoint()]);
    expect(await rig.ask(web)).toBe('all heard');
    await rig.endpoints('web', [early.endpoint()]);
    const client = rig.client(web);
    expect(await readAll(client)).toBe('bye');
    client.end('thanks');
    await rig.until(() => heard.length > 0);
    expect(heard).toEqual(['thanks']);
    await rig.until(() => rig.connections.size === 0);
  });

  it('is reset when the endpoint resets it, not ended as if all had been said', async () => {
    rig = await proxyRig();
    const a = await rig.backend((socket) => void socket.once('data', () => socket.write('half')));
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    const client = rig.client(web);
    client.write('hello');
    expect(String((await once(client, 'data'))[0])).toBe('half');
    a.kill();
    await expect(readAll(client)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('is reset towards the endpoint when the client resets it', async () => {
    rig = await proxyRig();
    const errors: string[] = [];
    const a = await rig.backend((socket) => {
      socket.resume();
      socket.on('error', (error: NodeJS.ErrnoException) => errors.push(String(error.code)));
    });
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    const client = rig.client(web);
    client.write('x');
    await rig.until(() => [...a.sockets].some(({ bytesRead }) => bytesRead > 0));
    client.resetAndDestroy();
    await rig.until(() => a.sockets.size === 0);
    expect(errors).toEqual(['ECONNRESET']);
  });

  it('carries megabytes both ways, and holds back who is too fast', async () => {
    rig = await proxyRig();
    const a = await rig.backend(echo);
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    const client = rig.client(web);
    const total = 96 * 1024 * 1024;
    // Nobody reads what comes back: all buffers on the way fill up, and the writer has to wait.
    client.end(Buffer.alloc(total, 7));
    const relayed = () => [...a.sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    let before = 0;
    let looks = 0;
    await rig.until(() => {
      looks = relayed() > 0 && relayed() === before ? looks + 1 : 0;
      before = relayed();
      return looks === 20;
    });
    expect(relayed()).toBeLessThan(total);
    let received = 0;
    client.on('data', (part: Buffer) => {
      received += part.length;
    });
    await once(client, 'end');
    expect(received).toBe(total);
  });

  it('over which nothing goes is closed in the end', async () => {
    rig = await proxyRig({ idleMsMax: 50 });
    const a = await rig.backend(echo);
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    const client = rig.client(web);
    client.write('x');
    await once(client, 'data');
    await once(client.resume(), 'end');
    await rig.until(() => rig.connections.size === 0 && a.sockets.size === 0);
  });

  it('that one side has ended is closed sooner, as nobody can tell whether the other one is there', async () => {
    rig = await proxyRig({ halfClosedMsMax: 50 });
    const a = await rig.backend((socket) => socket.resume());
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    const whole = rig.client(web);
    whole.write('x');
    const half = rig.client(web);
    half.end('x');
    await once(half.resume(), 'close');
    await rig.until(() => rig.connections.size === 1 && rig.connections.openTo(`uid-${a.host}`) === 1);
    expect(whole.closed).toBe(false);
  });

  it('outlives its Service, and no new one comes', async () => {
    rig = await proxyRig();
    const a = await rig.backend(echo);
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    const client = rig.client(web);
    client.write('x');
    await once(client, 'data');
    await rig.objects.delete('Service', 'default', 'web');
    await rig.until(() => rig.directory.list().length === 0);
    await expect(rig.ask(web)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    client.write('y');
    expect(String((await once(client, 'data'))[0])).toBe('y');
  });
});
