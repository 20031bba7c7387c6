import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServiceSpec } from '../../../src/api/network.ts';
import { endpoint, service } from './proxy-objects.ts';
import { answers, ownAddress, type ProxyRig, proxyRig, readAll } from './proxy-rig.ts';

let rig: ProxyRig;
afterEach(() => rig[Symbol.asyncDispose]());

const leaving = { ready: false, serving: true, terminating: true };
const unready = { ready: false, serving: false, terminating: false };
const echo = (socket: Socket) => void socket.pipe(socket);

describe('a Service', () => {
  it('is answered by each of its endpoints in turn', async () => {
    rig = await proxyRig();
    const backends = await Promise.all(['a', 'b', 'c'].map((name) => rig.backend(answers(name))));
    const web = await rig.service('web');
    await rig.endpoints(
      'web',
      backends.map((backend) => backend.endpoint()),
    );
    const said = await Promise.all(Array.from({ length: 30 }, () => rig.ask(web)));
    expect(said.sort().join('')).toBe('a'.repeat(10) + 'b'.repeat(10) + 'c'.repeat(10));
  });

  it('is followed by its connections at the next change of its endpoints', async () => {
    rig = await proxyRig();
    const [a, b] = await Promise.all([rig.backend(answers('a')), rig.backend(answers('b'))]);
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint(), b.endpoint(unready)]);
    expect(new Set([await rig.ask(web), await rig.ask(web)])).toEqual(new Set(['a']));
    await rig.endpoints('web', [a.endpoint(leaving), b.endpoint()]);
    expect(new Set([await rig.ask(web), await rig.ask(web)])).toEqual(new Set(['b']));
    await rig.endpoints('web', [a.endpoint(leaving)]);
    expect(await rig.ask(web)).toBe('a');
  });

  it('leads nobody new to a pod that is about to be stopped, whatever its endpoints say', async () => {
    rig = await proxyRig();
    const [a, b] = await Promise.all([rig.backend(answers('a')), rig.backend(answers('b'))]);
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint(), b.endpoint()]);
    rig.traffic.leave(`uid-${a.host}`);
    const said = await Promise.all(Array.from({ length: 10 }, () => rig.ask(web)));
    expect(new Set(said)).toEqual(new Set(['b']));
    await rig.endpoints('web', [a.endpoint()]);
    expect(await rig.ask(web)).toBe('a');
  });

  it('is answered while a port gets another name, of which its endpoints do not know yet', async () => {
    rig = await proxyRig();
    const a = await rig.backend(answers('a'));
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    const { events } = rig;
    await rig.objects.patchWith('Service', 'default', 'web', (current) => ({
      ...current,
      spec: {
        ...current.spec,
        ports: [
          { name: 'renamed', port: web.port },
          { name: 'seen', port: 53, protocol: 'UDP' as const },
        ],
      },
    }));
    await rig.until(() => events.length === 1);
    expect(await rig.ask(web)).toBe('a');
  });

  it('without endpoints resets whoever comes', async () => {
    rig = await proxyRig();
    const web = await rig.service('web');
    await expect(rig.ask(web)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('passes over endpoints that do not listen, and says so to nobody', async () => {
    rig = await proxyRig();
    const [a, dead] = await Promise.all([rig.backend(answers('a')), rig.backend(answers('dead'))]);
    dead.kill();
    const web = await rig.service('web');
    await rig.endpoints('web', [dead.endpoint(), a.endpoint()]);
    const said = await Promise.all(Array.from({ length: 20 }, () => rig.ask(web)));
    expect(new Set(said)).toEqual(new Set(['a']));
    await rig.endpoints('web', [dead.endpoint()]);
    await expect(rig.ask(web)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('is led to another endpoint when the first one dies before a byte was sent', async () => {
    rig = await proxyRig();
    const [a, b] = await Promise.all([rig.backend(answers('a')), rig.backend(answers('b'))]);
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    const client = rig.client(web);
    await rig.until(() => a.sockets.size === 1);
    await rig.endpoints('web', [b.endpoint()]);
    a.kill();
    await rig.until(() => b.sockets.size === 1);
    client.end('hello\n');
    expect(await readAll(client)).toBe('b');
  });

  it('is not led to another one after a byte was sent: the request may have been carried out', async () => {
    rig = await proxyRig();
    const [a, b] = await Promise.all([rig.backend((socket) => socket.resume()), rig.backend(answers('b'))]);
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    const client = rig.client(web);
    client.write('half a requ');
    await rig.until(() => [...a.sockets].some(({ bytesRead }) => bytesRead > 0));
    await rig.endpoints('web', [b.endpoint()]);
    a.kill();
    await expect(readAll(client)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(b.sockets.size).toBe(0);
  });

  it('is not answered by what has the loopback address of a pod on another machine', async () => {
    rig = await proxyRig();
    const [own, other] = await Promise.all([rig.backend(answers('own')), rig.backend(answers('other'))]);
    const web = await rig.service('web');
    await rig.endpoints('web', [own.endpoint(), { ...other.endpoint(), nodeName: 'node-b' }]);
    const said = async () => new Set([await rig.ask(web), await rig.ask(web)]);
    // Where nothing is known of a node it may be on this machine.
    expect(await said()).toEqual(new Set(['own', 'other']));
    await rig.node('node-b', 'boot-2');
    expect(await said()).toEqual(new Set(['own', 'other']));
    await rig.node('node-a', 'boot-1');
    expect(await said()).toEqual(new Set(['own']));
    await rig.node('node-b', 'boot-1');
    expect(await said()).toEqual(new Set(['own', 'other']));
  });

  it('gives a client the endpoint that it had, where it asks for that', async () => {
    rig = await proxyRig();
    const backends = await Promise.all(['a', 'b', 'c'].map((name) => rig.backend(answers(name))));
    const web = await rig.service('web', { sessionAffinity: 'ClientIP' });
    await rig.endpoints(
      'web',
      backends.map((backend) => backend.endpoint()),
    );
    const first = await rig.ask(web);
    for (let i = 0; i < 5; i += 1) expect(await rig.ask(web)).toBe(first);
  });

  it('with a node port is reached there too', async () => {
    rig = await proxyRig({ nodePortAddress: ownAddress() });
    const a = await rig.backend(answers('a'));
    const ports = [{ name: 'http', port: 7000, nodePort: 30080 }];
    await rig.service('web', { type: 'NodePort', ports });
    await rig.endpoints('web', [a.endpoint()]);
    await rig.until(() => rig.stateOf('service/default/web/node-port/30080') === 'open');
    expect(await rig.ask({ host: rig.nodePortAddress, port: 30080 })).toBe('a');
  });
});

describe('many connections', () => {
  it('at once are all answered, and leave nothing open', async () => {
    rig = await proxyRig();
    const backends = await Promise.all(['a', 'b'].map((name) => rig.backend(answers(name))));
    const web = await rig.service('web');
    await rig.endpoints(
      'web',
      backends.map((backend) => backend.endpoint()),
    );
    const said = await Promise.all(Array.from({ length: 400 }, () => rig.ask(web)));
    expect([said.filter((name) => name === 'a').length, said.length]).toEqual([200, 400]);
    await rig.until(() => rig.connections.size === 0);
    expect(backends.map(({ host }) => rig.connections.openTo(`uid-${host}`))).toEqual([0, 0]);
  });

  it('beyond the limit are reset, and an event says so', async () => {
    rig = await proxyRig({ connectionsMax: 2 });
    const a = await rig.backend(echo);
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    rig.client(web);
    rig.client(web);
    await rig.until(() => rig.connections.size === 2);
    await expect(rig.ask(web)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(rig.events).toEqual([
      'web Warning TooManyConnections a connection was refused: the service proxy has 2 open, its limit',
    ]);
  });
});

describe('what cannot be served', () => {
  const ports = (protocol: 'UDP' | 'SCTP') => [
    { name: 'http', port: 7000 },
    { name: 'other', port: 53, protocol },
  ];

  it.each(['UDP', 'SCTP'] as const)('is told by name, once: %s', async (protocol) => {
    rig = await proxyRig();
    await rig.service('web', { ports: ports(protocol) });
    await rig.objects.patchWith('Service', 'default', 'web', (current) => ({
      ...current,
      metadata: { ...current.metadata, labels: { a: 'b' } },
    }));
    await rig.service('last');
    expect(rig.events).toEqual([
      `web Warning UnsupportedProtocol port 53 is not served: the service proxy carries TCP, not ${protocol}`,
    ]);
  });

  it.each<[string, (host: string) => ServiceSpec, RegExp]>([
    ['an address that is taken', (host) => ({ clusterIP: host }), /EADDRINUSE/],
    ['an address of another host', () => ({ clusterIP: '192.0.2.1' }), /EADDRNOTAVAIL/],
  ])('%s is told, and tried again', async (_, specFor, code) => {
    rig = await proxyRig();
    const host = ownAddress();
    const holder = createServer().listen({ host, port: 7000 });
    await once(holder, 'listening');
    const spec = { ports: [{ name: 'http', port: 7000 }], ...specFor(host) };
    await rig.objects.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, ...{ spec } });
    await rig.until(() => rig.stateOf('service/default/web/7000') === 'waiting');
    // The second attempt fails for the same reason, which need not be said again.
    await rig.until(() => rig.failuresOf('service/default/web/7000') === 2);
    expect(rig.events).toHaveLength(1);
    expect(rig.events[0]).toMatch(/^web Warning FailedToListen cannot listen on [\d.]+:7000: listen /);
    expect(rig.events[0]).toMatch(code);
    holder.close();
    await once(holder, 'close');
    if (spec.clusterIP !== host) return;
    await rig.until(() => rig.stateOf('service/default/web/7000') === 'open');
  });
});

describe('a pod', () => {
  const uid = 'uid-127.0.0.9';

  /** A Service whose address somebody else has. */
  async function begin(): Promise<Server> {
    rig = await proxyRig();
    const host = ownAddress();
    const holder = createServer().listen({ host, port: 7000 });
    await once(holder, 'listening');
    await rig.objects.create(service('web', { clusterIP: host, ports: [{ name: 'http', port: 7000 }] }));
    await rig.until(() => rig.stateOf('service/default/web/7000') === 'waiting');
    return holder;
  }

  it('is served elsewhere while another process has an address of its Service', async () => {
    const holder = await begin();
    const seen = [rig.traffic.isServedElsewhere(uid)];
    for (const conditions of [unready, leaving, {}]) {
      await rig.endpoints('web', [endpoint('127.0.0.9', { conditions })]);
      seen.push(rig.traffic.isServedElsewhere(uid));
    }
    expect(seen).toEqual([false, false, true, true]);
    holder.close();
    await rig.until(() => rig.stateOf('service/default/web/7000') === 'open');
    expect(rig.traffic.isServedElsewhere(uid)).toBe(false);
  });

  it('is not served elsewhere any more when its Service is gone', async () => {
    const holder = await begin();
    await rig.endpoints('web', [endpoint('127.0.0.9')]);
    expect(rig.traffic.isServedElsewhere(uid)).toBe(true);
    await rig.objects.delete('Service', 'default', 'web');
    await rig.until(() => !rig.traffic.isServedElsewhere(uid));
    holder.close();
  });
});

describe('the end of the proxy', () => {
  it('leaves no server, no connection and no actor', async () => {
    rig = await proxyRig();
    const a = await rig.backend(echo);
    const web = await rig.service('web');
    await rig.endpoints('web', [a.endpoint()]);
    const client = rig.client(web);
    client.write('x');
    await once(client, 'data');
    rig.stopProxy();
    await expect(readAll(client)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await rig.until(() => a.sockets.size === 0);
    expect([rig.connections.size, rig.directory.list(), rig.errors]).toEqual([0, [], []]);
    const refused = connect(web);
    const [error] = await once(refused, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
