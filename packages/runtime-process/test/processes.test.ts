/** Containers as processes: what they are given, and that nothing is left of them. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeEvent } from '@mooring/core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { never, until } from '../../../test/support/runtime-node.ts';
import { isAlive, Node } from './support/runtime.ts';

const untilTerm = 'trap "exit 0" TERM; while :; do sleep 0.02; done';

let node: Node;
beforeEach(async () => {
  node = await Node.open({
    images: {
      sh: ['/bin/sh', '-c'],
      busybox: [],
      node: {
        argv: [process.execPath],
        env: { COLOUR: 'blue', SHADE: 'dark' },
        workingDir: '/usr',
        stopSignal: 'USR1',
      },
    },
  });
});
afterEach(async () => {
  await node[Symbol.asyncDispose]();
});
afterAll(() => {
  expect(childrenOf(process.pid), 'neither a child nor a zombie').toEqual([]);
});

function childrenOf(pid: number): readonly string[] {
  return execFileSync('ps', ['-o', 'pid=,stat=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('ps -o') && !line.includes('esbuild'));
}

function commandLineOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
}

/** Pids of processes with this text in their command line. */
function pidsNamed(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return commandLineOf(pid).includes(text);
      } catch {
        return false;
      }
    });
}

/** Resolves when their parent has seen that they are gone. One may end by itself, as its own parent was killed. */
async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  await until('the killed are reaped', () => !pids.some((pid) => existsSync(`/proc/${pid}`)));
}

