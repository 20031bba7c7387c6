/** Containers outlive their agent, and their supervisor. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootIdentity } from '@mooring/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { never, until } from '../../../test/support/runtime-node.ts';
import { isAlive, Node } from './support/runtime.ts';

const untilTerm = 'trap "exit 0" TERM; while :; do sleep 0.02; done';

let node: Node;
beforeEach(async () => {
  node = await Node.open();
});
afterEach(async () => {
  await node[Symbol.asyncDispose]();
});

/** Starts containers from another process and kills that process. */
async function startAndKillAgent(...scripts: readonly string[]): Promise<readonly string[]> {
  await node.close();
  const agent = startAgent(node.dataDir, ...scripts);
  const ids = JSON.parse(await firstLine(agent));
  agent.kill('SIGKILL');
  await once(agent, 'exit');
  return ids;
}

function startAgent(place: string, ...scripts: readonly string[]) {
  return spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--conditions=@mooring/source',
      fileURLToPath(new URL('./support/agent.ts', import.meta.url)),
      place,
      ...scripts,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
}

function firstLine({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stdout?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
    stdout?.once('close', () => reject(new Error('the agent ended')));
  });
}

function supervisorPid(): number {
  return JSON.parse(readFileSync(join(node.dataDir, 'runtime/supervisor.json'), 'utf8')).pid;
}

describe('an agent that was killed', () => {
  it('finds what runs, and hears of its end at once', async () => {
    const [id = ''] = await startAndKillAgent(untilTerm);
    await node.reopen();
    const [info] = await node.runtime.listContainers({ app: 'web' }, never);
    expect(info).toMatchObject({ id, state: 'running', attempt: 0 });
    const pid = info?.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    expect(await node.untilExited(id)).toMatchObject({ exitCode: 137, signal: 'SIGKILL' });
  });

  it('knows the exit codes of those that ended while there was no agent', async () => {
    const marker = join(node.dataDir, 'may-end');
    const [id = ''] = await startAndKillAgent(
      `while [ ! -e ${marker} ]; do sleep 0.02; done; echo bye; exit 42`,
    );
    writeFileSync(marker, '');
    await until('the exit is on record', () =>
      existsSync(join(node.dataDir, 'runtime/containers', id, 'exit.json')),
    );
    await node.reopen();
    const info = await node.inspect(id);
    expect(info).toMatchObject({ state: 'exited', exitCode: 42 });
    expect(info.reason).toBeUndefined();
    expect(await node.logs(id)).toEqual(['bye']);
  });

  it('leaves no supervisor behind that has nothing to do', async () => {
    const marker = join(node.dataDir, 'may-end');
    await startAndKillAgent(`while [ ! -e ${marker} ]; do sleep 0.02; done`);
    const pid = supervisorPid();
    expect(isAlive(pid)).toBe(true);
    writeFileSync(marker, '');
    await until('the supervisor ends', () => !isAlive(pid));
  });

  it('keeps addresses: the pod has its own, the next pod gets another', async () => {
    await startAndKillAgent(untilTerm);
    await node.reopen();
    const [first] = await node.runtime.listSandboxes(never);
    const id = await node.create('true');
    const sandboxes = await node.runtime.listSandboxes(never);
    expect(sandboxes).toHaveLength(2);
    expect(new Set(sandboxes.map(({ ip }) => ip)).size).toBe(2);
    expect(sandboxes).toContainEqual(first);
    expect((await node.inspect(id)).state).toBe('created');
  });
});

describe('an agent whose directory goes with it', () => {
  const marked = (words: string) => `${words}; while :; do sleep 0.02; done`;

  it.each([
    { name: 'that was killed', killsSupervisor: false },
    { name: 'that was killed after its supervisor had been', killsSupervisor: true },
  ])('$name leaves no process behind, and no directory', async ({ killsSupervisor }) => {
    const dataDir = join(node.dataDir, 'cluster/nodes/n');
    const agent = startAgent(`ephemeral:${dataDir}`, marked(`trap '' TERM; setsid sleep 1234 & echo hi`));
    const [id = ''] = JSON.parse(await firstLine(agent));
    const record = join(dataDir, 'runtime/containers', id, 'process.json');
    const { pid } = JSON.parse(readFileSync(record, 'utf8'));
    const recordOfSupervisor = join(dataDir, 'runtime/supervisor.json');
    const pidOfSupervisor = () => JSON.parse(readFileSync(recordOfSupervisor, 'utf8')).pid;
    let supervisor = pidOfSupervisor();
    let children: readonly number[] = [];
    await until('its child has left the session', () => {
      children = marks(id).filter((child) => child !== pid);
      return children.length > 1;
    });
    if (killsSupervisor) {
      const former = supervisor;
      process.kill(former, 'SIGKILL');
      await until('there is another supervisor', () => pidOfSupervisor() !== former);
      supervisor = pidOfSupervisor();
      // It takes up the containers a moment after it listens.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    await until('the supervisor ends', () => !isAlive(supervisor));
    expect(isAlive(pid)).toBe(false);
    expect(marks(id)).toEqual([]);
    expect(existsSync(join(node.dataDir, 'cluster'))).toBe(false);
  });
});

/** All that run with the mark of the container. */
function marks(id: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const isMarked = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(
          `MOORING_CONTAINER_ID=${id}`,
        );
        return isMarked && isAlive(pid);
      } catch {
        return false;
      }
    });
}

