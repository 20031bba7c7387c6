/**
 * `npm start`: real processes crash, hang and get unwell, and are restarted as a kubelet does it. Takes about a minute,
 * shows what happens, and says at the end what was seen. Exit code 0 means: all of it.
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Cluster, createAgent, createCluster, errorMessage, type Plugin } from '@mooring/core';
import { execProbe } from '@mooring/probe-exec';
import { httpProbe } from '@mooring/probe-http';
import { tcpProbe } from '@mooring/probe-tcp';
import { dockerRuntime } from '@mooring/runtime-docker';
import { processRuntime } from '@mooring/runtime-process';
import { clusterDemonstrations } from './cluster-demonstrations.ts';
import { deadlineMs, demonstrations } from './demonstrations.ts';
import { makeImages, removeImages } from './docker-images.ts';
import { runVariable } from './processes.ts';
import { beginRun, Interrupted, type Run } from './run.ts';
import { openScreen, painter } from './screen.ts';
import { formatSummary, watchDemonstrations } from './watch-demonstrations.ts';

const here = import.meta.dirname;
/** What one agent runs. */
const podManifests = [
  join(here, '../seed/pod-liveness-http.yaml'),
  join(here, '../seed/pod-tcp-probes.yaml'),
  join(here, 'pods/crashes.yaml'),
  join(here, 'pods/probes.yaml'),
  join(here, 'pods/restart-policies.yaml'),
];
const onFailure = {
  process: join(here, 'pods/on-failure.yaml'),
  docker: join(here, 'pods-in-containers/on-failure.yaml'),
};
type RuntimeName = keyof typeof onFailure;

/** What a cluster of three nodes keeps. */
const setManifests = [
  join(here, '../seed/replicationcontroller.yaml'),
  join(here, '../seed/replicaset.yaml'),
  join(here, 'pods/service.yaml'),
];

const runtimes: Readonly<Record<RuntimeName, (dir: string) => Plugin>> = {
  process: processes,
  // The images are there, and no registry has them.
  docker: () => dockerRuntime({ pull: 'when-missing' }),
};

process.exitCode = await main();

async function main(): Promise<number> {
  let runtime: RuntimeName;
  try {
    runtime = runtimeNamed(
      parseArgs({ options: { runtime: { type: 'string', default: 'process' } } }).values.runtime,
    );
  } catch (error) {
    console.error(`${errorMessage(error)}\nThe quickstart is: npm start, or: npm start -- --runtime docker`);
    return 2;
  }
  const run = beginRun();
  try {
    return await showAll(run, runtime);
  } catch (error) {
    if (!run.signal.aborted) throw error;
  } finally {
    run.clean();
    if (runtime === 'docker') removeImages();
  }
  const { reason } = run.signal;
  return reason instanceof Interrupted ? reason.exitCode : 1;
}

function runtimeNamed(name: string): RuntimeName {
  if (name === 'process' || name === 'docker') return name;
  throw new Error(`there is no runtime ${JSON.stringify(name)}`);
}

async function showAll(run: Run, runtime: RuntimeName): Promise<number> {
  if (runtime === 'docker') {
    console.log('Making images of programs of this host.');
    makeImages();
  }
  const plugins = [httpProbe(), tcpProbe(), execProbe(), runtimes[runtime](run.dir)];
  await using agent = await startAgent(run.dir, plugins);
  await using cluster = await startCluster(run.dir, plugins);
  const screen = openScreen(process.stdout, process.env);
  const shown = watchDemonstrations({
    agent,
    cluster,
    podManifests: [...podManifests, onFailure[runtime]],
    setManifests,
    demonstrations,
    clusterDemonstrations,
    screen,
    deadlineMs,
    signal: run.signal,
  });
  const results = await shown.finally(() => {
    screen.close();
    if (run.signal.aborted) console.error('Stopping the containers. Ctrl-C once more ends them by force.');
  });
  const lines = formatSummary(results, painter(process.stdout, process.env));
  console.log(['', ...lines].join('\n'));
  return results.every(({ evidence }) => evidence !== undefined) ? 0 : 1;
}

/** The whole of the set-up: probers, a runtime, and the programs that images stand for. */
async function startAgent(dir: string, plugins: readonly Plugin[]): Promise<Cluster> {
  return await createAgent({ name: 'localhost', plugins, dataDir: join(dir, 'agent') });
}

/** Three nodes with controllers and scheduler, in this process as well. */
async function startCluster(dir: string, plugins: readonly Plugin[]): Promise<Cluster> {
  return await createCluster({
    plugins,
    nodes: [{ name: 'node-a' }, { name: 'node-b' }, { name: 'node-c' }],
    // A node that says nothing is given up within half a minute, not after six.
    preset: 'small',
    dataDir: join(dir, 'cluster'),
  });
}

function processes(dir: string): Plugin {
  const program = (name: string, ...args: string[]) => ({
    argv: [process.execPath, join(here, 'programs', name), ...args],
    env: { [runVariable]: dir },
    workingDir: dir,
  });
  const images = {
    'registry.k8s.io/e2e-test-images/agnhost:2.40': program('agnhost.mjs'),
    'registry.k8s.io/goproxy:0.1': program('tcp-server.mjs', '8080'),
    nginx: program('nginx.mjs'),
    'postgres:16': program('tcp-server.mjs', '5432'),
    'busybox:1.36': { argv: [], env: { [runVariable]: dir }, workingDir: dir },
  };
  return processRuntime({ images });
}