describe('a container is given', () => {
  it('an address and a name of its own, so that two can listen on one port', async () => {
    const server = `require('http').createServer((q, s) => s.end(process.env.HOSTNAME)).listen(8080, process.env.POD_IP)`;
    const program = { image: 'node', args: ['-e', server] };
    for (const podUID of ['web-1', 'web-2']) await node.run('', { ...program, podUID });
    for (const { podUID, ip } of await node.runtime.listSandboxes(never)) {
      await until(`${podUID} answers`, async () => {
        try {
          return (await (await fetch(`http://${ip}:8080`)).text()) === podUID;
        } catch {
          return false;
        }
      });
    }
  });

  it('the environment of its image, over which goes its own', async () => {
    const print = `console.log([process.env.COLOUR, process.env.SHADE, process.env.VITEST].join())`;
    const { id } = await node.runToEnd('', {
      image: 'node',
      args: ['-e', print],
      env: [{ name: 'SHADE', value: 'light' }],
    });
    expect(await node.logs(id), 'nothing of the agent leaks in').toEqual(['blue,light,']);
  });

  it('the directory of its image, or the one it asks for', async () => {
    const print = { image: 'node', args: ['-p', 'process.cwd()'] };
    expect(await node.logs((await node.runToEnd('', print)).id)).toEqual(['/usr']);
    expect(await node.logs((await node.runToEnd('', { ...print, workingDir: '/etc' })).id)).toEqual(['/etc']);
  });

  it('the stop signal of its image, or the one it asks for', async () => {
    const wait = (signal: string) =>
      `process.on('${signal}', () => process.exit(7)); console.log('up'); setInterval(() => {}, 1e6)`;
    for (const [signal, changes] of [
      ['SIGUSR1', {}],
      ['SIGINT', { stopSignal: 'SIGINT' }],
    ] as const) {
      const id = await node.run('', { image: 'node', args: ['-e', wait(signal)], ...changes });
      await node.untilPrinted(id, 'up');
      await node.runtime.stopContainer(id, 10_000, never);
      expect((await node.inspect(id)).exitCode).toBe(7);
    }
  });

  it('standard input that is empty, and outputs that can be opened again', async () => {
    const { id } = await node.runToEnd('cat; echo one >/dev/stdout; echo two >/dev/stderr; echo three');
    const lines: string[] = [];
    for await (const { stream, text } of node.runtime.logs(id, {}, never)) lines.push(`${stream} ${text}`);
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual(['stdout one', 'stdout three']);
    expect(lines).toContain('stderr two');
  });

  it('its own session, and the same process from start to end', async () => {
    const id = await node.run('echo $$; exec sleep 1000');
    await until('it prints', async () => (await node.logs(id)).length === 1);
    const { pid = 0 } = await node.inspect(id);
    expect(await node.logs(id)).toEqual([String(pid)]);
    await until('it is the program', () => commandLineOf(pid) === 'sleep 1000');
    expect(
      execFileSync('ps', ['-o', 'sid=,pgid=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .split(/\s+/),
    ).toEqual([String(pid), String(pid)]);
  });
});

describe('the next instance', () => {
  it('is prepared ahead, unseen by who looks for the program, and is as fresh as the first', async () => {
    const marker = `mooring-marker-${process.pid}`;
    const script = `: ${marker}; echo $POD_IP $MOORING_CONTAINER_ID; exec sleep 1000`;
    const first = await node.run(script, { podUID: 'pod' });
    await until('it prints', async () => (await node.logs(first)).length === 1);
    await until('a shell waits', () => pidsNamed(join(node.dataDir, 'runtime/launches')).length >= 3);
    expect(pidsNamed(marker).length, 'the program runs once').toBeLessThanOrEqual(1);
    process.kill((await node.inspect(first)).pid ?? 0, 'SIGKILL');
    await node.untilExited(first);
    const second = await node.run(script, { podUID: 'pod', attempt: 1 });
    await until('it prints', async () => (await node.logs(second)).length === 1);
    const [[ip, firstID] = [], [sameIP, secondID] = []] = [
      await node.logs(first),
      await node.logs(second),
    ].map(([line = '']) => line.split(' '));
    expect(sameIP).toBe(ip);
    expect([firstID, secondID]).toEqual([first, second]);
  });

  it('is not the prepared one when it is to be another', async () => {
    const first = await node.run('exec sleep 1000', { podUID: 'pod', env: [{ name: 'N', value: '1' }] });
    await until('a shell waits', () => pidsNamed(join(node.dataDir, 'runtime/launches')).length >= 3);
    await node.runtime.stopContainer(first, 0, never);
    const { id } = await node.runToEnd('echo $N', {
      podUID: 'pod',
      attempt: 1,
      env: [{ name: 'N', value: '2' }],
    });
    expect(await node.logs(id)).toEqual(['2']);
  });

  it('is started as well when somebody killed the one that was prepared', async () => {
    const id = await node.run('exec sleep 1000', { podUID: 'pod' });
    const launches = join(node.dataDir, 'runtime/launches');
    await until('a shell waits', () => pidsNamed(launches).length >= 3);
    await killAll(pidsNamed(launches));
    await node.runtime.stopContainer(id, 0, never);
    expect((await node.runToEnd('exit 3', { podUID: 'pod', attempt: 1 })).exitCode).toBe(3);
  });
});

describe('a container that is created', () => {
  const waiting = () => pidsNamed(join(node.dataDir, 'runtime/launches'));

  it('is started as well when somebody killed what was prepared for it', async () => {
    const id = await node.create('exit 3');
    await until('a shell waits', () => waiting().length >= 3);
    await killAll(waiting());
    await node.runtime.startContainer(id, never);
    expect((await node.untilExited(id)).exitCode).toBe(3);
  });

  it('and never started leaves nothing when it is removed', async () => {
    const id = await node.create('exec sleep 1000');
    await until('a shell waits for it', () => waiting().length >= 3);
    await node.runtime.removeContainer(id, never);
    await until('only idle ones wait', () => waiting().length === 2);
  });

  it('by an agent that went away is started by the next one', async () => {
    const id = await node.create('exit 3');
    await node.reopen();
    await node.runtime.startContainer(id, never);
    expect((await node.untilExited(id)).exitCode).toBe(3);
  });
});

describe('nothing is left', () => {
  it('of the children of a container that ends by itself', async () => {
    const { id } = await node.runToEnd('sleep 1000 & echo $!; exit 1');
    const [child = ''] = await node.logs(id);
    await until('the child is gone', () => !isAlive(Number(child)));
  });

  it('of a container that was stopped, also of those that left its session', async () => {
    const id = await node.run(`setsid sh -c 'echo $$; exec sleep 1000' & ${untilTerm}`);
    await until('it prints', async () => (await node.logs(id)).length === 1);
    const [escaped = ''] = await node.logs(id);
    expect(isAlive(Number(escaped))).toBe(true);
    await node.runtime.stopContainer(id, 10_000, never);
    expect(isAlive(Number(escaped)), 'the stop resolves when all are gone').toBe(false);
    expect((await node.inspect(id)).exitCode).toBe(0);
  });

  it('of one that crashed and let others leave its session, a moment later', async () => {
    const { id } = await node.runToEnd(`setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.1; exit 1`);
    const [escaped = ''] = await node.logs(id);
    await until('it is gone', () => !isAlive(Number(escaped)));
  });

  it('of the runtime when no container runs: no process, no lock, no mount point', async () => {
    await node.runToEnd('true');
    const supervisor = JSON.parse(readFileSync(join(node.dataDir, 'runtime/supervisor.json'), 'utf8')).pid;
    await node.close();
    expect(isAlive(supervisor)).toBe(false);
    await until('no shell waits', () => pidsNamed(node.dataDir).length === 0);
    expect(readdirSync(join(node.dataDir, 'runtime'))).not.toContain('lock');
  });

  it('of a container on disk once it is removed', async () => {
    const { id } = await node.runToEnd('echo hello');
    await node.runtime.removeContainer(id, never);
    const containers = readdirSync(join(node.dataDir, 'runtime/containers'));
    // The directory that waits for the next container belongs to none.
    expect(containers.filter((name) => !name.startsWith('ready-'))).toEqual([]);
    expect(() => node.runtime.logs(id, {}, never)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});

describe('a command that takes too long', () => {
  it('is killed with what left its session, and nothing else of the container is', async () => {
    const id = await node.run('exec sleep 1000');
    const file = join(node.dataDir, 'left');
    const controller = new AbortController();
    const command = ['/bin/sh', '-c', `setsid sh -c 'echo $$ >${file}; exec sleep 1000' & sleep 1000`];
    const outcome = node.runtime.exec(id, command, { outputBytesMax: 100 }, controller.signal);
    const refused = expect(outcome).rejects.toThrow('too long');
    let left = 0;
    await until('it has started another', () => {
      left = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
      return left > 0;
    });
    controller.abort(new Error('too long'));
    await refused;
    await until('what it started is gone', () => !isAlive(left));
    expect((await node.inspect(id)).state).toBe('running');
  });
});

describe('only the leader gets the stop signal', () => {
  it('and tells its children itself', async () => {
    const child = 'trap "echo child heard" TERM; while :; do sleep 0.02; done';
    const id = await node.run(
      `sh -c '${child}' & trap "sleep 0.2; exit 0" TERM; echo up; while :; do sleep 0.02; done`,
    );
    await node.untilPrinted(id, 'up');
    await node.runtime.stopContainer(id, 10_000, never);
    expect(await node.logs(id)).toEqual(['up']);
  });
});

describe('a start that fails says why', () => {
  const table = [
    {
      name: 'no program',
      changes: { command: ['no-such-program'] },
      want: 'failed to start: exec: "no-such-program": executable file not found in $PATH',
    },
    {
      name: 'no such path',
      changes: { command: ['/no/such'] },
      want: 'failed to start: exec: "/no/such": stat /no/such: no such file or directory',
    },
    {
      name: 'no right to run it',
      changes: { command: ['/etc/passwd'] },
      want: 'failed to start: exec: "/etc/passwd": permission denied',
    },
    {
      name: 'no working directory',
      changes: { command: ['true'], workingDir: '/no/such' },
      want: 'failed to start: working directory "/no/such" cannot be entered',
    },
  ];
  it.each(table)('$name', async ({ changes, want }) => {
    const id = await node.create('', { image: 'busybox', args: [], ...changes });
    await expect(node.runtime.startContainer(id, never)).rejects.toMatchObject({
      code: 'START_FAILED',
      message: want,
    });
    expect(await node.inspect(id)).toMatchObject({
      state: 'exited',
      exitCode: 128,
      reason: 'StartError',
      message: want,
    });
  });

  it('nothing runs of what could not be written down, as on a full disk', async () => {
    const mark = `unwritten-${process.pid}`;
    const id = await node.create(`: ${mark}; sleep 600; :`);
    mkdirSync(join(node.dataDir, 'runtime/containers', id, 'process.json.new'));
    await expect(node.runtime.startContainer(id, never)).rejects.toMatchObject({ code: 'START_FAILED' });
    expect(await node.inspect(id)).toMatchObject({ state: 'exited', reason: 'StartError' });
    await until('its end', () => pidsNamed(mark).length === 0);
  });

  it('a creation without a command, with a signal that is none, or with a NUL is refused', async () => {
    const failed = (message: string) => expect.objectContaining({ code: 'CREATE_FAILED', message });
    await expect(node.create('', { image: 'busybox', args: [] })).rejects.toEqual(
      failed('no command specified'),
    );
    await expect(node.create('true', { stopSignal: 'SIGNONSENSE' })).rejects.toEqual(
      failed('stop signal "SIGNONSENSE" is unknown'),
    );
    await expect(node.create('a\0b')).rejects.toEqual(
      failed('neither command nor environment may contain a NUL character'),
    );
    await expect(node.create('true', { sandboxID: 'none' })).rejects.toEqual(
      failed('sandbox "none" does not exist'),
    );
    expect(await node.runtime.listContainers({}, never)).toEqual([]);
  });
});

describe('events', () => {
  it('come in the order of life, however short it is', async () => {
    const seen: RuntimeEvent['type'][] = [];
    const abort = new AbortController();
    const reading = (async () => {
      for await (const { type } of node.runtime.events(abort.signal)) seen.push(type);
    })();
    for (let i = 0; i < 5; i += 1) {
      const { id } = await node.runToEnd('true', { podUID: `pod-${i}` });
      await node.runtime.removeContainer(id, never);
    }
    abort.abort();
    await reading;
    expect(seen).toEqual(Array(5).fill(['created', 'started', 'exited', 'removed']).flat());
  });
});

describe('a working directory with any name', () => {
  it('is entered as it is', async () => {
    const workingDir = join(node.dataDir, `it's a "dir"`);
    mkdirSync(workingDir);
    writeFileSync(join(workingDir, 'found'), '');
    const { id } = await node.runToEnd('ls', { workingDir });
    expect(await node.logs(id)).toEqual(['found']);
  });
});
