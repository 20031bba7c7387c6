import { connect } from 'node:net';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { moor } from '../packages/cli/test/support/test-shell.ts';
import { moorDirectory, moorProgram, startMoor } from './support/moor.ts';
import { startProgram } from './support/program.ts';

const dir = moorDirectory();
afterAll(() => dir.remove());

const manifest = (name: string, script: string, spec = '') => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  ${spec}
  containers:
    - { name: main, image: busybox, command: [sh, -c, ${JSON.stringify(script)}] }
---`;

dir.write('moor.yaml', 'images: { busybox: }\n');
const run = (file: string, ...flags: readonly string[]) =>
  startMoor(['run', file, ...flags], { cwd: dir.path });

it('tells when there was no room for what it wrote', async () => {
  const argv = ['-c', 'exec "$@" >/dev/full', 'sh', ...moorProgram, 'completion', 'fish'];
  const { exitCode, output } = await startProgram('sh', argv, { cwd: dir.path, env: process.env }).end;
  expect({ exitCode, output }).toEqual({
    exitCode: 1,
    output: 'moor: standard output is not whole: there was no room for all of it\n',
  });
});

describe('moor run', () => {
  it('shows what containers write, and ends with their verdict', async () => {
    const well = manifest('well', 'echo all is well', 'restartPolicy: Never');
    const ill = manifest('ill', 'echo oh no >&2; exit 3', 'restartPolicy: Never');
    dir.write('jobs.yaml', `${well}${ill}`);
    const { exitCode, out, err } = await moor(['run', 'jobs.yaml'], { cwd: dir.path });
    // Data on one stream, words on the other.
    expect(out.split('\n').toSorted().filter(Boolean)).toEqual([
      'ill/main | oh no',
      'well/main | all is well',
    ]);
    expect(err).toContain('Container main exited with code 3');
    expect(err).toMatch(/^well: Completed ready 0\/1$/m);
    expect(exitCode).toBe(1);
  });

  it('stops pods with their grace period on Ctrl-C, what ignores that on the second', async () => {
    const heeds = manifest(
      'heeds',
      "trap 'echo good bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done",
    );
    const stubborn = manifest(
      'stubborn',
      "trap '' TERM; echo ready; while :; do sleep 0.1; done",
      'terminationGracePeriodSeconds: 3600',
    );
    const child = run(dir.write('services.yaml', `${heeds}${stubborn}`));
    await child.says('heeds/main | ready');
    await child.says('stubborn/main | ready');
    child.kill('SIGINT');
    await child.says('Ctrl-C once more');
    await child.says('heeds/main | good bye');
    // Again and again: one that comes right after the first is taken for its echo.
    const again = setInterval(() => child.kill('SIGINT'), 400);
    const { exitCode, output } = await child.end.finally(() => clearInterval(again));
    expect({ exitCode, tail: output.slice(-400) }).toMatchObject({ exitCode: 130 });
  });

  it('leaves files to everything else, however many connections come to a Service', async () => {
    const host = `127.100.${process.pid % 256}.9`;
    const service = {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'mute' } },
      spec: { clusterIP: host, selector: { app: 'mute' }, ports: [{ port: 8080 }] },
    };
    const listen = `require('node:net').createServer(() => {}).listen(8080, process.env.POD_IP, () => console.log('listens'))`;
    const pod = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'mute', labels: { app: 'mute' } } },
      spec: { containers: [{ name: 'main', image: 'busybox', command: [process.execPath, '-e', listen] }] },
    };
    const file = dir.write('mute.yaml', [service, pod].map((one) => JSON.stringify(one)).join('\n---\n'));
    const argv = ['-c', 'ulimit -n 480; exec "$@"', 'sh', ...moorProgram, 'run', file];
    const child = startProgram('sh', argv, { cwd: dir.path, env: process.env });
    onTestFinished(async () => {
      child.kill('SIGINT');
      await child.end;
    });
    await child.says('mute/main | listens');
    const clients = Array.from({ length: 200 }, () => connect({ host, port: 8080 }).on('error', () => {}));
    onTestFinished(() => {
      for (const client of clients) client.destroy();
    });
    const left = () => clients.filter(({ destroyed }) => !destroyed).length;
    await vi.waitUntil(() => left() <= 120, { timeout: 20_000 });
    await child.says('the service proxy has 120 open, its limit');
    expect(left()).toBe(120);
  });
});
