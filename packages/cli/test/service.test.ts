import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, silentLogger } from '@mooring/core';
import { TestClock } from '@mooring/core/testing';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { serviceFlags } from '../../../bench/children/api-pair.ts';
import { describeWithEngine } from '../../../test/support/engines.ts';
import type { CommandContext } from '../src/command.ts';
import { endMsMax } from '../src/daemon/end-cluster.ts';
import { nodeNameOf } from '../src/daemon/node-name.ts';
import { systemdNotifier, watchdogMs } from '../src/daemon/notify-systemd.ts';
import { stateDirectory } from '../src/daemon/state-directory.ts';
import { runMoor } from '../src/index.ts';
import { isReadByJournal } from '../src/journal.ts';
import { createLog } from '../src/log.ts';
import { serviceNames, unitText } from '../src/service/unit-text.ts';
import { moor, testShell } from './support/test-shell.ts';

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
      'StartLimitIntervalSec=0',
      'TasksMax=infinity',
      'SyslogIdentifier=moor-agent',
      'WantedBy=multi-user.target',
    ])
      expect(text).toContain(`\n${line}\n`);
    expect(text).not.toContain('PATH=');
  });

  it('lets the programs of pods find a Node that is elsewhere', () => {
    const text = unitText({
      service: 'up',
      command: ['/home/ann/100%/bin/node', '/moor.js'],
      config: undefined,
    });
    expect(text).toContain('\nEnvironment=PATH=/home/ann/100%%/bin:/usr/local/sbin:/usr/local/bin:');
  });

  it('of an API server has its heap collected in small pieces, and of others as Node does it', async () => {
    // Those that the bench measures.
    const flags = ` ${serviceFlags.join(' ')} `;
    for (const service of serviceNames) {
      const { exitCode, out } = await moor(['install-service', service, '--print']);
      expect(exitCode).toBe(0);
      expect(out.includes(`ExecStart=${process.execPath}${flags}`)).toBe(service === 'apiserver');
    }
    // What Node does not know would keep the service from starting.
    const { status } = spawnSync(process.execPath, [...serviceFlags, '--version']);
    expect(status).toBe(0);
  });

  it('of a user asks for nothing that only the host has', async () => {
    const env = { HOME: join(dir, 'home') };
    const { exitCode, err } = await moor(['install-service', 'up', '--user'], { cwd: '/', env });
    expect({ exitCode, err }).toEqual({
      exitCode: 0,
      err: expect.stringContaining(
        'next: systemctl --user daemon-reload && systemctl --user enable --now moor-up',
      ),
    });
    const text = readFileSync(join(dir, 'home/.config/systemd/user/moor-up.service'), 'utf8');
    expect(text).toContain('\nWantedBy=default.target\n');
    for (const words of ['network-online', 'StateDirectory', 'OOMScoreAdjust', 'LimitNOFILE', 'multi-user'])
      expect(text).not.toContain(words);
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
    [['install-service', 'up', '--directory', '/nowhere/at/all'], 1, 'Make that directory first'],
  ])('%j is told', async (argv, exitCode, words) => {
    expect(await moor(argv)).toMatchObject({ exitCode, err: expect.stringContaining(words) });
  });
});

describe('the journal', () => {
  it('is told from other readers', () => {
    const descriptor = openSync(join(dir, 'journal'), 'w');
    const { dev, ino } = fstatSync(descriptor);
    expect(isReadByJournal(descriptor, { JOURNAL_STREAM: `${dev}:${ino}` })).toBe(true);
    expect(isReadByJournal(descriptor, { JOURNAL_STREAM: `${dev}:${ino + 1}` })).toBe(false);
    expect(isReadByJournal(descriptor, {})).toBe(false);
    expect(isReadByJournal(12_345, { JOURNAL_STREAM: '8:1' })).toBe(false);
  });

  it.each([
    ['text', '<4>WARN late pod=web\n'],
    ['json', '<4>{"level":"warn","time":"2026-01-01T00:00:00.000Z","pod":"web","msg":"late"}\n'],
  ] as const)('hears how much a line of %s matters', (format, line) => {
    let text = '';
    const output = { isJournal: true, write: (words: string) => (text += words) };
    createLog(output, { level: 'info', format, clock: new TestClock() }).warn({ pod: 'web' }, 'late');
    expect(text).toBe(line);
  });

  it('hears of an error as one', async () => {
    const shell = { ...testShell(), err: { isJournal: true, write: (words: string) => (text += words) } };
    let text = '';
    expect(await runMoor(['run', 'nowhere.yaml'], shell)).toBe(2);
    expect(text).toMatch(/^<3>moor: \S+nowhere.yaml cannot be read/);
  });
});

describe('an end', () => {
  const node = { name: 'a' };
  const podOf = (nodeName: string, grace?: number) => ({
    spec: { nodeName, ...(grace !== undefined && { terminationGracePeriodSeconds: grace }) },
  });
  const known = [podOf('a', 600), podOf('a'), podOf('b', 900)];
  it.each([
    ['that stops nothing', 'detach', async () => known, undefined],
    ['with the longest grace period here', 'stop', async () => known, 630_000],
    ['that does not know its pods', 'stop', () => Promise.reject(new Error('away')), undefined],
  ] as const)('%s', async (_, onExit, list, expected) => {
    const context = { shell: testShell(), settings: { onExit } } as unknown as CommandContext;
    const cluster = { nodes: [node.name], list } as unknown as Pick<Cluster, 'list' | 'nodes'>;
    expect(await endMsMax(context, cluster)).toBe(expected);
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
  const units = serviceNames.flatMap((name) => [[name, false] as const, [name, true] as const]);
  it.each(units)('the unit of %s is one (of a user: %s)', (service, isOfUser) => {
    const path = join(dir, `verify-${service}.service`);
    writeFileSync(
      path,
      unitText({
        service,
        command: [process.execPath, '/a "quoted" $path'],
        config: '/etc/moor.yaml',
        isOfUser,
      }),
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
      await notifier.stopping(90_000);
      await hears('STOPPING=1;STATUS=stopping;EXTEND_TIMEOUT_USEC=90000000');
    } finally {
      receiver.kill('SIGKILL');
      await once(receiver, 'close');
    }
  });
});
