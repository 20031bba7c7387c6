/** Logs, commands, attaching, copying and ports by real clients: both ages of kubectl, and the client for Node. */

import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect as connectTo, createServer } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import * as k8s from '@kubernetes/client-node';
import { type ApiServer, createApiServer } from '@mooring/apiserver';
import { type Cluster, createCluster, type Pod } from '@mooring/core';
import { processRuntime } from '@mooring/runtime-process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { currentKubectl, describeWithEngine, type EngineName, oldKubectl } from './support/engines.ts';
import { Kubectl } from './support/kubectl.ts';
import { runInTerminal } from './support/terminal.ts';

const limitMs = 90_000;

/** Answers every connection with what it hears, in capitals. */
const shoutingServer = `
require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
  let heard = '';
  socket.on('data', (chunk) => { heard += chunk; });
  socket.on('end', () => socket.end(heard.toUpperCase()));
}).listen(8080, process.env.POD_IP, () => console.log('listening'));
setInterval(() => {}, 1000);`;

function podOf(name: string, script: string, changes: object = {}, spec: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: 'sh', args: [script], ...changes }],
      ...spec,
    },
  };
}

let cluster: Cluster;
let server: ApiServer;

beforeAll(async () => {
  const images = { sh: ['/bin/sh', '-c'], node: [process.execPath, '-e'], bare: [] };
  cluster = await createCluster({ nodes: [{ name: 'node-a' }], plugins: [processRuntime({ images })] });
  server = await createApiServer({ cluster });
  await cluster.apply([
    podOf('web', 'echo one; echo two; echo three; exec sleep 100000'),
    podOf('crashing', 'echo "life begins"; exit 1'),
    podOf('echoing', 'while read -r line; do echo "heard $line"; done', { stdin: true }),
    {
      ...podOf('listening', ''),
      spec: { containers: [{ name: 'main', image: 'node', args: [shoutingServer] }] },
    },
  ]);
  const running = ['web', 'echoing', 'listening'].map((name) =>
    cluster.waitFor(`Pod/default/${name}`, 'Ready', { timeoutMs: limitMs }),
  );
  await Promise.all(running);
  await vi.waitUntil(async () => (await logOf('listening')).includes('listening'), { timeout: limitMs });
  await vi.waitUntil(
    async () =>
      (await cluster.get('Pod', 'default', 'crashing'))?.status?.containerStatuses?.[0]?.restartCount,
    {
      timeout: limitMs,
    },
  );
});

afterAll(async () => {
  await server?.close();
  await cluster?.close();
});

async function logOf(pod: string, query = ''): Promise<string> {
  return await (await fetch(`${server.url}/api/v1/namespaces/default/pods/${pod}/log?${query}`)).text();
}

const kubectls: readonly (readonly [EngineName, () => string])[] = [
  ['kubectl', oldKubectl],
  ['kubectl-current', currentKubectl],
];

