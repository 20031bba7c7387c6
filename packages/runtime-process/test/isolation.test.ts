/** What needs rights: volumes, limits, users. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount, SecurityContext } from '@mooring/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithEngine } from '../../../test/support/engines.ts';
import { never, until } from '../../../test/support/runtime-node.ts';
import { Node } from './support/runtime.ts';

let node: Node;
beforeEach(async () => {
  node = await Node.open();
});
afterEach(async () => {
  await node[Symbol.asyncDispose]();
});

/** A directory of the host, mounted at a path that the host does not have. */
function volume(name: string, changes: Partial<Mount> = {}): Mount {
  const hostPath = join(node.dataDir, 'volumes', name);
  mkdirSync(hostPath, { recursive: true });
  const containerPath = `${node.dataDir}/in/${name}`;
  return { volumeName: name, hostPath, containerPath, readOnly: false, ...changes };
}

async function outputOf(
  script: string,
  changes: Parameters<Node['create']>[1] = {},
): Promise<readonly string[]> {
  return await node.logs((await node.runToEnd(script, changes)).id);
}

describeWithEngine(['mount-namespaces'], 'volumes', () => {
  it('are seen in their container and nowhere else, at paths that vanish with it', async () => {
    const mount = volume('data');
    writeFileSync(join(mount.hostPath, 'given'), 'hello');
    const inside = join(mount.containerPath, 'given');
    const script = `cat ${inside}; echo bye >${mount.containerPath}/left; sleep 1000`;
    const id = await node.run(script, { mounts: [mount] });
    await until('it has written', () => existsSync(join(mount.hostPath, 'left')));
    expect(existsSync(inside), 'the host does not see the mount').toBe(false);
    expect(existsSync(mount.containerPath), 'it sees what the mount covers').toBe(true);
    await node.runtime.stopContainer(id, 0, never);
    await node.runtime.removeContainer(id, never);
    const [sandbox] = await node.runtime.listSandboxes(never);
    await until('the path is gone', async () => {
      await node.runtime.removeSandbox(sandbox?.id ?? '', never);
      await node.runtime.createSandbox(
        {
          ...{ podUID: 'x', podName: 'x', namespace: 'default', attempt: 0, hostname: 'x' },
          ...{ hostNetwork: false, labels: {}, ports: [] },
        },
        never,
      );
      for (const { id: other } of await node.runtime.listSandboxes(never))
        await node.runtime.removeSandbox(other, never);
      return !existsSync(join(node.dataDir, 'in'));
    });
  });

  it('can be one file, over a file of the host', async () => {
    const mount = volume('file');
    const hostPath = join(mount.hostPath, 'motd');
    writeFileSync(hostPath, 'from the volume\n');
    const mounts = [{ ...mount, hostPath, containerPath: '/etc/passwd' }];
    expect(await outputOf('cat /etc/passwd', { mounts })).toEqual(['from the volume']);
    expect(readFileSync('/etc/passwd', 'utf8')).not.toContain('from the volume');
  });

  it('that are read-only cannot be written', async () => {
    const mount = volume('data', { readOnly: true });
    const [line = ''] = await outputOf(`touch ${mount.containerPath}/x 2>&1`, { mounts: [mount] });
    expect(line).toContain('Read-only file system');
  });

  it('are shared by containers of a pod and kept over restarts', async () => {
    const mounts = [volume('data')];
    const path = join(mounts[0]?.containerPath ?? '', 'log');
    for (const attempt of [0, 1])
      await node.runToEnd(`echo ${attempt} >>${path}`, { podUID: 'p', attempt, mounts });
    const reader = { podUID: 'p', containerName: 'reader', name: 'p_reader_0', mounts };
    expect(await outputOf(`cat ${path}`, reader)).toEqual(['0', '1']);
  });

  it('are there for commands that are run in the container', async () => {
    const mount = volume('data');
    writeFileSync(join(mount.hostPath, 'given'), 'hello');
    const id = await node.run('sleep 1000', { mounts: [mount] });
    const { output } = await node.runtime.exec(
      id,
      ['cat', `${mount.containerPath}/given`],
      { outputBytesMax: 100 },
      never,
    );
    expect(output).toBe('hello');
  });

  it('that are not there fail the creation by name', async () => {
    const mounts = [volume('data', { hostPath: '/no/such' })];
    await expect(node.create('true', { mounts })).rejects.toMatchObject({
      code: 'CREATE_FAILED',
      message: expect.stringContaining('/no/such'),
    });
  });
});

describeWithEngine(['mount-namespaces'], 'last words', () => {
  it('are kept for each instance, of long ones the last 4096 bytes', async () => {
    const terminationMessagePath = '/dev/termination-log';
    const say = (words: string) => `printf '%s' ${words} >${terminationMessagePath}; exit 1`;
    const first = await node.runToEnd(say('first'), { podUID: 'p', terminationMessagePath });
    const second = await node.runToEnd(say('second'), { podUID: 'p', attempt: 1, terminationMessagePath });
    expect([first.message, second.message, (await node.inspect(first.id)).message]).toEqual([
      'first',
      'second',
      'first',
    ]);
    const flood = `{ head -c 9000 /dev/zero | tr '\\0' x; printf 'äy'; } >${terminationMessagePath}`;
    const long = await node.runToEnd(flood, { terminationMessagePath });
    expect(long.message).toBe(`${'x'.repeat(4093)}äy`);
    expect(readFileSync(terminationMessagePath, 'utf8'), 'the host sees an empty file').toBe('');
  });

  it('can be left at any path', async () => {
    const terminationMessagePath = join(node.dataDir, 'deep/down/words');
    const info = await node.runToEnd(`echo here >${terminationMessagePath}`, { terminationMessagePath });
    expect(info.message).toBe('here\n');
  });

  it('can be left by any user', async () => {
    const terminationMessagePath = '/dev/termination-log';
    const { message } = await node.runToEnd(`echo bye >${terminationMessagePath}`, {
      ...{ terminationMessagePath, securityContext: { runAsUser: 1234, runAsGroup: 5678 } },
    });
    expect(message).toBe('bye\n');
  });
});

