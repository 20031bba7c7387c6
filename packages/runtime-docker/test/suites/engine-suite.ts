/** What the conformance kit does not ask of a runtime, on the engine of `DOCKER_HOST`. */

import { createConnection } from 'node:net';
import { type RuntimeEvent, silentLogger, systemClock } from '@mooring/core';
import { afterAll, beforeAll, expect } from 'vitest';
import { freePort } from '../../../../test/support/ports.ts';
import { never, until } from '../../../../test/support/runtime-node.ts';
import { execCommand } from '../../src/exec-command.ts';
import { Images } from '../../src/images.ts';
import { Killer } from '../../src/killer.ts';
import { defaultOptions } from '../../src/options.ts';
import type { Differences } from '../support/differences.ts';
import { docker, makeImage, removeImages } from '../support/images.ts';
import { Node } from '../support/runtime.ts';

const image = 'mooring-test/engine:1';
const waits = 'trap "exit 0" TERM; echo ready; while :; do sleep 0.02; done';

let node: Node;
let other: Node;

export function engineSuite(differences: Differences): void {
  beforeAll(async () => {
    makeImage(image);
    [node, other] = await Promise.all([Node.open(), Node.open()]);
  });
  afterAll(async () => {
    await Promise.all([node[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
    removeImages(image);
  });

  differences.concurrent(
    'who is stopped by somebody else is StoppedExternally, who is killed is not',
    async () => {
      const stopped = await node.run(waits, { image, podUID: 'stopped' });
      await node.untilPrinted(stopped, 'ready');
      docker('stop', '--time', '60', stopped);
      await node.untilExited(stopped);
      // The end may be seen before the engine has told of the signal.
      await until('its reason is known', async () => (await node.inspect(stopped)).reason !== undefined);
      expect(await node.inspect(stopped)).toMatchObject({ exitCode: 0, reason: 'StoppedExternally' });
      const killed = await node.run(waits, { image, podUID: 'stopped', attempt: 1 });
      docker('kill', killed);
      const info = await node.untilExited(killed);
      expect(info).toMatchObject({ exitCode: 137, signal: 'SIGKILL' });
      expect(info.reason).toBeUndefined();
      const ours = await node.run(waits, { image, podUID: 'stopped', attempt: 2 });
      await node.untilPrinted(ours, 'ready');
      await node.runtime.stopContainer(ours, 10_000, never);
      expect((await node.inspect(ours)).reason).toBeUndefined();
    },
  );

  differences.concurrent('what is removed by somebody else is announced and gone', async () => {
    const abort = new AbortController();
    const events: RuntimeEvent[] = [];
    const reading = (async () => {
      for await (const event of node.runtime.events(abort.signal)) events.push(event);
    })();
    const id = await node.run(waits, { image, podUID: 'removed' });
    docker('rm', '--force', id);
    const typesOf = () => events.filter(({ containerID }) => containerID === id).map(({ type }) => type);
    await until('the end is announced', () => typesOf().includes('removed'));
    expect(typesOf()).toEqual(['created', 'started', 'exited', 'removed']);
    expect(await node.runtime.inspectContainer(id, never)).toBeUndefined();
    const sandbox = await node.sandbox('removed');
    docker('rm', '--force', sandbox.id);
    await until('the loss is announced', () =>
      events.some(({ type, podUID }) => type === 'sandbox-lost' && podUID === 'removed'),
    );
    abort.abort();
    await reading;
  });

  differences.concurrent(
    'two agents on one engine do not see each other, even with pods of one UID',
    async () => {
      const mine = await node.run(waits, { image, podUID: 'same' });
      const theirs = await other.run(waits, { image, podUID: 'same' });
      expect(mine).not.toBe(theirs);
      expect(await node.runtime.inspectContainer(theirs, never)).toBeUndefined();
      await node.runtime.stopContainer(theirs, 0, never);
      await node.runtime.removeContainer(theirs, never);
      expect((await other.inspect(theirs)).state).toBe('running');
      expect((await other.runtime.listContainers({}, never)).map(({ id }) => id)).toEqual([theirs]);
      expect(await node.runtime.inspectContainer(theirs.slice(0, 12), never)).toBeUndefined();
    },
  );

  differences.concurrent(
    'what somebody runs from an image that was made of a container is theirs; what they rename is not',
    async () => {
      await using mine = await Node.open();
      const id = await mine.run(waits, { image, podUID: 'copied' });
      docker('commit', '--pause=false', id, 'mooring-test/copied:1');
      const copy = docker('run', '--detach', '--entrypoint', 'sleep', 'mooring-test/copied:1', '600');
      try {
        docker('rename', id, `mooring-test-${id.slice(0, 12)}`);
        expect((await mine.runtime.listContainers({}, never)).map((one) => one.id)).toEqual([id]);
        expect(await mine.runtime.inspectContainer(copy, never)).toBeUndefined();
        await mine.runtime.removeContainer(copy, never);
        expect(docker('ps', '--quiet', '--no-trunc', '--filter', `id=${copy}`)).toBe(copy);
      } finally {
        docker('rm', '--force', copy);
        removeImages('mooring-test/copied:1');
      }
    },
  );

  differences.concurrent('a sandbox that somebody holds up keeps its network', async () => {
    const { id, ip } = await node.sandbox('held');
    docker('pause', id);
    expect(await node.sandbox('held')).toMatchObject({ id, ip, state: 'ready' });
    docker('unpause', id);
  });

  differences.concurrent('a limit of memory is enforced, and its breach named', async () => {
    const resources = { limits: { memory: '16Mi' } };
    // A busy engine misses some (containerd/containerd#8893): what it has not seen cannot be told.
    for (let attempt = 0, isSeen = false; !isSeen; attempt += 1) {
      expect(attempt, 'times that the engine has seen nothing').toBeLessThan(20);
      const asked = { image, podUID: 'oom', resources, attempt };
      const { id, exitCode, reason } = await node.runToEnd('exec tail /dev/zero', asked);
      isSeen = docker('inspect', '--format', '{{.State.OOMKilled}}', id) === 'true';
      expect({ exitCode, reason }).toEqual({ exitCode: 137, reason: isSeen ? 'OOMKilled' : undefined });
    }
  });

  differences.concurrent('containers of a pod share its address; a host port leads to them', async () => {
    // Of its own: this suite may be run on two engines at once.
    const hostPort = await freePort();
    const ports = [{ containerPort: 8080, hostPort, hostIP: '127.0.0.1' }];
    const sandbox = await node.sandbox('shared', { ports });
    const server = 'mkdir /tmp/w; echo hello >/tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w';
    await node.run(server, { image, podUID: 'shared', containerName: 'web' });
    const script = 'until wget -q -O - http://127.0.0.1:8080/; do sleep 0.05; done; exit 7';
    const client = await node.runToEnd(script, { image, podUID: 'shared', containerName: 'client' });
    expect(await node.logs(client.id)).toContain('hello');
    for (const [host, port] of [[sandbox.ip, 8080] as const, ['127.0.0.1', hostPort] as const])
      await new Promise<void>((resolve, reject) => {
        const socket = createConnection({ host, port }, () => resolve(void socket.destroy()));
        socket.once('error', reject);
      });
  });

  differences.concurrent('user, root file system and capabilities are as asked for', async () => {
    const securityContext = {
      ...{ runAsUser: 1234, runAsGroup: 5678, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      capabilities: { drop: ['ALL'] },
    };
    const script =
      'id -u; id -g; touch /x 2>/dev/null || echo read-only; while read -r line; do echo "$line"; done </proc/self/status';
    const { id } = await node.runToEnd(script, { image, podUID: 'rights', securityContext });
    const lines = await node.logs(id);
    expect(lines.slice(0, 2)).toEqual(['1234', '5678']);
    expect(lines).toContain('read-only');
    expect(lines).toContain('NoNewPrivs:\t1');
    expect(lines).toContain('CapBnd:\t0000000000000000');
  });

  differences.concurrent('groups and settings of the kernel are as asked for', async () => {
    const podUID = 'settings';
    const sysctls = [
      { name: 'net.ipv4.ip_unprivileged_port_start', value: '7' },
      { name: 'kernel.shmmni', value: '77' },
      { name: 'vm.swappiness', value: '1' },
    ];
    await node.sandbox(podUID, { sysctls });
    const script =
      'id; cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shmmni; cat /proc/self/status';
    const changes = { securityContext: { runAsUser: 7, seccompProfile: { type: 'Unconfined' as const } } };
    const asked = { image, podUID, supplementalGroups: [1234, 5678], ...changes };
    const lines = await node.logs((await node.runToEnd(script, asked)).id);
    expect(lines[0]).toMatch(/^uid=7 .*1234,5678$/);
    expect(lines.slice(1, 3)).toEqual(['7', '77']);
    expect(lines).toContain('Seccomp:\t0');
  });

  differences.concurrent('names are resolved, hosts known and processes shared as the pod says', async () => {
    const podUID = 'named';
    await node.sandbox(podUID, {
      processes: 'pod',
      dns: { isComplete: true, nameservers: ['10.1.2.3'], searches: ['own.example'], options: ['ndots:3'] },
      hostAliases: [{ ip: '10.4.5.6', hostnames: ['db', 'db.example'] }],
    });
    const neighbour = await node.run('exec sleep 600', { image, podUID, processes: 'pod' });
    const script = 'cat /etc/resolv.conf /etc/hosts; ps';
    const changes = { image, podUID, processes: 'pod' as const, containerName: 'looks' };
    const lines = await node.logs((await node.runToEnd(script, changes)).id);
    const words = lines.map((line) => line.trim().split(/\s+/).join(' '));
    for (const line of ['nameserver 10.1.2.3', 'search own.example', 'options ndots:3'])
      expect(words).toContain(line);
    expect(words).toEqual(expect.arrayContaining(['10.4.5.6 db', '10.4.5.6 db.example']));
    expect(words).toContainEqual(expect.stringMatching(/ sleep 600$/));
    await node.runtime.stopContainer(neighbour, 0, never);
  });

  differences.concurrent('containers of a pod have its host name, and know it by its full one', async () => {
    const podUID = 'web-0';
    await node.sandbox(podUID, { hostname: podUID, domain: 'web.default.svc.cluster.local' });
    const lines = await node.logs((await node.runToEnd('hostname; cat /etc/hosts', { image, podUID })).id);
    expect(lines[0]).toBe('web-0');
    expect(lines).toContainEqual(
      expect.stringMatching(/\sweb-0\.web\.default\.svc\.cluster\.local\s+web-0$/),
    );
  });

  differences.concurrent(
    'processes and memory of the host are seen by those that ask for it, and by no others',
    async () => {
      // As the engine sees it the first process of a space has another number.
      const script = 'echo $$; busybox readlink /proc/self/ns/ipc; exec sleep 600';
      const runIn = async (podUID: string, spaces: { processes?: 'host'; hostIPC?: boolean }) => {
        await node.sandbox(podUID, spaces);
        const id = await node.run(script, { image, podUID, ...spaces });
        await until(`${podUID} has told`, async () => (await node.logs(id)).length === 2);
        const [number, memory] = await node.logs(id);
        const { pid } = await node.inspect(id);
        await node.runtime.stopContainer(id, 0, never);
        return { isHostNumber: Number(number) === pid, number, memory };
      };
      const host = { processes: 'host', hostIPC: true } as const;
      const [one, other, own] = await Promise.all([
        runIn('of-host', host),
        runIn('of-host-too', host),
        runIn('of-its-own', {}),
      ]);
      expect([one.isHostNumber, other.isHostNumber]).toEqual([true, true]);
      expect(own).toMatchObject({ isHostNumber: false, number: '1' });
      expect(one.memory).toMatch(/^ipc:/);
      expect(other.memory).toBe(one.memory);
      expect(own.memory).not.toBe(one.memory);
    },
  );

  differences.concurrent('who has nothing more to say to a container goes on reading', async () => {
    const script = 'read -r line; sleep 1; echo "got $line"; exit 6';
    const id = await node.run(script, { image, podUID: 'half-attached', stdin: true });
    const process = await node.runtime.attach(id, { stdin: true, tty: false }, never);
    await process.write(Buffer.from('one\n'));
    process.closeInput();
    let text = '';
    for await (const { bytes } of process.output) text += Buffer.from(bytes);
    expect(text).toBe('got one\n');
    expect(await process.exitCode()).toBe(6);
  });

  differences.concurrent(
    'who attaches reads what is printed from then on, and writes to its input',
    async () => {
      const script = 'while read -r line; do echo "got $line"; [ "$line" = end ] && exit 5; done';
      const changes = { image, podUID: 'attached', stdin: true, stdinOnce: true };
      const id = await node.run(script, changes);
      await expect(node.runtime.attach(id, { stdin: true, tty: true }, never)).rejects.toMatchObject({
        code: 'RUNTIME_UNSUPPORTED',
      });
      const left = new AbortController();
      const leaves = await node.runtime.attach(id, { stdin: false, tty: false }, left.signal);
      const reading = (async () => {
        for await (const { bytes } of leaves.output) if (bytes.length > 0) left.abort(new Error('enough'));
      })();
      const process = await node.runtime.attach(id, { stdin: true, tty: false }, never);
      await process.write(Buffer.from('one\n'));
      await expect(reading).rejects.toThrow('enough');
      await process.write(Buffer.from('end\n'));
      let text = '';
      for await (const { stream, bytes } of process.output) text += `${stream}: ${Buffer.from(bytes)}`;
      expect(text.replaceAll('stdout: ', '')).toBe('got one\ngot end\n');
      expect(await process.exitCode()).toBe(5);
      await expect(node.runtime.attach(id, { stdin: false, tty: false }, never)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    },
  );

  differences.concurrent('a command that this process cannot end is ended by the engine', async () => {
    const id = await node.run(waits, { image, podUID: 'ended' });
    const { engine } = node.runtime;
    const elsewhere = Object.create(engine, { isLocal: { value: false } }) as typeof engine;
    const ports = { engine: elsewhere, clock: systemClock, logger: silentLogger };
    const killer = new Killer({ ...ports, images: new Images({ ...ports, options: defaultOptions }) });
    const abort = new AbortController();
    const command = ['sh', '-c', 'echo begun >/tmp/begun; exec sleep 600'];
    const running = execCommand({ ...ports, killer }, id, command, { outputBytesMax: 1 }, abort.signal);
    const said = async () => (await node.runtime.exec(id, ['ps'], { outputBytesMax: 4_096 }, never)).output;
    await until('it runs', async () => / sleep 600$/m.test(await said()));
    abort.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await until('it has ended', async () => !/ sleep 600$/m.test(await said()));
    const helpers = () => docker('ps', '--all', '--quiet', '--filter', 'label=mooring.dev/kind=killer');
    await until('nothing is left of what ended it', () => helpers() === '');
  });

  differences.concurrent('a command in a terminal, and what a container uses', async () => {
    const id = await node.run(waits, { image, podUID: 'terminal' });
    const process = await node.runtime.execStream(id, ['sh'], { stdin: true, tty: true }, never);
    process.resize({ columns: 132, rows: 40 });
    await process.write(Buffer.from('test -t 0 && echo is a $((20 + 2)) terminal; exit 9\n'));
    let text = '';
    for await (const { stream, bytes } of process.output)
      text += stream === 'stdout' ? Buffer.from(bytes) : '';
    expect(text).toContain('is a 22 terminal');
    expect(await process.exitCode()).toBe(9);
    const used = await node.runtime.stats(id, never);
    expect(used?.cpuNanoseconds).toBeGreaterThan(0);
    expect(used?.memoryBytes).toBeGreaterThan(0);
    await node.runtime.stopContainer(id, 0, never);
    expect(await node.runtime.stats(id, never)).toBeUndefined();
  });

  differences.concurrent('what was made ahead is used, once only, and goes with its sandbox', async () => {
    const spares = (podUID: string) =>
      docker(
        ...['ps', '--all', '--quiet', '--no-trunc', '--filter', 'label=mooring.dev/spare'],
        ...['--filter', `label=mooring.dev/record`, '--filter', `name=_${podUID}_`],
      );
    const first = await node.config(waits, { image, podUID: 'ahead' });
    await node.runtime.prepareContainer(first, never);
    const spare = spares('ahead');
    expect(await node.runtime.createContainer(first, never)).toBe(spare);
    const next = await node.config(waits, { image, podUID: 'ahead', attempt: 1 });
    await node.runtime.prepareContainer(next, never);
    expect(spares('ahead').split('\n')).toHaveLength(2);
    const changed = await node.runtime.createContainer({ ...next, args: ['x'] }, never);
    expect(spares('ahead')).toBe(spare);
    await node.runtime.removeContainer(changed, never);
    await node.runtime.removeContainer(spare, never);
    await node.runtime.prepareContainer(next, never);
    await node.runtime.removeSandbox(next.sandboxID, never);
    expect(spares('ahead')).toBe('');
    const lost = await node.config(waits, { image, podUID: 'lost' });
    await node.runtime.prepareContainer(lost, never);
    docker('rm', '--force', lost.sandboxID);
    await node.runtime.listContainers({}, never);
    await node.runtime.listSandboxes(never);
    expect(spares('lost')).toBe('');
  });

  differences.concurrent('a list costs one call when nothing has changed', async () => {
    await using quiet = await Node.open();
    const id = await quiet.run(waits, { image, podUID: 'quiet' });
    await until('the start was heard of', async () => (await quiet.inspect(id)).state === 'running');
    const calls: string[] = [];
    const { modem } = quiet.docker;
    const dial = modem.dial.bind(modem);
    modem.dial = (options, callback) => {
      calls.push(options.path);
      dial(options, callback);
    };
    // Podman tells of a start a moment later.
    await until('nothing changes any more', async () => {
      calls.length = 0;
      await quiet.runtime.listContainers({}, never);
      return calls.length === 1;
    });
    docker('kill', id);
    await until(
      'the end is seen',
      async () => (await quiet.runtime.listContainers({}, never))[0]?.state === 'exited',
    );
  });
}