for (const [engine, path] of kubectls)
  describeWithEngine([engine], `streams by ${engine}`, () => {
    let kubectl: Kubectl;
    const run = (...args: readonly string[]) => kubectl.run(args);
    beforeAll(() => {
      kubectl = new Kubectl(path(), server.url);
    });
    afterAll(() => kubectl[Symbol.dispose]());

    it('shows logs, and as much of them as is wanted', { timeout: 2 * limitMs }, async () => {
      expect(await run('logs', 'web')).toEqual({ exitCode: 0, stdout: 'one\ntwo\nthree\n', stderr: '' });
      expect((await run('logs', 'web', '--tail=1')).stdout).toBe('three\n');
      expect((await run('logs', 'web', '--since=1h', '--limit-bytes=5')).stdout).toBe('one\nt');
      expect((await run('logs', 'web', '--since-time=2100-01-01T00:00:00Z')).stdout).toBe('');
      expect((await run('logs', 'web', '--timestamps', '--tail=1')).stdout).toMatch(
        /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z three\n$/,
      );
      expect((await run('logs', 'crashing', '--previous')).stdout).toBe('life begins\n');
      const refused = await run('logs', 'web', '--previous');
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('previous terminated container "main" in pod "web" not found');
    });

    it('follows a log until the container ends, or nobody reads any more', {
      timeout: 2 * limitMs,
    }, async () => {
      const name = `follow-${engine}`;
      await cluster.apply({ ...podOf(name, 'echo begun; read -r _; echo over', { stdin: true }) });
      await cluster.waitFor(`Pod/default/${name}`, 'Ready', { timeoutMs: limitMs });
      const [following, leaving] = [kubectl.start(['logs', '-f', name]), kubectl.start(['logs', '-f', name])];
      await vi.waitUntil(() => [following, leaving].every(({ said }) => said.stdout === 'begun\n'), {
        timeout: limitMs,
      });
      const open = cluster.streams.size;
      leaving.stop();
      await vi.waitUntil(() => cluster.streams.size < open, { timeout: limitMs });
      expect((await kubectl.run(['attach', '-i', name], { input: 'go on\n' })).exitCode).toBe(0);
      expect(await following.end).toEqual({ exitCode: 0, stdout: 'begun\nover\n', stderr: '' });
    });

    it('runs commands: their input, both outputs and exit codes', { timeout: 2 * limitMs }, async () => {
      const failed = await run('exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3');
      expect(failed).toEqual({
        exitCode: 3,
        stdout: 'out\n',
        stderr: 'err\ncommand terminated with exit code 3\n',
      });
      const sorted = await kubectl.run(['exec', '-i', 'web', '--', 'sort'], { input: 'b\na\n' });
      expect(sorted).toEqual({ exitCode: 0, stdout: 'a\nb\n', stderr: '' });
      const missing = await run('exec', 'web', '--', 'no-such-program');
      expect(missing.exitCode).toBe(1);
      expect(missing.stderr).toContain('exec: "no-such-program": executable file not found in $PATH');
      expect((await run('exec', 'nobody', '--', 'ls')).stderr).toBe(
        'Error from server (NotFound): pods "nobody" not found\n',
      );
    });

    it('has a terminal where it is one', { timeout: 2 * limitMs }, async () => {
      const config = join(kubectl.folder, 'config');
      const command = `stty rows 31 cols 97; ${path()} --kubeconfig ${config} exec -it web -- sh -c 'test -t 0 && until [ "$(stty size)" = "31 97" ]; do sleep 0.1; done; exit 4'`;
      expect(await runInTerminal(command, kubectl.folder)).toBe(4);
    });

    it('copies files to a container and back', { timeout: 2 * limitMs }, async () => {
      const bytes = randomBytes(1_500_000);
      writeFileSync(join(kubectl.folder, 'there.bin'), bytes);
      const made = await run('exec', 'web', '--', 'mkdir', '-p', `${kubectl.folder}/inside`);
      expect(made.exitCode).toBe(0);
      const there = await run('cp', 'there.bin', `web:${kubectl.folder}/inside/copy.bin`);
      expect([there.exitCode, there.stderr]).toEqual([0, '']);
      const back = await run('cp', `web:${kubectl.folder}/inside/copy.bin`, 'back.bin');
      expect(back.exitCode).toBe(0);
      expect(readFileSync(join(kubectl.folder, 'back.bin')).equals(bytes)).toBe(true);
    });

    it('attaches to a container that reads its input', { timeout: 2 * limitMs }, async () => {
      const attached = kubectl.start(['attach', '-i', 'echoing']);
      attached.stdin.write('you\n');
      await vi.waitUntil(() => attached.said.stdout.includes('heard you'), { timeout: limitMs });
      attached.stop();
      await attached.end;
      const refused = await run('attach', '-i', 'web');
      // Old ones find that out themselves.
      expect(`${refused.stdout}${refused.stderr}`).toMatch(/input/);
    });

    it('runs a pod that is gone with its last word', { timeout: 2 * limitMs }, async () => {
      const args = [
        'run',
        `once-${engine}`,
        '-i',
        '--rm',
        '--restart=Never',
        '--image=bare',
        '--command',
        '--',
        'sh',
      ];
      const ended = await kubectl.run(args, { input: 'echo hello; sleep 1; exit 5\n' });
      expect(ended.exitCode).toBe(5);
      expect(ended.stdout).toContain('hello\n');
      expect(await cluster.get('Pod', 'default', `once-${engine}`)).toBeUndefined();
    });

    it('shows what pods and nodes use', { timeout: 2 * limitMs }, async () => {
      const pods = await run('top', 'pods', '--no-headers', 'web');
      expect(pods).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^web +\d+m +\d+Mi/) });
      const containers = await run('top', 'pods', '--containers');
      expect(containers.stdout).toMatch(/^web +main +\d+m +\d+Mi/m);
      expect((await run('top', 'nodes', '--no-headers')).stdout).toMatch(/^node-a +\d+m +\d+% +\d+Mi/);
      // The same words mean the pods themselves.
      expect((await run('get', 'pods', 'web', '-o', 'name')).stdout).toBe('pod/web\n');
    });

    it('leads connections to a port of a pod', { timeout: 2 * limitMs }, async () => {
      const forwarding = kubectl.start(['port-forward', 'pod/listening', ':8080']);
      const port = async () => {
        await vi.waitUntil(() => /127\.0\.0\.1:\d+/.test(forwarding.said.stdout), { timeout: limitMs });
        return Number(/127\.0\.0\.1:(\d+)/.exec(forwarding.said.stdout)?.[1]);
      };
      const words = Array.from({ length: 8 }, (_, i) => `connection ${i} ${'x'.repeat(20_000 * i)}`);
      const answers = await Promise.all(words.map(async (text) => await answerOf(await port(), text)));
      expect(answers).toEqual(words.map((text) => text.toUpperCase()));
      forwarding.stop();
      await forwarding.end;
      await vi.waitUntil(() => cluster.streams.size === 0, { timeout: limitMs });
    });

    it('says that nobody listens on a port', { timeout: 2 * limitMs }, async () => {
      const forwarding = kubectl.start(['port-forward', 'pod/listening', ':8081']);
      await vi.waitUntil(() => /127\.0\.0\.1:\d+/.test(forwarding.said.stdout), { timeout: limitMs });
      expect(await answerOf(Number(/127\.0\.0\.1:(\d+)/.exec(forwarding.said.stdout)?.[1]), 'anybody?')).toBe(
        '',
      );
      await vi.waitUntil(() => forwarding.said.stderr.includes('ECONNREFUSED'), { timeout: limitMs });
      forwarding.stop();
      await forwarding.end;
    });
  });

