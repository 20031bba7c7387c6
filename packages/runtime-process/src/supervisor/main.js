// @ts-check
/**
 * The supervisor: parent of all containers of one agent, alive as long as either of them is. It is there so that a
 * container outlives its agent, its exit code is on record whoever was alive to see it, and its output has a reader.
 *
 * It decides nothing: it starts what it is told to start, and reports what ended. It is plain JavaScript so that it
 * starts without a loader. Usage: node main.js <directory of the runtime>
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import { wasOomKilled } from './cgroup.js';
import { clock } from './clock.js';
import { cgroupsIn, endCgroups, endContainers, removeDirectory } from './end-containers.js';
import { bootIdentity, startTicksOf, writeJson } from './files.js';
import { cleanUpCgroups, Launcher } from './launcher.js';
import { readLines } from './lines.js';
import { LogWriter } from './log-writer.js';
import { Standbys } from './standbys.js';

/** @typedef {import('../supervisor-protocol.ts').SupervisorRequest} Request */
/** @typedef {import('../supervisor-protocol.ts').SupervisorReply} Reply */
/** @typedef {import('../supervisor-protocol.ts').ProcessRecord} ProcessRecord */
/** @typedef {import('../supervisor-protocol.ts').LaunchPlan} LaunchPlan */
/** @typedef {import('./launcher.js').Launch} Launch */
/** @typedef {Extract<Request, { type: 'start' }>} StartRequest */

const version = 1;
/** An agent that started this process and died before it connected must not leave it behind. */
const firstAgentWithinMs = 30_000;
/** After a death; its successor comes first. */
const releaseMountsMs = 100;
/** Any port does, so long as all agents of the host use the same. */
const claimPort = 41_999;

const dir = process.argv[2] ?? '.';
const boot = bootIdentity();
const launcher = new Launcher(dir, boot);
const standbys = new Standbys(launcher);
/** @type {import('../supervisor-protocol.ts').SupervisorSettings} */
let settings = { logBytesMax: 10 * 1024 * 1024, logFilesMax: 5, standby: true, usualKind: { prefix: [] } };
/** @type {import('node:net').Socket | undefined} */
let agent;
/** The agent is gone, and everything of it is being ended. */
let isEnding = false;
/** What containers that are created, but not started, will become. @type {Map<string, Promise<Launch>>} */
const prepared = new Map();
/** Containers by ID that run as children of this process. @type {Map<string, LogWriter>} */
const running = new Map();
/** The ends to write to of the inputs of containers: one reads the end of its input when nobody holds it any more. */
/** @type {Map<string, number>} */
const inputs = new Map();
/** Logs of containers whose own supervisor died. @type {Map<string, LogWriter>} */
const adopted = new Map();
/** Sockets that hold address blocks. @type {Map<string, import('node:dgram').Socket>} */
const claims = new Map();

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => {
    // Its words go to a file, and the disk is full: no reason to leave the containers alone.
  });
}
listen();

function listen() {
  // The path of a socket may have 108 bytes at most: by way of a file descriptor it is short, however deep `dir` lies.
  const dirFd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  const socket = `supervisor-${process.pid}.sock`;
  const server = createServer(serve);
  server.listen(`/proc/self/fd/${dirFd}/${socket}`, () => {
    const { pid } = process;
    writeJson(join(dir, 'supervisor.json'), { version, pid, startTicks: startTicksOf(pid), boot, socket });
    launcher.refill().catch((error) => console.error('making pipes ahead:', error));
    clock.after(exitWhenIdle, firstAgentWithinMs).unref();
    process.stdout.write('ready\n');
  });
}

/** @param {import('node:net').Socket} connection */
function serve(connection) {
  // The lock of the data directory sees to it that there is one agent: an earlier connection is one of a dead agent.
  agent?.destroy();
  agent = connection;
  connection.on('error', (error) => console.error('connection:', error.message));
  connection.on('close', () => {
    if (agent !== connection) return;
    agent = undefined;
    if (settings.ephemeralDir === undefined) exitWhenIdle();
    else void endAll(settings.ephemeralDir);
  });
  readLines(connection, (line) => {
    const { seq, request } = /** @type {{ seq: number, request: Request }} */ (JSON.parse(line));
    handle(request)
      .catch((error) => /** @type {Reply} */ ({ ok: false, message: error.message }))
      .then((reply) => send(connection, { seq, reply }));
  });
}

