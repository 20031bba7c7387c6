/**
 * A podman service that belongs to one test file, as root: with images, containers, settings and mounts of its own. Pods get
 * their addresses from the usual bridge of podman.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../../../test/support/engines.ts';
import { removeFolder } from '../../../../test/support/remove-folder.ts';
import { until } from '../../../../test/support/runtime-node.ts';
import { docker } from './images.ts';

export class Podman implements AsyncDisposable {
  readonly socket: string;
  private readonly dir: string;
  private readonly service: ChildProcess;

  private constructor(dir: string, insecureRegistries: readonly string[]) {
    this.dir = dir;
    this.socket = join(dir, 'p.sock');
    for (const folder of ['root', 'run', 'tmp']) mkdirSync(join(dir, folder));
    writeFileSync(join(dir, 'containers.conf'), settings());
    writeFileSync(
      join(dir, 'registries.conf'),
      insecureRegistries
        .map((location) => `[[registry]]\nlocation = "${location}"\ninsecure = true\n`)
        .join(''),
    );
    const flags = ['--root', join(dir, 'root'), '--runroot', join(dir, 'run'), '--tmpdir', join(dir, 'tmp')];
    const serve = ['podman', ...flags, 'system', 'service', '--time=0', `unix://${this.socket}`];
    // Its locks are in shared memory, for all of a host: these are its own.
    const script = 'mount -t tmpfs tmpfs /dev/shm && exec "$@"';
    const inside = ['--mount', '--propagation', 'private', '--', '/bin/sh', '-c', script, 'sh', ...serve];
    const log = openSync(join(dir, 'log'), 'a');
    const env = {
      ...process.env,
      CONTAINERS_CONF: join(dir, 'containers.conf'),
      CONTAINERS_REGISTRIES_CONF: join(dir, 'registries.conf'),
    };
    // Its helpers leave files where it was started.
    this.service = spawn('unshare', inside, { cwd: dir, stdio: ['ignore', log, log], env });
  }

  /** Rejects, with its log, when it does not come up. */
  static async open(insecureRegistries: readonly string[]): Promise<Podman> {
    // Short, for the paths of sockets have a limit.
    const podman = new Podman(mkdtempSync('/tmp/mpm-'), insecureRegistries);
    const { service, socket, dir } = podman;
    await until('podman listens', () => existsSync(socket) || service.exitCode !== null);
    if (service.exitCode !== null) throw new Error(readFileSync(join(dir, 'log'), 'utf8').slice(-2_000));
    return podman;
  }

  /** With all of its containers. */
  async [Symbol.asyncDispose](): Promise<void> {
    const left = docker('ps', '--all', '--quiet').split('\n').filter(Boolean);
    if (left.length > 0) docker('rm', '--force', ...left);
    this.service.kill('SIGTERM');
    if (this.service.exitCode === null && this.service.signalCode === null) await once(this.service, 'exit');
    removeFolder(this.dir);
  }
}

/** Its own limits are beyond those of a sandbox; the program that buries the dead of a pod may be Docker's. */
function settings(): string {
  const init = findProgram('docker-init');
  return [
    '[containers]',
    'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]',
    '[engine]',
    'events_logger = "file"',
    // Seconds that what has kept an eye on a command lives on: five minutes without this.
    'exit_command_delay = 20',
    ...(init === undefined ? [] : [`init_path = "${init}"`]),
    '',
  ].join('\n');
}