describeWithEngine(['kubectl-current'], 'a debugger in a pod', () => {
  let kubectl: Kubectl;
  const debug = (...args: readonly string[]) => ['debug', 'web', '--profile=general', ...args];
  beforeAll(() => {
    kubectl = new Kubectl(currentKubectl(), server.url);
  });
  afterAll(() => kubectl[Symbol.dispose]());

  async function untilEnded(container: string, exitCode: number): Promise<void> {
    const ended = async () => {
      const { status } = (await cluster.get('Pod', 'default', 'web')) ?? {};
      return status?.ephemeralContainerStatuses?.find(({ name }) => name === container)?.state?.terminated;
    };
    await vi.waitUntil(async () => (await ended())?.exitCode === exitCode, { timeout: limitMs });
  }

  it('hears and says what its user does, and has the address of the pod', {
    timeout: 2 * limitMs,
  }, async () => {
    const args = debug('-i', '--image=bare', '-c', 'asked', '--', 'sh');
    // It goes on until its input ends, so that what it says is not over before anybody listens.
    const asked = kubectl.start(args);
    asked.stdin.write('echo "at $POD_IP"\n');
    await vi.waitUntil(() => asked.said.stdout.includes('at 127.'), { timeout: limitMs });
    const pod = await cluster.get('Pod', 'default', 'web');
    expect(asked.said.stdout).toContain(`at ${pod?.status?.podIP}\n`);
    asked.stdin.end('exit 4\n');
    await asked.end;
    await untilEnded('asked', 4);
    expect(await cluster.get('Pod', 'default', 'web')).toMatchObject({
      status: { phase: 'Running', containerStatuses: [{ ready: true, restartCount: 0 }] },
    });
  });

  it('has a terminal where it is one', { timeout: 2 * limitMs }, async () => {
    const script = 'test -t 0 && until [ "$(stty size)" = "31 97" ]; do sleep 0.1; done; exit 5';
    const config = join(kubectl.folder, 'config');
    const words = debug('-it', '--image=bare', '-c', 'shown', '--', 'sh', '-c', `'${script}'`).join(' ');
    const command = `stty rows 31 cols 97; ${currentKubectl()} --kubeconfig ${config} ${words}`;
    expect(await runInTerminal(command, kubectl.folder)).toBe(0);
    await untilEnded('shown', 5);
  });

  it('is reached by logs, exec and attach, and told what it cannot have', {
    timeout: 2 * limitMs,
  }, async () => {
    const script = 'echo begun; while read -r line; do echo "heard $line"; done';
    const args = debug('-i', '--attach=false', '--target=main', '--image=bare', '-c', 'reading');
    const started = await kubectl.run([...args, '--', 'sh', '-c', script], { input: '' });
    expect(started.exitCode).toBe(0);
    const log = async () => (await kubectl.run(['logs', 'web', '-c', 'reading'])).stdout;
    await vi.waitUntil(async () => (await log()) === 'begun\n', { timeout: limitMs, interval: 200 });
    const inside = await kubectl.run(['exec', 'web', '-c', 'reading', '--', 'sh', '-c', 'echo "$POD_IP"']);
    expect(inside.stdout).toMatch(/^127\./);
    const attached = kubectl.start(['attach', '-i', 'web', '-c', 'reading']);
    attached.stdin.write('you\n');
    await vi.waitUntil(() => attached.said.stdout.includes('heard you'), { timeout: limitMs });
    attached.stop();
    const events = await kubectl.ok('get events --field-selector=reason=UnsupportedField');
    expect(events).toContain('targetContainerName: processes see those of the whole node');
  });
});

