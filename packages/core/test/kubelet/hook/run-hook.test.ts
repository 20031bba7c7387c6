import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createRawServer, type Server as RawServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { LifecycleHandler } from '../../../src/api/pod.ts';
import { MooringError } from '../../../src/contract/error.ts';
import type { HookEvent } from '../../../src/kubelet/hook/http-hook.ts';
import { type HookInput, runHook } from '../../../src/kubelet/hook/run-hook.ts';
import { resolvePort } from '../../../src/kubelet/probe/target.ts';
import { localExec } from '../../../src/testing/local-exec.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';
import { podWith } from '../environment/surroundings.ts';
import { certificate } from './certificate.ts';

const never = new AbortController().signal;
const where = 'for Container "main" in Pod "web_shop(uid-1)"';

function input(handler: LifecycleHandler, more: Partial<HookInput> = {}): HookInput {
  const pod = podWith({ ports: [{ name: 'admin', containerPort: 8081 }] });
  const [container] = pod.spec.containers;
  if (container === undefined) throw new Error('the pod has no container');
  return {
    handler,
    pod,
    container,
    podIP: '127.0.0.1',
    clock: new TestClock(),
    exec: localExec,
    resolvePort: (port) => resolvePort(port, container.ports ?? []),
    ...more,
  };
}

const servers: (Server | RawServer)[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  }
});

