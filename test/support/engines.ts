/**
 * What some tests need from the machine. A missing engine skips them, with the reason and the command that brings it; where
 * `MOORING_REQUIRE` (a comma list) names the engine, they fail instead, so that a build cannot go green by skipping.
 */

import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it, type TestContext } from 'vitest';
import { machineProblem } from './systemd-machine.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Why a suite did not run; printed by `npm test`. */
    skipReason?: string;
  }
}

export const engineNames = [
  'nats-server',
  'nats-cluster',
  'nats-2.10',
  'kubectl',
  'kubectl-current',
  'docker',
  'dockerd',
  'podman',
  'busybox',
  'cgroups',
  'mount-namespaces',
  'systemd',
  'systemd-machine',
  'zsh',
  'fish',
  'patience',
] as const;
export type EngineName = (typeof engineNames)[number];

export interface EngineState {
  readonly available: boolean;
  /** What is there, or why it is not. */
  readonly reason: string;
}

/** A suite that needs engines. When one is missing its tests are skipped, or one test fails in their place. */
export function describeWithEngine(needs: readonly EngineName[], title: string, suite: () => void): void {
  const lack = missing(needs);
  if (lack === undefined) describe(title, suite);
  else if (!lack.isRequired) describe.skip(title, { meta: { skipReason: lack.message } }, suite);
  else
    describe(title, () => {
      it('has the engines that it needs', () => {
        throw new Error(lack.message);
      });
    });
}

/** For the first line of a single test: skips it when an engine is missing, or throws when that engine is required. */
export function requireEngine(context: TestContext, ...needs: readonly EngineName[]): void {
  const lack = missing(needs);
  if (lack === undefined) return;
  if (lack.isRequired) throw new Error(lack.message);
  context.skip(lack.message);
}

/** Asked once a process: an engine does not come or go during a test run. */
export function engine(name: EngineName): EngineState {
  let state = states.get(name);
  if (state === undefined) {
    state = detectors[name]();
    states.set(name, state);
  }
  return state;
}

/** The path of a program; the folders for administrators count, though they are not in everybody's `PATH`. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** A `nats-server` that keeps several copies safely; `npm run engines` puts it beside that of the system. */
export function replicatedNatsServer(): string {
  return ownProgram('nats-server-replicated');
}

/** The `nats-server` of Debian 13, whose copies are safe as long as no server ends. */
export function oldNatsServer(): string {
  return ownProgram('nats-server-2.10');
}

/** That of Debian 12, of version 1.20. */
export function oldKubectl(): string {
  return ownProgram('kubectl-1.20');
}

/** Of version 1.35. */
export function currentKubectl(): string {
  return ownProgram('kubectl-1.35');
}

function ownProgram(name: string): string {
  return join(process.env['MOORING_ENGINES_DIR'] ?? '/var/lib/mooring-engines', name);
}

/** The socket of the container engine: that of `DOCKER_HOST`, if it is a local one, or the usual place. */
export function dockerSocket(): string {
  const host = process.env['DOCKER_HOST'] ?? '';
  return host.startsWith('unix://') ? host.slice('unix://'.length) : '/var/run/docker.sock';
}

interface Lack {
  readonly message: string;
  readonly isRequired: boolean;
}

function missing(needs: readonly EngineName[]): Lack | undefined {
  const lacking = needs.filter((name) => !engine(name).available);
  if (lacking.length === 0) return undefined;
  const required = requiredEngines();
  const causes = lacking.map((name) => `needs ${name}: ${engine(name).reason}`);
  const isBrought = lacking.some((name) => !leftToOthers.includes(name));
  return {
    message: `${causes.join('; ')}${isBrought ? '; bring it with: npm run engines' : ''}`,
    isRequired: lacking.some((name) => required.has(name)),
  };
}

/** Not brought by `npm run engines`: packages of the system (`podman`, `systemd`, `zsh`, `fish`), or a wish. */
const leftToOthers: readonly EngineName[] = [
  'podman',
  'systemd',
  'systemd-machine',
  'zsh',
  'fish',
  'patience',
];

/** Throws on a name that no engine has: a typo would require nothing. */
function requiredEngines(): ReadonlySet<string> {
  const names = (process.env['MOORING_REQUIRE'] ?? '').split(',').map((name) => name.trim());
  const known: readonly string[] = engineNames;
  const required = names.filter((name) => name !== '');
  const unknown = required.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`MOORING_REQUIRE: no engine "${unknown.join('", "')}"; there are: ${known.join(', ')}`);
  return new Set(required);
}

const states = new Map<EngineName, EngineState>();

