import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithEngine, dockerSocket } from '../../../test/support/engines.ts';
import { docker, makeImage, removeImages, testLabel } from '../../runtime-docker/test/support/images.ts';
import { runMoor } from '../src/index.ts';
import { moor, testShell } from './support/test-shell.ts';

it('moor heal says what it cannot use', async () => {
  const { exitCode, err } = await moor(['heal', '--docker-host', 'docker.sock']);
  expect({ exitCode, err }).toEqual({
    exitCode: 2,
    err: expect.stringContaining('unix:///var/run/docker.sock'),
  });
});

it('moor heal is not ready while no engine answers', async () => {
  const shell = testShell();
  const host = 'unix:///tmp/mooring-no-engine.sock';
  const ended = runMoor(['heal', '--docker-host', host, '--listen', '127.0.0.1:0'], shell);
  await vi.waitUntil(() => shell.errText().includes('containers not listed'), { timeout: 10_000 });
  const url = /http:\S+readyz/.exec(shell.errText())?.[0] ?? '';
  const answer = await fetch(`${url}?verbose`);
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('[-]engine failed: no Docker engine answers at');
  shell.interrupt();
  expect(await ended).toBe(0);
});

it('a daemon may be started again when the address of its health checks was taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const host = 'unix:///tmp/mooring-no-engine.sock';
  const { exitCode, err } = await moor(['heal', '--docker-host', host, '--listen', taken]);
  other.close();
  // systemd does not try again what ends with 2.
  expect(exitCode).toBe(3);
  expect(err).toContain(`moor: listen: cannot listen on ${taken}`);
  expect(err).toContain('choose another address\nIt is set with --listen');
});

describeWithEngine(['docker', 'busybox'], 'moor heal on a real engine', () => {
  const image = 'mooring-test/moor-heal:1';
  const name = `mooring-test-moor-heal-${process.pid}`;
  const label = `mooring.dev/heal=moor-${process.pid}`;
  beforeAll(() => makeImage(image));
  afterAll(() => {
    const own = docker('ps', '--all', '--quiet', '--filter', `name=${name}`).split('\n').filter(Boolean);
    if (own.length > 0) docker('rm', '--force', ...own);
    removeImages(image);
  });

  it('restarts what is not well, tells of it, and ends when it is told to', async () => {
    const health = ['--health-cmd', 'test -e /well', '--health-interval', '1s', '--health-retries', '1'];
    const script = 'trap "exit 0" TERM; while :; do sleep 0.1; done';
    const labels = ['--label', `${testLabel}=1`, '--label', label];
    docker('run', '--detach', '--name', name, ...labels, ...health, image, 'sh', '-c', script);
    const shell = testShell();
    const host = `unix://${dockerSocket()}`;
    const ended = runMoor(['heal', '--heal-label', label, '--docker-host', host], shell);
    const restarted = `container restarted container=${name} reason="its HEALTHCHECK fails" restartCount=1\n`;
    await vi.waitUntil(() => shell.errText().includes(restarted), { timeout: 80_000 });
    expect(shell.errText().split(name)).toHaveLength(2);
    shell.interrupt();
    expect(await ended).toBe(0);
  });
});