describeWithEngine(['mount-namespaces'], 'a root that cannot be written', () => {
  it('leaves volumes and the termination log writable', async () => {
    const mount = volume('data');
    const script = `touch /usr/x 2>&1; echo kept >${mount.containerPath}/x; echo bye >/dev/termination-log`;
    const { id, message } = await node.runToEnd(script, {
      ...{ mounts: [mount], terminationMessagePath: '/dev/termination-log' },
      securityContext: { readOnlyRootFilesystem: true },
    });
    expect((await node.logs(id))[0]).toContain('Read-only file system');
    expect(readFileSync(join(mount.hostPath, 'x'), 'utf8')).toBe('kept\n');
    expect(message).toBe('bye\n');
    expect(existsSync('/usr/x')).toBe(false);
  });
});

describeWithEngine(['mount-namespaces'], 'rights', () => {
  const identity = `id -u; id -g; grep -E 'CapBnd|CapEff|NoNewPrivs' /proc/self/status`;
  const table: readonly { name: string; securityContext: SecurityContext; want: readonly RegExp[] }[] = [
    { name: 'a user', securityContext: { runAsUser: 1234 }, want: [/^1234$/, /^0$/] },
    {
      name: 'a user and a group',
      securityContext: { runAsUser: 1234, runAsGroup: 5678 },
      want: [/^1234$/, /^5678$/],
    },
    { name: 'a group', securityContext: { runAsGroup: 5678 }, want: [/^0$/, /^5678$/] },
    {
      name: 'no capability but one',
      securityContext: { capabilities: { drop: ['ALL'], add: ['CHOWN'] } },
      want: [/^0$/, /^0$/, /^CapEff:\s0+1$/, /^CapBnd:\s0+1$/],
    },
    {
      name: 'no escalation',
      securityContext: { allowPrivilegeEscalation: false },
      want: [/./, /./, /./, /./, /^NoNewPrivs:\s1$/],
    },
  ];
  it.each(table)('$name', async ({ securityContext, want }) => {
    const lines = await outputOf(identity, { securityContext });
    for (const [i, pattern] of want.entries()) expect(lines[i]).toMatch(pattern);
  });

  it('are the same for commands that are run in the container', async () => {
    const id = await node.run('sleep 1000', { securityContext: { runAsUser: 1234 } });
    const { output } = await node.runtime.exec(id, ['id', '-u'], { outputBytesMax: 100 }, never);
    expect(output).toBe('1234\n');
  });
});

describeWithEngine(['cgroups'], 'limits', () => {
  const eat = `head -c 100m /dev/zero | tail >/dev/null`;

  it('of memory end a container that exceeds them, as OOMKilled', async () => {
    const resources = { limits: { memory: '32Mi' } };
    const info = await node.runToEnd(
      `exec ${process.execPath} -e 'const a = []; for (;;) a.push(Buffer.alloc(1e6, 1))'`,
      {
        resources,
      },
    );
    expect(info).toMatchObject({ state: 'exited', exitCode: 137, signal: 'SIGKILL', reason: 'OOMKilled' });
  });

  it('of memory leave alone what stays below, and mark who lost a child', async () => {
    expect(
      (await node.runToEnd('true', { resources: { limits: { memory: '64Mi' } } })).reason,
    ).toBeUndefined();
    const info = await node.runToEnd(`${eat}; exit 5`, { resources: { limits: { memory: '16Mi' } } });
    expect(info).toMatchObject({ exitCode: 5, reason: 'OOMKilled' });
  });

  it('announce the want of memory before the end', async () => {
    const seen: string[] = [];
    const abort = new AbortController();
    const reading = (async () => {
      for await (const { type } of node.runtime.events(abort.signal)) seen.push(type);
    })();
    await node.runToEnd(`${eat}; exit 5`, { resources: { limits: { memory: '16Mi' } } });
    abort.abort();
    await reading;
    expect(seen).toEqual(['created', 'started', 'oom', 'exited']);
  });

  it('of CPU slow a container down', async () => {
    const burn = `const end = Date.now() + 300; while (Date.now() < end); const { user, system } = process.cpuUsage(); console.log(user + system)`;
    const { id } = await node.runToEnd(`exec ${process.execPath} -e '${burn}'`, {
      resources: { limits: { cpu: '200m' } },
    });
    const [usedMicros = ''] = await node.logs(id);
    // A fifth of 300 ms, and of the 100 ms or so that Node takes to start.
    expect(Number(usedMicros)).toBeLessThan(250_000);
  });

  it('catch those that leave session and environment behind', async () => {
    const resources = { limits: { memory: '64Mi' } };
    const { id } = await node.runToEnd(`setsid env -i sh -c 'echo $$; exec sleep 1000' & sleep 0.2; exit 0`, {
      resources,
    });
    const [pid = ''] = await node.logs(id);
    await until(
      'it is gone',
      () => !existsSync(`/proc/${pid}/cwd`) || readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z '),
    );
  });
});