async function listening(server: Server | RawServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function http(listener: RequestListener): Promise<number> {
  return listening(createServer(listener));
}

describe('an exec hook', () => {
  it('succeeds with exit code 0', async () => {
    expect(await runHook(input({ exec: { command: ['true'] } }), never)).toEqual({ ok: true });
  });

  it('fails with the command, the exit code and what it wrote', async () => {
    const command = ['sh', '-c', 'echo "out"; echo err >&2; exit 3'];
    expect(await runHook(input({ exec: { command } }), never)).toEqual({
      ok: false,
      message: `Exec lifecycle hook ([${command.join(' ')}]) ${where} failed - error: command '${command.join(' ')}' exited with 3, message: "out\\nerr\\n"`,
    });
  });

  it('fails when the command cannot be run', async () => {
    const result = await runHook(input({ exec: { command: ['/no/such/command'] } }), never);
    expect(result).toEqual({
      ok: false,
      message: `Exec lifecycle hook ([/no/such/command]) ${where} failed - error: spawn /no/such/command ENOENT, message: ""`,
    });
  });

  it('is killed by the signal and says why', async () => {
    const controller = new AbortController();
    const running = runHook(input({ exec: { command: ['sleep', '60'] } }), controller.signal);
    controller.abort(new MooringError('DEADLINE_EXCEEDED', 'the grace period is over'));
    expect(await running).toEqual({
      ok: false,
      message: `Exec lifecycle hook ([sleep 60]) ${where} failed - error: the grace period is over, message: ""`,
    });
  });

  it('ends at the signal even when the runtime does not care', async () => {
    const controller = new AbortController();
    const deaf = input({ exec: { command: ['x'] } }, { exec: () => new Promise(() => {}) });
    const running = runHook(deaf, controller.signal);
    controller.abort(new Error('enough'));
    expect(await running).toMatchObject({ ok: false });
  });
});

describe('an httpGet hook', () => {
  it.each([200, 204, 304, 404, 500])('succeeds with status %i', async (status) => {
    const port = await http((_, response) => response.writeHead(status).end());
    expect(await runHook(input({ httpGet: { port, path: '/stop' } }), never)).toEqual({ ok: true });
  });

  it('sends what the action says, as the kubelet does', async () => {
    const requests: { url: string | undefined; method: string | undefined; headers: string[] }[] = [];
    const port = await http((request, response) => {
      requests.push({ url: request.url, method: request.method, headers: request.rawHeaders });
      response.end();
    });
    const httpHeaders = [
      { name: 'x-list', value: 'a' },
      { name: 'X-List', value: 'b' },
      { name: 'Host', value: 'shop.test' },
      { name: 'Accept', value: '' },
    ];
    await runHook(input({ httpGet: { port, path: '/stop me?now=1', httpHeaders } }), never);
    await runHook(input({ httpGet: { port } }), never);
    const [first, second] = requests;
    expect(first).toMatchObject({ url: '/stop%20me?now=1', method: 'GET' });
    expect(headerPairs(first?.headers)).toEqual([
      'Host: shop.test',
      'X-List: a',
      'X-List: b',
      'User-Agent: kube-lifecycle/1.36',
      'Connection: close',
    ]);
    expect(second?.url).toBe('/');
    expect(headerPairs(second?.headers)).toEqual([
      `Host: 127.0.0.1:${port}`,
      'User-Agent: kube-lifecycle/1.36',
      'Accept: */*',
      'Connection: close',
    ]);
  });

  it('finds a port by its name', async () => {
    const port = await http((_, response) => response.end());
    const pod = podWith({ ports: [{ name: 'admin', containerPort: port }] });
    const container = pod.spec.containers[0];
    const ports = container?.ports ?? [];
    const named = input({ httpGet: { port: 'admin' } }, { resolvePort: (name) => resolvePort(name, ports) });
    expect(await runHook(named, never)).toEqual({ ok: true });
  });

  it('follows redirects on the same host', async () => {
    const paths: (string | undefined)[] = [];
    const port = await http((request, response) => {
      paths.push(request.url);
      if (request.url === '/stop') response.writeHead(301, { location: '/really/stop' }).end();
      else response.end();
    });
    expect(await runHook(input({ httpGet: { port, path: '/stop' } }), never)).toEqual({ ok: true });
    expect(paths).toEqual(['/stop', '/really/stop']);
  });

  it('takes a redirect to another host for an answer', async () => {
    const port = await http((_, response) =>
      response.writeHead(302, { location: 'http://elsewhere.invalid/' }).end(),
    );
    expect(await runHook(input({ httpGet: { port } }), never)).toEqual({ ok: true });
  });

  it('gives up after ten redirects', async () => {
    let count = 0;
    const port = await http((_, response) => {
      count += 1;
      response.writeHead(302, { location: `/${count}` }).end();
    });
    expect(await runHook(input({ httpGet: { port } }), never)).toEqual({
      ok: false,
      message: `HTTP lifecycle hook (/) ${where} failed - error: Get "http://127.0.0.1:${port}/": stopped after 10 redirects`,
    });
    expect(count).toBe(10);
  });

  it('fails when nobody listens, in the words of Kubernetes', async () => {
    const port = await http(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await runHook(input({ httpGet: { port, path: '/stop' } }), never)).toEqual({
      ok: false,
      message: `HTTP lifecycle hook (/stop) ${where} failed - error: Get "http://127.0.0.1:${port}/stop": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  it('succeeds when the answer breaks off after its head', async () => {
    const port = await http((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      response.socket?.destroySoon();
    });
    expect(await runHook(input({ httpGet: { port } }), never)).toEqual({ ok: true });
  });

  it('does not wait for the end of a long answer', async () => {
    const port = await http((_, response) => {
      response.writeHead(200);
      response.write('x'.repeat(20_000));
    });
    expect(await runHook(input({ httpGet: { port } }), never)).toEqual({ ok: true });
  });

  it('fails when the connection ends without an answer', async () => {
    const port = await listening(createRawServer((socket) => socket.end()));
    expect(await runHook(input({ httpGet: { port } }), never)).toMatchObject({ ok: false });
  });

  it('waits without a limit of its own, and ends at the signal with its words', async () => {
    const controller = new AbortController();
    const asked = new Promise<void>((resolve) => {
      void http(() => resolve()).then((port) => {
        results.push(runHook(input({ httpGet: { port } }), controller.signal));
      });
    });
    const results: Promise<unknown>[] = [];
    await asked;
    controller.abort(new Error('the grace period is over'));
    expect(await Promise.all(results)).toMatchObject([
      { ok: false, message: expect.stringMatching(/: the grace period is over$/) },
    ]);
  });

  it('cannot go to a pod without an address, unless it names a host', async () => {
    const port = await http((_, response) => response.end());
    expect(await runHook(input({ httpGet: { port } }, { podIP: '' }), never)).toEqual({
      ok: false,
      message: `HTTP lifecycle hook (/) ${where} failed - error: the pod has no IP address`,
    });
    const named = input({ httpGet: { port, host: '127.0.0.1' } }, { podIP: '' });
    expect(await runHook(named, never)).toEqual({ ok: true });
  });

  it('fails with a port that has no such name', async () => {
    expect(await runHook(input({ httpGet: { port: 'nobody', path: '/x' } }), never)).toMatchObject({
      ok: false,
      message: expect.stringContaining('strconv.Atoi: parsing "nobody": invalid syntax'),
    });
  });
});

describe('an HTTPS hook', () => {
  it('accepts any certificate', async () => {
    const port = await listening(createSecureServer(certificate, (_, response) => response.end()));
    const events: HookEvent[] = [];
    const hook = input({ httpGet: { port, scheme: 'HTTPS' } }, { onEvent: (event) => events.push(event) });
    expect(await runHook(hook, never)).toEqual({ ok: true });
    expect(events).toEqual([]);
  });

  it('falls back to HTTP, without credentials and with an event, when the server speaks no TLS', async () => {
    const headers: string[] = [];
    const port = await http((request, response) => {
      headers.push(...request.rawHeaders.map((word) => word.toLowerCase()));
      response.end();
    });
    const events: HookEvent[] = [];
    const httpHeaders = [
      { name: 'authorization', value: 'secret' },
      { name: 'X-Kept', value: 'yes' },
    ];
    const hook = input(
      { httpGet: { port, scheme: 'HTTPS', httpHeaders } },
      { onEvent: (event) => events.push(event) },
    );
    expect(await runHook(hook, never)).toEqual({ ok: true });
    expect(headers).toContain('x-kept');
    expect(headers).not.toContain('authorization');
    expect(events).toEqual([
      {
        type: 'Warning',
        reason: 'LifecycleHTTPFallback',
        message: `request to HTTPS lifecycle hook 127.0.0.1:${port} got HTTP response, retry with HTTP succeeded`,
      },
    ]);
  });

  it('tells the first failure when the fallback fails too', async () => {
    let connections = 0;
    const port = await listening(
      createRawServer((socket) => {
        connections += 1;
        if (connections === 1) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
        else socket.destroy();
      }),
    );
    const result = await runHook(input({ httpGet: { port, scheme: 'HTTPS' } }), never);
    expect(connections).toBe(2);
    expect(result).toEqual({
      ok: false,
      message: `HTTP lifecycle hook (/) ${where} failed - error: Get "https://127.0.0.1:${port}/": http: server gave HTTP response to HTTPS client`,
    });
  });

  it('does not fall back when nobody listens', async () => {
    const port = await http(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await runHook(input({ httpGet: { port, scheme: 'HTTPS' } }), never)).toMatchObject({
      message: expect.stringContaining(`Get "https://127.0.0.1:${port}/": dial tcp`),
    });
  });
});

describe('a sleep hook', () => {
  it('lasts as long as it says', async () => {
    const clock = new TestClock();
    let result: unknown;
    void runHook(input({ sleep: { seconds: 5 } }, { clock }), never).then((value) => {
      result = value;
    });
    await clock.advanceBy(4999);
    expect(result).toBeUndefined();
    await clock.advanceBy(1);
    expect(result).toEqual({ ok: true });
  });

  it('may last no time at all', async () => {
    const clock = new TestClock();
    const running = runHook(input({ sleep: { seconds: 0 } }, { clock }), never);
    await clock.advanceBy(0);
    expect(await running).toEqual({ ok: true });
  });

  it('fails when it is cut short, and leaves no timer', async () => {
    const clock = new TestClock();
    const controller = new AbortController();
    const running = runHook(input({ sleep: { seconds: 5 } }, { clock }), controller.signal);
    await clock.advanceBy(1000);
    controller.abort(new Error('any'));
    expect(await running).toEqual({
      ok: false,
      message: `Sleep lifecycle hook (5) ${where} failed - error: container terminated before sleep hook finished`,
    });
    expect(clock.pending).toBe(0);
  });
});

describe('any hook', () => {
  it.each([
    [{ tcpSocket: { port: 80 } }, 'Cannot run handler: invalid handler: tcpSocket'],
    [{}, 'Cannot run handler: invalid handler: none'],
  ])('with the handler %j is not run', async (handler, message) => {
    expect(await runHook(input(handler), never)).toEqual({ ok: false, message });
  });

  it('counts as done when it failed because its process had ended', async () => {
    const failing = { exec: { command: ['false'] } };
    expect(await runHook(input(failing, { isGone: () => true }), never)).toEqual({ ok: true });
    expect(await runHook(input(failing, { isGone: async () => false }), never)).toMatchObject({ ok: false });
  });

  it('stays failed when nobody knows whether the process has ended', async () => {
    const unknown = input(
      { exec: { command: ['false'] } },
      { isGone: () => Promise.reject(new Error('down')) },
    );
    expect(await runHook(unknown, never)).toMatchObject({
      ok: false,
      message: expect.stringContaining('exited with 1'),
    });
  });

  it('is not begun after the signal', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    let runs = 0;
    const exec: HookInput['exec'] = async () => {
      runs += 1;
      return { exitCode: 0, output: '' };
    };
    const port = await http(() => {
      runs += 1;
    });
    for (const handler of [{ exec: { command: ['x'] } }, { httpGet: { port } }, { sleep: { seconds: 1 } }]) {
      expect(await runHook(input(handler, { exec }), signal)).toMatchObject({ ok: false });
    }
    expect(runs).toBe(0);
  });
});

function headerPairs(raw: readonly string[] = []): string[] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${raw[i + 1]}`] : []));
}