/**
 * @param {Request} request
 * @returns {Promise<Reply>}
 */
async function handle(request) {
  if (request.type === 'start') return { ok: true, type: 'start', process: await start(request) };
  if (request.type === 'hello') {
    settings = request.settings;
    if (settings.standby) launcher.keepIdle(settings.usualKind);
    return { ok: true, type: 'hello', running: [...running.keys()] };
  }
  if (request.type === 'claim') return { ok: true, type: 'claim', address: await claim(request.addresses) };
  if (request.type === 'prepare') expect(request.id, request.key, request.plan);
  else if (request.type === 'discard') await discard(request.id);
  else if (request.type === 'close-input') closeInput(request.id);
  else if (request.type === 'adopt') adopt(request.id, request.dir);
  else await standbys.retire(request.key);
  return { ok: true, type: 'done' };
}

/**
 * @param {StartRequest} request
 * @returns {Promise<ProcessRecord>}
 */
async function start({ id, dir: containerDir, key, plan }) {
  const launch = await launchFor({ id, key, plan });
  const { shell } = launch;
  if (isEnding) {
    launcher.discard(launch);
    throw new Error('the agent has gone');
  }
  commit(launch, containerDir);
  const record = { ...launch.identity, startedAtMs: clock.now() };
  writeDown(launch, containerDir, record);
  openInput(id, launch.dir);
  shell.go(id);
  const log = logOf(containerDir);
  log.attach('stdout', shell.pipes.stdout);
  log.attach('stderr', shell.pipes.stderr);
  running.set(id, log);
  shell.onExit((code, signal) => ended({ id, containerDir, key, launch, log }, code, signal));
  if (settings.standby) standbys.prepareLater(key, plan);
  return record;
}

/**
 * Before the program runs: what cannot be written down, because the disk is full, must not run unknown to everybody.
 * @param {Launch} launch @param {string} containerDir @param {ProcessRecord} record
 */
function writeDown(launch, containerDir, record) {
  try {
    writeJson(join(containerDir, 'process.json'), record);
  } catch (error) {
    launcher.discard(launch);
    throw error;
  }
}

/** @param {{ id: string, key: string, plan: LaunchPlan }} container @returns {Promise<Launch>} */
async function launchFor({ id, key, plan }) {
  const expected = prepared.get(id);
  prepared.delete(id);
  // One that could not be prepared may have been killed meanwhile; preparing it again tells what is wrong.
  const launch = (await expected?.catch(() => undefined)) ?? (await takeOrPrepare(key, plan));
  if (!launch.shell.hasEnded()) return launch;
  // Somebody killed it while it waited.
  launcher.discard(launch);
  return await launcher.prepare(plan);
}

/** @param {string} key @param {LaunchPlan} plan @returns {Promise<Launch>} */
async function takeOrPrepare(key, plan) {
  return (await standbys.take(key, plan)) ?? (await launcher.prepare(plan));
}

/** @param {string} id @param {string} key @param {LaunchPlan} plan */
function expect(id, key, plan) {
  if (prepared.has(id) || running.has(id)) return;
  const launch = takeOrPrepare(key, plan);
  // The start tells what is wrong.
  launch.catch(() => undefined);
  prepared.set(id, launch);
}

/** @param {string} id */
async function discard(id) {
  // One that could not be prepared has nothing to be discarded.
  const launch = await prepared.get(id)?.catch(() => undefined);
  prepared.delete(id);
  if (launch !== undefined) launcher.discard(launch);
}

/**
 * Makes a launch the process of a container. The identity of the process is in its directory: from now on whoever
 * looks for the container finds the process, before it runs.
 * @param {Launch} launch
 * @param {string} containerDir
 */