describe('a supervisor that was killed', () => {
  async function killSupervisor(): Promise<void> {
    const pid = supervisorPid();
    process.kill(pid, 'SIGKILL');
    await until(
      'it is noticed',
      async () => !(await node.runtime.status(never)).ready || supervisorPid() !== pid,
    );
  }

  it('leaves ends to the agent, which knows them even where the disk has no room for them', async () => {
    const id = await node.run(untilTerm);
    const { pid = 0 } = await node.inspect(id);
    await killSupervisor();
    // Nothing can be written at the name under which it is first.
    mkdirSync(join(node.dataDir, 'runtime/containers', id, 'exit.json.new'));
    process.kill(pid, 'SIGKILL');
    expect(await node.untilExited(id)).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' });
  });

  it('takes nobody along; another one goes on with the log', async () => {
    const id = await node.run('i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done');
    await node.untilPrinted(id, '1');
    await killSupervisor();
    await until('the runtime is ready again', async () => (await node.runtime.status(never)).ready);
    expect((await node.inspect(id)).state).toBe('running');
    const before = (await node.logs(id)).length;
    await until('the log goes on', async () => (await node.logs(id)).length > before + 3);
    const numbers = (await node.logs(id)).map(Number);
    expect(numbers, 'no line is lost').toEqual(numbers.map((_, i) => i + 1));
  });

  it('costs the exit code of what ends afterwards, and says so', async () => {
    const marker = join(node.dataDir, 'may-end');
    const id = await node.run(`while [ ! -e ${marker} ]; do sleep 0.02; done; exit 42`);
    await killSupervisor();
    writeFileSync(marker, '');
    expect(await node.untilExited(id)).toMatchObject({
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The process ended while nothing watched it; its exit code is not known',
    });
  });

  it('leaves containers that can be stopped, by us and so with a known end', async () => {
    const stubborn = await node.run('trap "" TERM; while :; do sleep 0.02; done');
    await killSupervisor();
    await node.runtime.stopContainer(stubborn, 50, never);
    expect(await node.inspect(stubborn)).toMatchObject({ state: 'exited', exitCode: 137, signal: 'SIGKILL' });
  });

  it('is replaced at once when something is to be started', async () => {
    await node.run('true');
    await killSupervisor();
    expect((await node.runToEnd('exit 3')).exitCode).toBe(3);
  });
});

describe('a disk that is full', () => {
  it('takes neither output nor words of the supervisor, which watches over the container none the less', async () => {
    await using full = await Node.open((dataDir) => {
      mkdirSync(join(dataDir, 'runtime'), { mode: 0o700 });
      symlinkSync('/dev/full', join(dataDir, 'runtime/supervisor.log'));
      return {};
    });
    // One word is forgiven, so there are several.
    for (const exitCode of [7, 8, 9]) {
      const id = await full.create(`echo lost; sleep 0.2; exit ${exitCode}`);
      const log = join(full.dataDir, 'runtime/containers', id, 'output.log');
      rmSync(log, { force: true });
      symlinkSync('/dev/full', log);
      await full.runtime.startContainer(id, never);
      expect(await full.untilExited(id)).toMatchObject({ exitCode });
    }
  });
});

describe('what the disk says is not trusted blindly', () => {
  /** A supervisor would know better than the disk. */
  const rewrite = async (id: string, change: object) => {
    const supervisor = supervisorPid();
    await node.close();
    process.kill(supervisor, 'SIGKILL');
    await until('the supervisor is gone', () => !isAlive(supervisor));
    const path = join(node.dataDir, 'runtime/containers', id, 'process.json');
    const record = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...record, ...change }));
    return record.pid;
  };

  it('does not take another process with the same pid for a container', async () => {
    const id = await node.run(untilTerm);
    const pid = await rewrite(id, { pid: process.pid });
    await node.reopen();
    expect(await node.inspect(id)).toMatchObject({ state: 'exited', reason: 'ContainerStatusUnknown' });
    process.kill(pid, 'SIGKILL');
  });

  it('knows that nothing runs on after a restart of the host', async () => {
    const id = await node.run(untilTerm);
    const pid = await rewrite(id, { boot: `another ${bootIdentity()}` });
    await node.reopen();
    expect(await node.inspect(id)).toMatchObject({
      exitCode: 137,
      message: 'The node was restarted while the container was running',
    });
    process.kill(pid, 'SIGKILL');
  });

  it('throws away what was cut off in the middle of its creation', async () => {
    await node.run('true');
    await node.close();
    const rubble = join(node.dataDir, 'runtime/containers/rubble');
    writeFileSync(rubble, 'not even a directory');
    await node.reopen();
    expect(existsSync(rubble)).toBe(false);
    expect(await node.runtime.listContainers({}, never)).toHaveLength(1);
  });
});

describe('two agents', () => {
  it('cannot share a data directory, and the second is told who has it', async () => {
    const second = Node.over(node.dataDir);
    await expect(second).rejects.toMatchObject({
      code: 'NODE_NAME_TAKEN',
      message: expect.stringContaining(`the agent of node "test-node" in process ${process.pid}`),
    });
  });

  it('that run the same pod leave the processes of the other alone', async () => {
    await using other = await Node.open();
    const [mine, theirs] = await Promise.all([node.run(untilTerm), other.run(untilTerm)]);
    expect(theirs).not.toBe(mine);
    await node.runtime.stopContainer(mine, 0, never);
    await node.runtime.removeContainer(mine, never);
    const { pid = 0, state } = await other.inspect(theirs);
    expect(state).toBe('running');
    expect(isAlive(pid)).toBe(true);
  });

  it('give different addresses to their pods', async () => {
    await using other = await Node.open();
    await Promise.all([node.create('true'), other.create('true')]);
    const [one] = await node.runtime.listSandboxes(never);
    const [two] = await other.runtime.listSandboxes(never);
    expect(one?.ip).toMatch(/^127\./);
    expect(two?.ip).not.toBe(one?.ip);
  });
});
