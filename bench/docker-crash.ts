/**
 * From the end of a container to the start of its successor, by the engine's own clock: under an agent, under the engine's
 * `--restart=always`, and by a bare client that starts the container again on the event of its end. All three join the
 * network of another container. Needs an engine on this host.
 */

import { type Cluster, createAgent, type StoredPod, silentLogger, systemClock } from '@mooring/core';
import { dockerRuntime } from '@mooring/runtime-docker';
import { docker, makeBusybox } from '../examples/quickstart/docker-images.ts';
import { Engine } from '../packages/runtime-docker/src/engine.ts';
import { jsonLines } from '../packages/runtime-docker/src/json-lines.ts';
import { type BenchResult, median } from './bench-result.ts';

const rounds = 20;
const image = 'mooring-bench/busybox:1';
const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const sleeps = [image, 'sleep', '3600'];
const sandbox = `mooring-bench-sandbox-${process.pid}`;
/** What `docker run` is given besides its name. */
const joins = ['--detach', '--network', `container:${sandbox}`];
const settledMs = 500;
/** How long is waited for what has to come. */
const deadlineMs = 30_000;

export async function run(): Promise<BenchResult[]> {
  makeBusybox(image);
  const closing = new AbortController();
  const engine = await Engine.open(host, systemClock);
  const ends = await Ends.listen(engine, closing.signal);
  docker('run', '--detach', '--name', sandbox, ...sleeps);
  const agent = await startPod();
  const times: Record<'ours' | 'always' | 'bare', number[]> = { ours: [], always: [], bare: [] };
  try {
    // In turn, so that each has the same neighbours.
    for (let round = 0; round < rounds; round += 1) {
      times.ours.push(await ends.crash(await containerOf(agent), ({ kind }) => kind === 'container'));
      times.always.push(await crashAlone(ends, 'always', ['--restart', 'always']));
      times.bare.push(await crashAlone(ends, 'bare', [], (id) => engine.docker.getContainer(id).start()));
    }
  } finally {
    closing.abort();
    await agent.close();
    docker('rm', '--force', sandbox);
    docker('rmi', '--force', image);
    engine.close();
  }
  const [ours, always, bare] = [times.ours, times.always, times.bare].map(median) as [number, number, number];
  const name = 'Docker: from the end of a container to the start of the next';
  const note = `median of ${rounds}, in turn`;
  return [
    {
      name: `${name}, beside --restart=always`,
      ours,
      floor: always,
      unit: 'ms',
      ratio: ours / always,
      limit: 1,
      note,
    },
    {
      name: `${name}, beside a bare client`,
      ours,
      floor: bare,
      unit: 'ms',
      ratio: ours / bare,
      limit: 1.15,
      note,
    },
  ];
}

async function startPod(): Promise<Cluster> {
  const agent = await createAgent({
    name: 'node-a',
    // Each crash is forgiven, so that its restart is the immediate one.
    crashLoop: { resetAfterMs: settledMs / 2 },
    // What has run for a while has a successor that was made ahead. Here it need not run for ten seconds first.
    relistMs: 2_000,
    plugins: [dockerRuntime({ host, pull: 'when-missing' })],
    logger: silentLogger,
  });
  // The weight that the engine gives to containers of its own. Without a request it would be next to nothing.
  const resources = { requests: { cpu: '1' } };
  const container = { name: 'main', image, command: sleeps.slice(1), resources };
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'crasher' } },
    spec: { terminationGracePeriodSeconds: 0, containers: [container] },
  };
  await agent.apply(pod);
  return agent;
}

/** The ID of the one that runs. */
async function containerOf(agent: Cluster): Promise<string> {
  const statusOf = (pod: unknown) => (pod as StoredPod | undefined)?.status?.containerStatuses?.[0];
  const isUp = (pod: unknown) => statusOf(pod)?.state?.running !== undefined;
  const status = statusOf(await agent.waitFor('Pod/default/crasher', isUp));
  await untilPrepared();
  await settle();
  return status?.containerID?.replace('docker://', '') ?? '';
}

/** Waits until its successor has been made ahead. */
async function untilPrepared(): Promise<void> {
  const filters = ['label=mooring.dev/spare', 'status=created'].flatMap((filter) => ['--filter', filter]);
  const endMs = performance.now() + deadlineMs;
  while (docker('ps', '--all', '--quiet', ...filters) === '') {
    if (performance.now() > endMs) throw new Error('the next container was not made ahead');
    await settle();
  }
}

/** A container of its own for each crash: the engine waits longer after each, unless it ran for ten seconds. */
async function crashAlone(
  ends: Ends,
  role: string,
  options: readonly string[],
  onEnd?: (id: string) => Promise<unknown>,
): Promise<number> {
  const id = docker('run', '--name', `mooring-bench-${role}-${process.pid}`, ...joins, ...options, ...sleeps);
  try {
    await settle();
    return await ends.crash(id, (started) => started.id === id, onEnd);
  } finally {
    docker('rm', '--force', id);
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, settledMs));
}

interface Started {
  readonly id: string;
  /** Of the label of our runtime. */
  readonly kind: string | undefined;
}

type Listener = (action: string, started: Started, atMs: number) => void;

/** Ends and starts, as the engine tells of them. */
class Ends {
  private readonly listeners = new Set<Listener>();

  static async listen(engine: Engine, signal: AbortSignal): Promise<Ends> {
    const ends = new Ends();
    const filters = JSON.stringify({ type: ['container'], event: ['die', 'start'] });
    const stream = await engine.stream('listening to events', '/events', { filters }, signal);
    const reading = (async () => {
      for await (const { text, value } of jsonLines(stream)) ends.take(text, value);
    })();
    // It is cut off when everything was measured.
    reading.catch(() => undefined);
    return ends;
  }

  /** Kills the process of a container; milliseconds from its end to the start of the one that is waited for. */
  async crash(
    id: string,
    isSuccessor: (started: Started) => boolean,
    onEnd?: (id: string) => Promise<unknown>,
  ): Promise<number> {
    const pid = Number(docker('inspect', '--format', '{{.State.Pid}}', id));
    let diedMs: number | undefined;
    const took = new Promise<number>((resolve, reject) => {
      const listener: Listener = (action, started, atMs) => {
        if (action === 'die' && started.id === id) {
          diedMs = atMs;
          onEnd?.(id).catch(reject);
        }
        if (action !== 'start' || diedMs === undefined || !isSuccessor(started)) return;
        this.listeners.delete(listener);
        resolve(atMs - diedMs);
      };
      this.listeners.add(listener);
    });
    // By the engine it would be a wish of the operator, after which it restarts nothing.
    process.kill(pid, 'SIGKILL');
    return await took;
  }

  private take(text: string, value: Readonly<Record<string, unknown>>): void {
    const nanos = BigInt(/"timeNano":(\d+)/.exec(text)?.[1] ?? '0');
    const { ID, Attributes } = value['Actor'] as { ID: string; Attributes: Readonly<Record<string, string>> };
    const started = { id: ID, kind: Attributes['mooring.dev/kind'] };
    for (const listener of [...this.listeners])
      listener(String(value['Action']), started, Number(nanos / 1000n) / 1000);
  }
}