function commit(launch, containerDir) {
  try {
    const dir = join(containerDir, 'launch');
    renameSync(launch.dir, dir);
    launch.dir = dir;
  } catch (error) {
    launcher.discard(launch);
    throw error;
  }
}

/**
 * @param {{ id: string, containerDir: string, key: string, launch: Launch, log: LogWriter }} container
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function ended({ id, containerDir, key, launch, log }, code, signal) {
  const finishedAtMs = clock.now();
  try {
    // What the leader leaves behind must not hold the ports that the next instance wants.
    process.kill(-launch.shell.pid, 'SIGKILL');
  } catch {
    // It left nothing behind.
  }
  log.drain();
  running.delete(id);
  closeInput(id);
  const exit = {
    exitCode: signal === null ? (code ?? 255) : 128 + osConstants.signals[signal],
    ...(signal !== null && { signal }),
    finishedAtMs,
    ...(wasOomKilled(launch.plan.cgroups, launch.identity.cgroups) && { reason: 'OOMKilled' }),
  };
  // Said before it is written: the agent can prepare the successor meanwhile.
  if (agent !== undefined) send(agent, { type: 'exit', id, exit });
  try {
    writeJson(join(containerDir, 'exit.json'), exit);
  } catch (error) {
    // Only an agent that starts later will not know the exit code.
    console.error(`recording the exit of ${id}:`, error);
  }
  log.finish();
  clock.after(launch.shell.releaseMounts, releaseMountsMs);
  cleanUpCgroups(launch.identity.cgroups);
  standbys.retireLater(key);
  exitWhenIdle();
}

/** Of a container that has its launch. @param {string} containerDir */
function logOf(containerDir) {
  const isTerminal = existsSync(join(containerDir, 'launch', 'terminal'));
  return new LogWriter(join(containerDir, 'output.log'), settings, isTerminal);
}

/** Of a container that has one. @param {string} id @param {string} launchDir */
function openInput(id, launchDir) {
  const path = join(launchDir, 'stdin');
  if (existsSync(path)) inputs.set(id, openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
}

/** @param {string} id */
function closeInput(id) {
  const input = inputs.get(id);
  inputs.delete(id);
  if (input !== undefined) closeSync(input);
}

/** @param {string} id @param {string} containerDir */
function adopt(id, containerDir) {
  if (running.has(id) || adopted.has(id)) return;
  const log = logOf(containerDir);
  for (const stream of /** @type {const} */ (['stdout', 'stderr'])) {
    const pipe = join(containerDir, 'launch', stream);
    log.attach(stream, openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK));
  }
  adopted.set(id, log);
  log.onEnd = () => {
    log.finish();
    adopted.delete(id);
    exitWhenIdle();
  };
}

/**
 * Holds the first of the addresses that nobody on this host holds, by a socket: whatever becomes of this process, the
 * kernel lets go of it.
 * @param {readonly string[]} addresses
 */
async function claim(addresses) {
  for (const address of addresses) {
    if (claims.has(address)) return address;
    const socket = createSocket('udp4');
    try {
      socket.bind(claimPort, address);
      await once(socket, 'listening');
      claims.set(address, socket);
      return address;
    } catch {
      // Taken by the agent of another node.
      socket.close();
    }
  }
  throw new Error(`none of the ${addresses.length} address blocks is free`);
}

/** What the agent ran could never be adopted: it goes, and so does the directory. @param {string} dataDir */
async function endAll(dataDir) {
  if (isEnding) return;
  isEnding = true;
  try {
    const cgroups = cgroupsIn(dir);
    await standbys.retireAll();
    await endContainers(dir, boot);
    await endCgroups(cgroups);
    removeDirectory(dataDir);
  } catch (error) {
    console.error('ending what the agent ran:', error);
  }
  process.exit();
}

/** With no agent and no container there is nothing left to do. */
function exitWhenIdle() {
  if (isEnding || agent !== undefined || running.size > 0 || adopted.size > 0) return;
  // What waits for a word from here ends by itself.
  process.exit();
}

/** @param {import('node:net').Socket} connection @param {object} message */
function send(connection, message) {
  if (!connection.destroyed) connection.write(`${JSON.stringify(message)}\n`);
}
