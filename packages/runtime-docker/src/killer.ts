/**
 * Ends commands in containers, for which the engine has no call: by their number on its host, where this process sees and
 * may end them, and otherwise (it is not root, in a container itself, or on another host) by a container that does it.
 */

import { readFileSync } from 'node:fs';
import { type Clock, MooringError, sleep } from '@mooring/core';
import type { Exec } from 'dockerode';
import type { Engine } from './engine.ts';
import type { Images } from './images.ts';
import { killProgram, noSuchProcess } from './kill-program.ts';
import { labelNames } from './records.ts';
import { removeContainer } from './sandboxes.ts';
import { tarOf } from './tar.ts';

export interface KillerOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly images: Images;
}

const never = new AbortController().signal;
/** How long the engine is asked which process a command is. */
const settleMs = 5_000;
const pollMs = 20;

export class Killer {
  private readonly options: KillerOptions;

  constructor(options: KillerOptions) {
    this.options = options;
  }

  /** The command, with all of its session. Resolves when it has been told to end, or has ended. */
  async end(exec: Exec): Promise<void> {
    const { engine, clock } = this.options;
    const endMs = clock.monotonicMs() + settleMs;
    while (clock.monotonicMs() < endMs) {
      const { Running, Pid, ExitCode, ContainerID } = await engine.call(
        'looking for a command',
        never,
        (_, abortSignal) => exec.inspect({ abortSignal }),
      );
      if (ExitCode !== null && !Running) return;
      if (Running && Pid > 0) {
        if (!engine.isLocal || !isSeenHere(Pid, ContainerID) || !killHere(Pid)) await this.killThere(Pid);
        return;
      }
      await sleep(clock, pollMs);
    }
  }

  private async killThere(pid: number): Promise<void> {
    const { engine, images } = this.options;
    const what = `ending process ${pid}`;
    const { Arch } = await engine.call(what, never, (docker) => docker.version());
    const program = killProgram(Arch, pid);
    if (program === undefined)
      throw new MooringError('RUNTIME_UNSUPPORTED', `there is no program on ${Arch} that could end it`);
    const image = await images.ensurePause(never);
    const { id } = await engine.call(what, never, (docker, abortSignal) =>
      docker.createContainer({ ...requestOf(image), abortSignal }),
    );
    try {
      await engine.call(what, never, (docker, abortSignal) =>
        docker.getContainer(id).putArchive(tarOf('kill', program, 0o755), { path: '/', abortSignal }),
      );
      await engine.call(what, never, (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }));
      const { StatusCode } = await engine.call(what, never, (docker, abortSignal) =>
        docker.getContainer(id).wait({ abortSignal }),
      );
      if (StatusCode !== 0 && StatusCode !== noSuchProcess)
        throw new MooringError('EXEC_FAILED', `process ${pid} was not ended: error ${StatusCode}`);
    } finally {
      await removeContainer(this.options, id, { force: true }, never);
    }
  }
}

function requestOf(image: string) {
  return {
    ...{ Image: image, Entrypoint: ['/kill'], User: '0' },
    Labels: { [labelNames.kind]: 'killer' },
    HostConfig: {
      ...{
        PidMode: 'host',
        UsernsMode: 'host',
        NetworkMode: 'none',
        LogConfig: { Type: 'none', Config: {} },
      },
      ...{ CapDrop: ['ALL'], CapAdd: ['KILL'], SecurityOpt: ['no-new-privileges'] },
    },
  };
}

/** Numbers of processes mean others in a container, and on another host. */
function isSeenHere(pid: number, containerID: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(containerID);
  } catch {
    // There is none of this number here, or it is hidden.
    return false;
  }
}

function killHere(pid: number): boolean {
  try {
    process.kill(-pid, 'SIGKILL');
    return true;
  } catch {
    // It has ended, or is not ours to end: the engine finds out.
    return false;
  }
}