/** What a server says when it is told this and no more. */
function answerOf(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connectTo({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.end(text));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    // A refusal shows as a connection that is closed.
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

describe('streams by the client for Node', () => {
  let config: k8s.KubeConfig;
  beforeAll(() => {
    config = new k8s.KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'c', server: server.url, skipTLSVerify: true }],
      users: [{ name: 'u' }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
  });

  it('runs a command', async () => {
    const [out, err] = [new Sink(), new Sink()];
    const status = await new Promise<k8s.V1Status>((resolve, reject) => {
      new k8s.Exec(config)
        .exec(
          'default',
          'web',
          'main',
          ['sh', '-c', 'sort; exit 6'],
          out,
          err,
          Readable.from(['b\n', 'a\n']),
          false,
          resolve,
        )
        .catch(reject);
    });
    expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' });
    expect(status.details?.causes).toEqual([{ reason: 'ExitCode', message: '6' }]);
    expect([out.text, err.text]).toEqual(['a\nb\n', '']);
  });

  it('reads and follows a log', async () => {
    const out = new Sink();
    const controller = await new k8s.Log(config).log('default', 'web', 'main', out, {
      follow: true,
      tailLines: 2,
    });
    await vi.waitUntil(() => out.text === 'two\nthree\n', { timeout: limitMs });
    controller.abort();
    await vi.waitUntil(() => cluster.streams.size === 0, { timeout: limitMs });
  });

  it('attaches to a container', async () => {
    const out = new Sink();
    const input = new PassThrough();
    const socket = await new k8s.Attach(config).attach('default', 'echoing', 'main', out, null, input, false);
    input.write('the client\n');
    await vi.waitUntil(() => out.text.includes('heard the client\n'), { timeout: limitMs });
    socket.close();
  });

  it('leads a connection to a port', async () => {
    const forward = new k8s.PortForward(config);
    const local = createServer((socket) => {
      void forward.portForward('default', 'listening', [8080], socket, null, socket);
    });
    await new Promise<void>((resolve) => local.listen(0, '127.0.0.1', resolve));
    const { port } = local.address() as { port: number };
    const socket = connectTo(port, '127.0.0.1');
    socket.write('hello');
    await vi.waitUntil(() => cluster.streams.size === 1, { timeout: limitMs });
    socket.destroy();
    await vi.waitUntil(() => cluster.streams.size === 0, { timeout: limitMs });
    local.close();
  });
});

class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

describe('a reader that is slow', () => {
  const megabyte = 1024 * 1024;
  const held = () => process.memoryUsage().arrayBuffers / megabyte;

  /** Time for whoever does not wait for the reader to fill the memory: that of some requests, whatever the machine. */
  async function elsewhere(): Promise<void> {
    for (let i = 0; i < 30; i += 1) await fetch(`${server.url}/healthz`);
  }

  it('holds a command back that writes 200 MB', { timeout: 4 * limitMs }, async () => {
    const query = 'command=head&command=-c&command=200000000&command=/dev/zero&stdout=true';
    const url = `${server.url.replace('http', 'ws')}/api/v1/namespaces/default/pods/web/exec?${query}`;
    const before = held();
    const socket = new WebSocket(url, ['v5.channel.k8s.io']);
    let bytes = 0;
    let looks = 0;
    let most = 0;
    socket.on('message', (data: Buffer) => {
      if (data[0] === 1) bytes += data.length - 1;
      if (bytes < looks * 20_000_000) return;
      looks += 1;
      socket.pause();
      void elsewhere().then(() => {
        most = Math.max(most, held() - before);
        socket.resume();
      });
    });
    await new Promise((resolve) => socket.on('close', resolve));
    expect(bytes).toBe(200_000_000);
    expect(looks).toBeGreaterThan(9);
    expect(most).toBeLessThan(100);
  });

  it("does not hold a container back that prints more than is kept, and fills nobody's memory", {
    timeout: 4 * limitMs,
  }, async () => {
    const line = 'x'.repeat(999);
    await cluster.apply(
      podOf(
        'flood',
        `read -r _; yes ${line} | head -n 60000; echo over`,
        { stdin: true },
        { restartPolicy: 'Never' },
      ),
    );
    await cluster.waitFor('Pod/default/flood', 'Ready', { timeoutMs: limitMs });
    const before = held();
    const path = `${server.url}/api/v1/namespaces/default/pods/flood/log?follow=true`;
    const response = await new Promise<IncomingMessage>((resolve) => get(path, resolve));
    response.pause();
    const { uid = '' } = (await cluster.get('Pod', 'default', 'flood'))?.metadata ?? {};
    const target = { namespace: 'default', podName: 'flood', podUID: uid, container: 'main' };
    const wanted = { stdin: true, stdout: false, stderr: false, tty: false };
    const leaving = new AbortController();
    const input = await cluster.streams.open(
      'node-a',
      { type: 'attach', ...target, ...wanted },
      leaving.signal,
    );
    await input.write(Buffer.from('go\n'));
    const phase = async () => (await cluster.get('Pod', 'default', 'flood'))?.status?.phase;
    await vi.waitUntil(async () => (await phase()) === 'Succeeded', { timeout: 2 * limitMs });
    await elsewhere();
    expect(held() - before).toBeLessThan(100);
    let text = '';
    for await (const chunk of response) text = `${text}${chunk}`.slice(-100);
    // What was rotated away meanwhile is lost, and the end is there.
    expect(text.endsWith('x\nover\n')).toBe(true);
    leaving.abort();
  });
});
