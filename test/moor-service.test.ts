/** `moor` as a service of a real systemd. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithEngine, engine } from './support/engines.ts';
import { SystemdMachine } from './support/systemd-machine.ts';

const limitMs = 240_000;
const unit = 'moor-up';
/** Cheaper than a client. */
const ask = `exec 3<>/dev/tcp/127.0.0.1/6443
  printf 'GET /api/v1/namespaces/default/pods/web-here HTTP/1.0\\r\\nHost: 127.0.0.1:6443\\r\\n\\r\\n' >&3
  cat <&3`;
const drops = `/etc/systemd/system/${unit}.service.d`;
const repository = join(import.meta.dirname, '..');
// Built, as it starts often here.
const moorProgram = [process.execPath, join(repository, 'packages/cli/bin/moor.js')];

// `$$$$` reaches the shell as `$$`. Its end takes longer than systemd waits for the service.
const pod = `
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  terminationGracePeriodSeconds: 60
  containers:
    - name: main
      image: busybox
      resources: { limits: { memory: 64Mi } }
      command: [sh, -c, 'echo $$$$ >>/var/starts; trap "sleep 2; echo whole >>/var/ends; exit 0" TERM; while :; do sleep 0.2; done']
`;

describeWithEngine(['systemd-machine'], 'moor as a service of systemd', () => {
  let machine: SystemdMachine;
  beforeAll(async () => {
    await promisify(execFile)('npx', ['tsc', '-b'], { cwd: repository });
    machine = await SystemdMachine.boot();
    await machine.write(
      '/etc/moor/moor.yaml',
      'node: here\nmanifests: /etc/moor/pods\nimages: { busybox: }\n',
    );
    await machine.write('/etc/moor/pods/web.yaml', pod);
    await machine.output(...moorProgram, 'install-service', 'up');
    await machine.write(`${drops}/watchdog.conf`, '[Service]\nWatchdogSec=3\n');
    await machine.output('systemctl', 'daemon-reload');
    await machine.output('systemctl', 'enable', unit);
  }, limitMs);
  afterAll(async () => await machine[Symbol.asyncDispose](), limitMs);

  const property = (name: string) => machine.output('systemctl', 'show', '--value', '-p', name, unit);
  const lines = async (path: string) => (await machine.output('cat', path)).split('\n');
  const until = async (isSo: () => Promise<boolean>) =>
    await vi.waitUntil(() => isSo().catch(() => false), { timeout: limitMs, interval: 200 });
  /** What the API says of the pod. */
  const status = async () => {
    const answer = await machine.output('bash', '-c', ask);
    return JSON.parse(answer.split('\r\n\r\n')[1] ?? '').status.containerStatuses[0];
  };
  const isAlive = async (pid: string) => (await machine.run('kill', '-0', pid)).exitCode === 0;
  /** It runs on as it was, and the service knows it. */
  const isAdopted = async (pid: string) => {
    await until(async () => (await status()).ready === true);
    expect(await status()).toMatchObject({ restartCount: 0 });
    expect(await lines('/var/starts')).toEqual([pid]);
    expect(await isAlive(pid)).toBe(true);
  };
  let pid = '';

  it('is ready when systemd says that it has started', { timeout: limitMs }, async () => {
    await machine.output('systemctl', 'start', unit);
    expect(await property('StatusText')).toContain('is up');
    await until(async () => (await status()).ready === true);
    [pid = ''] = await lines('/var/starts');
    expect(await machine.output('cat', `/proc/${pid}/oom_score_adj`)).toBe('0');
    if (engine('cgroups').available)
      expect(await machine.output('cat', `/proc/${pid}/cgroup`)).toMatch(/:\/mooring\//);
  });

  it('comes back after kill -9, a hang and a stop', { timeout: limitMs }, async () => {
    const restarts = async () => Number(await property('NRestarts'));
    const comesBack = async (from: number) =>
      await until(async () => (await restarts()) > from && (await property('ActiveState')) === 'active');
    for (const signal of ['KILL', 'STOP']) {
      const before = await restarts();
      await machine.output('systemctl', 'kill', '--kill-who=main', `--signal=${signal}`, unit);
      await comesBack(before);
      await isAdopted(pid);
    }
    await machine.output('systemctl', 'stop', unit);
    expect(await isAlive(pid)).toBe(true);
    await machine.output('systemctl', 'start', unit);
    await isAdopted(pid);
  });

  it('tells the journal how much each line matters, and no time of its own', {
    timeout: limitMs,
  }, async () => {
    await machine.write('/etc/moor/agent.yaml', 'nats: { servers: [nats://127.0.0.1:1] }\n');
    await machine.output(...moorProgram, 'install-service', 'agent', '--config', '/etc/moor/agent.yaml');
    await machine.output('systemctl', 'daemon-reload');
    await machine.output('systemctl', 'start', '--no-block', 'moor-agent');
    await until(async () =>
      (await machine.output('journalctl', '-u', 'moor-agent')).includes('cannot be reached'),
    );
    await machine.output('systemctl', 'stop', 'moor-agent');
    const journal = await machine.output('journalctl', '--output=json', '-t', 'moor-up', '-t', 'moor-agent');
    const messages = journal.split('\n').map((line) => JSON.parse(line));
    const found = (words: string) => messages.find(({ MESSAGE }) => String(MESSAGE).includes(words));
    expect(found('running containers adopted')).toMatchObject({
      PRIORITY: '6',
      MESSAGE: expect.stringMatching(/^INFO running containers adopted node=here/),
    });
    expect(found('TRUSTED MODE')).toMatchObject({ PRIORITY: '4', SYSLOG_IDENTIFIER: 'moor-agent' });
    expect(found('cannot be reached')).toMatchObject({ PRIORITY: '3' });
  });

  it('works for a user who is not root', { timeout: limitMs }, async () => {
    await machine.output('useradd', '--create-home', 'ann');
    const id = await machine.output('id', '-u', 'ann');
    await machine.output('systemctl', 'start', `user@${id}`);
    const asAnn = (...command: readonly string[]) => {
      const env = ['env', 'HOME=/home/ann', `XDG_RUNTIME_DIR=/run/user/${id}`];
      return machine.output('setpriv', '--reuid=ann', '--regid=ann', '--init-groups', ...env, ...command);
    };
    await machine.write('/home/ann/moor.yaml', 'api: { listen: 127.0.0.1:0 }\n');
    await asAnn(...moorProgram, 'install-service', 'up', '--user');
    await asAnn('systemctl', '--user', 'daemon-reload');
    await asAnn('systemctl', '--user', 'start', unit);
    const told = await asAnn('systemctl', '--user', 'show', '-P', 'StatusText', unit);
    expect(told).toContain('in /home/ann/.local/state/moor, at http://127.0.0.1:');
    await machine.output('systemctl', 'stop', `user@${id}`);
  });

  it('starts its pods again after a reboot', { timeout: limitMs }, async () => {
    // Counts from then on.
    await machine.write(
      `${drops}/on-exit.conf`,
      '[Service]\nEnvironment=MOOR_ON_EXIT=stop\nTimeoutStopSec=1\n',
    );
    await machine.reboot();
    await until(async () => (await status()).restartCount === 1 && (await status()).ready === true);
    // The host told it to end, and waited.
    expect(await lines('/var/ends')).toEqual(['whole']);
    const [first, second = '', ...others] = await lines('/var/starts');
    expect([first, ...others]).toEqual([pid]);
    expect(await isAlive(second)).toBe(true);
  });

  it('has the time that its pods need to end, where they end with it', { timeout: limitMs }, async () => {
    await machine.output('systemctl', 'stop', unit);
    expect(await lines('/var/ends')).toEqual(['whole', 'whole']);
    expect(await property('Result')).toBe('success');
  });
});
