import { readFileSync } from 'node:fs';
import { afterAll, expect, it, vi } from 'vitest';
import { moorDirectory, startMoor } from './support/moor.ts';
import type { Child } from './support/program.ts';

const dir = moorDirectory();
const limitMs = 120_000;
const children: Child[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
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
async function ask(path: string): Promise<unknown> {
  const [, server = ''] = /server: (\S+)/.exec(readFileSync(`${dir.path}/state/kubeconfig`, 'utf8')) ?? [];
  const answer = await fetch(`${server}${path}`);
  return await answer.json();
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    // There is no such process.
    return false;
  }
};

it('goes on after kill -9 with what runs, tells a second one who holds the directory, and ends cleanly', {
  timeout: limitMs,
}, async () => {
  const first = up();
  await first.says('export KUBECONFIG=');
  await first.says('is up');
  await vi.waitUntil(() => readFileSync(pidFile, 'utf8') !== '', { timeout: limitMs });
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const pod = '/api/v1/namespaces/default/pods/web-here';
  await vi.waitUntil(async () => JSON.stringify(await ask(pod)).includes('"phase":"Running"'), {
    timeout: limitMs,
  });
  first.kill('SIGKILL');
  await first.end;
  expect(isAlive(pid)).toBe(true);

  const second = up('--on-exit', 'stop', '--listen', '127.0.0.1:0');
  await second.says('is up');
  const third = await up().end;
  expect(third.output).toMatch(/state\S* is in use by an agent in process \d+/);
  expect(third.exitCode).toBe(4);
  expect(Number(readFileSync(pidFile, 'utf8'))).toBe(pid);
  await vi.waitUntil(async () => JSON.stringify(await ask(pod)).includes('"phase":"Running"'), {
    timeout: limitMs,
  });
  expect(JSON.stringify(await ask(pod))).toContain('"restartCount":0');

  second.kill('SIGTERM');
  const { exitCode, output } = await second.end;
  expect({ exitCode, isAlive: isAlive(pid) }).toEqual({ exitCode: 0, isAlive: false });
  expect(output).toMatch(/health and metrics: http:\S+readyz/);
});
