import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { describeWithEngine } from '../../../test/support/engines.ts';
import { nodeNameOf } from '../src/daemon/node-name.ts';
import { systemdNotifier, watchdogMs } from '../src/daemon/notify-systemd.ts';
import { stateDirectory } from '../src/daemon/state-directory.ts';
import { serviceNames, unitText } from '../src/service/unit-text.ts';
import { moor } from './support/test-shell.ts';

const dir = mkdtempSync(join(tmpdir(), 'moor-service-'));
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));

describe('a unit', () => {
  it('starts the service with its configuration, and leaves containers alone', () => {
    const text = unitText({
      service: 'agent',
      command: ['/usr/bin/node', '/opt/a b/moor.js'],
      config: '/etc/100%.yaml',
    });
    expect(text).toContain('ExecStart=/usr/bin/node "/opt/a b/moor.js" agent --config /etc/100%%.yaml\n');
    for (const line of [
      'Type=notify',
      'NotifyAccess=all',
      'KillMode=process',
      'WatchdogSec=60',
      'Delegate=yes',
    ])
      expect(text).toContain(`\n${line}\n`);
  });

  it('is printed, or written where it was told', async () => {
    const printed = await moor(['install-service', 'up', '--print']);
    expect(printed).toMatchObject({ exitCode: 0, err: '' });
    expect(printed.out).toContain('Type=notify');
    const written = await moor(['install-service', 'up', '--directory', dir], { cwd: '/' });
    expect(written).toMatchObject({ exitCode: 0, out: '' });
    expect(written.err).toContain(`wrote ${dir}/moor-up.service`);
    expect(written.err).toContain('systemctl enable --now moor-up');
  });

  it.each([
    [['install-service', 'web'], 2, 'there is no service "web"'],
    [['install-service', 'up', '--directory', '/nowhere/at/all'], 1, 'cannot be written'],
  ])('%j is told', async (argv, exitCode, words) => {
    expect(await moor(argv)).toMatchObject({ exitCode, err: expect.stringContaining(words) });
  });
});

describe('a watchdog', () => {
  it.each([
    [{}, undefined],
    [{ WATCHDOG_USEC: '60000000' }, 30_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' }, 30_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_USEC: 'x' }, undefined],
  ])('with %j', (env, expected) => {
    expect(watchdogMs({ env, pid: 7 })).toBe(expected);
  });
});

describe('where state is kept', () => {
  it.each([
    ['as it is told', 'state', {}, '/here/state'],
    ['where systemd says', undefined, { STATE_DIRECTORY: '/var/lib/moor:/other' }, '/var/lib/moor'],
  ])('%s', (_, given, env, expected) => {
    expect(stateDirectory(given, { env, cwd: '/here' })).toBe(expected);
  });
});

it.each([
  ['Web_1.Example', 'web-1.example'],
  ['-a-', 'a'],
  ['___', 'localhost'],
])('the host %s is the node %s', (host, name) => {
  expect(nodeNameOf(undefined, host)).toBe(name);
});

describeWithEngine(['systemd'], 'with the programs of systemd', () => {
  it.each(serviceNames)('the unit of %s is one', (service) => {
    const path = join(dir, `verify-${service}.service`);
    writeFileSync(
      path,
      unitText({ service, command: [process.execPath, '/a "quoted" $path'], config: '/etc/moor.yaml' }),
    );
    const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
    const complaints = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line.includes(`verify-${service}.service`));
    expect(complaints).toEqual([]);
  });

  it('systemd hears that a service is ready, alive, and stopping', async () => {
    const socket = join(dir, 'notify');
    const script = `use Socket; socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die $!; bind($s, sockaddr_un($ARGV[0])) or die $!;
      $| = 1; print "listening\\n"; while (defined recv($s, my $m, 4096, 0)) { $m =~ s/\\n/;/g; print "$m\\n"; }`;
    const receiver = spawn('perl', ['-e', script, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    let heard = '';
    receiver.stdout.on('data', (chunk) => {
      heard += chunk;
    });
    const hears = (words: string) => vi.waitUntil(() => heard.includes(words), { timeout: 60_000 });
    try {
      await hears('listening');
      const clock = new TestClock();
      const env = { ...process.env, NOTIFY_SOCKET: socket, WATCHDOG_USEC: '2000000' };
      const notifier = systemdNotifier({ env, pid: process.pid, clock, logger: silentLogger });
      await notifier.ready('agent of node a is up');
      await hears('READY=1');
      await hears('STATUS=agent of node a is up');
      expect(heard).not.toContain('WATCHDOG=1');
      await clock.advanceBy(1000);
      await hears('WATCHDOG=1');
      await notifier.stopping();
      await hears('STOPPING=1');
    } finally {
      receiver.kill('SIGKILL');
      await once(receiver, 'close');
    }
  });
});