const detectors: Readonly<Record<EngineName, () => EngineState>> = {
  'nats-server': () => program('nats-server', '--version'),
  'nats-cluster': () => programAt(replicatedNatsServer()),
  'nats-2.10': () => programAt(oldNatsServer()),
  kubectl: () => programAt(oldKubectl(), 'version', '--client'),
  'kubectl-current': () => programAt(currentKubectl(), 'version', '--client'),
  busybox: () => program('busybox', 'true'),
  docker: detectDocker,
  dockerd: detectDockerd,
  podman: detectPodman,
  cgroups: detectCgroups,
  'mount-namespaces': detectMountNamespaces,
  systemd: detectSystemd,
  'systemd-machine': detectSystemdMachine,
  zsh: () => program('zsh', '--version'),
  fish: () => program('fish', '--version'),
  patience: detectPatience,
};

function program(name: string, ...args: readonly string[]): EngineState {
  const path = findProgram(name);
  if (path === undefined) return { available: false, reason: `no ${name} in PATH` };
  const problem = runProblem(path, ...args);
  return problem === undefined ? { available: true, reason: path } : { available: false, reason: problem };
}

function programAt(path: string, ...args: readonly string[]): EngineState {
  if (!isExecutable(path)) return { available: false, reason: `no ${path}` };
  const problem = runProblem(path, ...(args.length > 0 ? args : ['--version']));
  return problem === undefined ? { available: true, reason: path } : { available: false, reason: problem };
}

/** Can a test start an engine of its own, with mounts and a network of its own? */
function detectDockerd(): EngineState {
  const namespaces = detectMountNamespaces();
  return namespaces.available ? program('dockerd', '--version') : namespaces;
}

/** No program: for tests that wait for long deadlines, one after the other. */
function detectPatience(): EngineState {
  if (requiredEngines().has('patience')) return { available: true, reason: 'asked for' };
  return {
    available: false,
    reason: 'it waits for long, which is done where MOORING_REQUIRE names patience',
  };
}

/** Each test file starts one of its own. */
function detectPodman(): EngineState {
  if (process.getuid?.() !== 0) return { available: false, reason: 'only root can start one' };
  return program('podman', '--version');
}

/** A second process asks, because suites are declared synchronously. */
function detectDocker(): EngineState {
  const socket = dockerSocket();
  if (!existsSync(socket)) return { available: false, reason: `no socket ${socket}` };
  const ask = `require('node:http').get({ socketPath: ${JSON.stringify(socket)}, path: '/_ping' }, (answer) => {
    answer.resume();
    process.exitCode = answer.statusCode === 200 ? 0 : 1;
  }).on('error', (error) => { console.error(error.message); process.exitCode = 1; });`;
  const problem = runProblem(process.execPath, '-e', ask);
  if (problem === undefined) return { available: true, reason: socket };
  return { available: false, reason: `no engine answers on ${socket}: ${problem}` };
}

/**
 * Makes a group below the memory controller and sets a limit in it. This does not ask the product: were its own
 * detection broken, the tests of it would be skipped.
 */
function detectCgroups(): EngineState {
  const root = '/sys/fs/cgroup';
  try {
    if (existsSync(join(root, 'cgroup.controllers'))) {
      writeFileSync(join(root, 'cgroup.subtree_control'), '+memory');
      tryLimit(root, 'memory.max', 'max');
    } else {
      readFileSync(join(root, 'memory/cgroup.procs'));
      tryLimit(join(root, 'memory'), 'memory.limit_in_bytes', '-1');
    }
    return { available: true, reason: root };
  } catch (error) {
    return { available: false, reason: `no memory limit can be set below ${root}: ${messageOf(error)}` };
  }
}

function tryLimit(parent: string, file: string, value: string): void {
  const group = join(parent, `mooring-detect-${process.pid}`);
  mkdirSync(group, { recursive: true });
  try {
    writeFileSync(join(group, file), value);
  } finally {
    rmdirSync(group);
  }
}

/** Its programs, not a running one: they verify units and speak its protocol. */
function detectSystemd(): EngineState {
  const notify = program('systemd-notify', '--version');
  return notify.available ? program('systemd-analyze', '--version') : notify;
}

/** Can a machine be booted with it? */
function detectSystemdMachine(): EngineState {
  const namespaces = detectMountNamespaces();
  if (!namespaces.available) return namespaces;
  const problem = machineProblem();
  return problem === undefined
    ? { available: true, reason: 'it boots' }
    : { available: false, reason: problem };
}

function detectMountNamespaces(): EngineState {
  if (process.getuid?.() !== 0) return { available: false, reason: 'only root can make one' };
  const script = ['--mount', '--propagation', 'slave', '--', '/bin/sh', '-c', 'mount --bind / /'];
  return program('unshare', ...script);
}

/** `undefined` when the program ends with 0 within five seconds. */
function runProblem(path: string, ...args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(path, args, { encoding: 'utf8', timeout: 5_000 });
  if (error !== undefined) return error.message;
  if (status === 0) return undefined;
  return stderr.trim().split('\n')[0] || `${path} ended with ${status}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us: the next folder may have it.
    return false;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
