import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { moor } from '../packages/cli/test/support/test-shell.ts';
import { moorDirectory, startMoor } from './support/moor.ts';
import type { Child } from './support/program.ts';

const dir = moorDirectory();
const limitMs = 120_000;
const children: Child[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  // Whatever went wrong: it outlives them, that is what it is there for.
  const pid = Number(readFileSync(pidFile, 'utf8'));
  if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL');
  dir.remove();
});

const up = (...flags: readonly string[]) => {
  const args = [
    'up',
    '--data-dir',
    'state',
    '--api-listen',
    '127.0.0.1:0',
    '--manifests',
    'manifests',
    '--node',
    'here',
  ];
  const child = startMoor([...args, ...flags], { cwd: dir.path });
  children.push(child);
  return child;
};

dir.write('moor.yaml', 'images: { busybox: }\n');
// `$$$$` reaches the shell as `$$`.
const pidFile = dir.write('pid', '');
dir.write(
  'manifests/pod.yaml',
  `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
    - { name: main, image: busybox, command: [sh, -c, 'echo $$$$ >${pidFile}; while :; do sleep 0.1; done'] }
`,
);

/** The server of the kubeconfig, for what a client asks it. */
async function ask(path: string, init?: RequestInit): Promise<unknown> {
  const [, server = ''] = /server: (\S+)/.exec(readFileSync(`${dir.path}/state/kubeconfig`, 'utf8')) ?? [];
  const answer = await fetch(`${server}${path}`, init);
  return await answer.json();
}

const webPath = '/api/v1/namespaces/default/pods/web-here';
const isWebRunning = async () => JSON.stringify(await ask(webPath)).includes('"phase":"Running"');

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    // There is no such process.
    return false;
  }
};

/** A command of moor in this process, as a client of that cluster. */
const client = (...args: readonly string[]) =>
  moor(args, { cwd: dir.path, env: { KUBECONFIG: 'state/kubeconfig' } });

const crash = `
apiVersion: v1
kind: Pod
metadata: { name: crashes }
spec:
  containers:
    - { name: main, image: busybox, command: [sh, -c, 'echo it begins; echo oh no >&2; exit 3'] }
`;

describe('moor up', { timeout: limitMs }, () => {
  let first: Child;
  it('has the Kubernetes API, and runs what it is given there', async () => {
    first = up();
    await first.says('export KUBECONFIG=');
    await first.says('is up');
    const headers = { 'content-type': 'application/yaml' };
    await ask('/api/v1/namespaces/default/pods', { method: 'POST', headers, body: crash });
    await vi.waitUntil(async () => (await client('status')).out.includes('next try in'), {
      timeout: limitMs,
    });
  });

  it('answers why a pod restarts', async () => {
    const { exitCode, out } = await client('why', 'pod/crashes');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^default\/crashes on node here: CrashLoopBackOff, \d restarts?$/m);
    expect(out).toMatch(/#0 .* ago: exit code 3 after 0s\n +the container ended by itself/);
    expect(out).toMatch(/the next try comes in \d+s; `moor retry crashes` does not wait/);
    // An event comes a moment after the status that it is about.
    const lately = async () => (await client('why', 'crashes')).out.split('what was said lately:')[1] ?? '';
    await vi.waitUntil(async () => (await lately()).includes('BackOff: Back-off'), { timeout: limitMs });
    const { out: json } = await client('why', 'crashes', '-o', 'json');
    expect(JSON.parse(json)).toMatchObject({
      containers: [{ terminations: [{ exitCode: 3 }, { exitCode: 3 }] }],
    });
  });

  it('tries again when it is asked to, and not while a pod is paused', async () => {
    const restarts = async () => {
      const { out } = await client('why', 'crashes', '-o', 'json');
      return (JSON.parse(out) as { restarts: number }).restarts;
    };
    // Waits of minutes are what a retry is for: by itself this count would not be reached in time.
    for (const wanted of [2, 3, 4, 5, 6]) {
      await vi.waitUntil(async () => (await client('status')).out.includes('CrashLoopBackOff'), {
        timeout: limitMs,
      });
      expect((await client('retry', 'crashes')).err).toContain('main (CrashLoopBackOff) need not wait');
      await vi.waitUntil(async () => (await restarts()) >= wanted, { timeout: limitMs });
    }
    expect((await client('pause', 'crashes', '--reason', 'the disk is full')).exitCode).toBe(0);
    expect((await client('status')).out).toMatch(/paused by \S+ at \S+: the disk is full/);
    expect((await client('resume', 'crashes')).err).toContain('the disk is full');
  });

  it('says what a client asks for and is not there', async () => {
    const { exitCode, err } = await client('why', 'nobody');
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: expect.stringMatching(
        /there is no pod "nobody" in the namespace default\n`moor status` lists the pods/,
      ),
    });
  });

  it('goes on after kill -9 with what runs, tells a second one who holds the directory, and ends cleanly', async () => {
    await vi.waitUntil(() => readFileSync(pidFile, 'utf8') !== '', { timeout: limitMs });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await vi.waitUntil(isWebRunning, { timeout: limitMs });
    first.kill('SIGKILL');
    await first.end;
    expect(isAlive(pid)).toBe(true);
    expect((await client('status')).err).toMatch(
      /the API server at \S+ does not answer[\s\S]*Is `moor up` running/,
    );

    const second = up('--on-exit', 'stop', '--listen', '127.0.0.1:0');
    await second.says('is up');
    const third = await client('up', '--data-dir', 'state', '--api-listen', '127.0.0.1:0');
    expect(third.err).toMatch(/state\S* is in use by an agent in process \d+/);
    expect(third).toMatchObject({ exitCode: 4, out: '' });
    expect(Number(readFileSync(pidFile, 'utf8'))).toBe(pid);
    await vi.waitUntil(isWebRunning, { timeout: limitMs });
    expect(JSON.stringify(await ask(webPath))).toContain('"restartCount":0');

    second.kill('SIGTERM');
    const { exitCode, output } = await second.end;
    expect({ exitCode, isAlive: isAlive(pid) }).toEqual({ exitCode: 0, isAlive: false });
    expect(output).toMatch(/INFO running containers adopted .*pods=\d containers=\d/);
    expect(output).toMatch(/health and metrics: http:\S+readyz/);
    expect(output).toMatch(/stopping \d pods? with their grace periods/);
  });
});
