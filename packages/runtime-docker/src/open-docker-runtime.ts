/** Puts a Docker runtime together: whose containers these are, the engine, and somebody who listens to it. */

import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EventHub, errorMessage, type RuntimeContext, readState, writeState } from '@mooring/core';
import { ContainerMaker } from './container-maker.ts';
import { DockerRuntime } from './docker-runtime.ts';
import { Engine } from './engine.ts';
import { type EngineEvent, EngineEvents, type EngineEventsOptions } from './engine-events.ts';
import { ExitListeners } from './exit-listeners.ts';
import { Images } from './images.ts';
import { Instances } from './instances.ts';
import { Killer } from './killer.ts';
import { processMark, removeLeftBehind } from './left-behind.ts';
import { MessageFiles } from './message-files.ts';
import type { ResolvedOptions } from './options.ts';
import { type FirstEnd, OutsideActs } from './outside-acts.ts';
import { filtersOf, labelNames, readRecord } from './records.ts';
import { Reruns } from './reruns.ts';
import { Sandboxes } from './sandboxes.ts';
import { Spares } from './spares.ts';

/** How long a start of the agent waits for an engine that does not answer. */
const openMs = 5_000;

/** An engine that is down is no reason to fail: the runtime is not ready until it is back. */
export async function openDockerRuntime(
  context: RuntimeContext,
  options: ResolvedOptions,
): Promise<DockerRuntime> {
  const { dataDir, isEphemeral = false, clock, logger } = context;
  const dir = resolve(dataDir, 'runtime');
  mkdirSync(dir, { recursive: true });
  const agentKey = agentKeyOf(dir, context);
  const engine = await Engine.open(options.host, clock);
  const closing = new AbortController();
  const mark = isEphemeral ? processMark() : undefined;
  const shared = {
    ...{ engine, clock, logger, agentKey, options },
    ...(mark !== undefined && { processMark: mark }),
  };
  const messages = new MessageFiles(join(dir, 'messages'));
  const images = new Images(shared);
  const spares = new Spares();
  const outside = new OutsideActs();
  const instances = new Instances({ ...shared, messages, spares, outside });
  const sandboxes = new Sandboxes({ ...shared, images });
  const events = new EventHub(clock);
  const exits = new ExitListeners();
  const maker = new ContainerMaker({
    ...{ ...shared, messages, images, instances, sandboxes, spares },
    onTaken(id, { podUID }) {
      instances.noteCreated(id, clock.now());
      events.emit('created', podUID, id);
    },
  });
  const parts = {
    ...{ ...shared, messages, images, instances, sandboxes, spares, maker, outside },
    ...{ events, exits, reruns: new Reruns({ ...shared, spares }) },
    killer: new Killer({ ...shared, images }),
  };
  const listening = new EngineEvents({
    ...shared,
    filters: filtersOf(agentKey),
    onEvent: (event) => handle(event, parts),
    onLive: (isLive) => instances.informed(isLive),
    onGap() {
      events.emit('lost-events', '');
      exits.tellAll();
    },
  }).run(closing.signal);
  const hearingOfImages = hearOf(images, shared).run(closing.signal);
  const clearing = removeLeftBehind(shared, closing.signal).catch(ignoreAbort);
  const hangUp = async () => {
    closing.abort();
    await Promise.all([listening, hearingOfImages, clearing]);
  };
  const { MemoryLimit, CgroupVersion } = await abilitiesOf(engine, context, closing.signal);
  if (CgroupVersion === '1') instances.trustKills();
  return new DockerRuntime({ ...parts, hasMemoryLimit: MemoryLimit !== false, isEphemeral, hangUp });
}

function hearOf(
  images: Images,
  shared: Pick<EngineEventsOptions, 'engine' | 'clock' | 'logger'>,
): EngineEvents {
  return new EngineEvents({
    ...{ ...shared, type: 'image', filters: {} },
    onEvent: () => images.touch(),
    onLive: (isLive) => images.informed(isLive),
    onGap: () => images.touch(),
  });
}

interface EventParts {
  readonly agentKey: string;
  readonly instances: Instances;
  readonly spares: Spares;
  readonly outside: OutsideActs;
  readonly reruns: Reruns;
  readonly sandboxes: Sandboxes;
  readonly events: EventHub;
  readonly exits: ExitListeners;
}

const announced = {
  create: 'created',
  start: 'started',
  die: 'exited',
  oom: 'oom',
  destroy: 'removed',
} as const;

function handle(event: EngineEvent, parts: EventParts): void {
  const { action, containerID: id, attributes } = event;
  const { agentKey, instances, spares, sandboxes, events, exits } = parts;
  const origin = { labels: attributes, name: attributes['name'] ?? '', image: attributes['image'] ?? '' };
  if (attributes[labelNames.kind] === 'sandbox') {
    const record = readRecord(agentKey, 'sandbox', origin);
    if (action === 'destroy') sandboxes.forget(id);
    if (action === 'die' && record !== undefined && !sandboxes.isRemoving(id))
      events.emit('sandbox-lost', record.podUID);
    return;
  }
  const record = readRecord(agentKey, 'container', origin);
  if (record === undefined) return;
  // What was made ahead begins when somebody asks for it, and goes unseen when nobody does.
  if (action === 'create' && record.spareMark !== undefined) return;
  noteOutside(event, parts);
  if (action === 'destroy') {
    instances.forget(id);
    if (spares.forget(id)) return;
  } else if (action === 'die') instances.noteEnd(id, endOf(event));
  else if (action === 'kill') instances.noteSignal(id);
  else if (action === 'start') instances.noteStart(id, event.atMs);
  else if (action === 'restart') instances.touch(id);
  const type = Object.entries(announced).find(([name]) => name === action)?.[1];
  if (type !== undefined) events.emit(type, record.podUID, id);
  if (action === 'die' || action === 'destroy') exits.tell(id);
}

function noteOutside(event: EngineEvent, parts: EventParts): void {
  const { action, containerID: id, attributes, atMs } = event;
  const { instances, spares, outside, reruns } = parts;
  if (action === 'kill') outside.noteSignal(id, attributes['signal'] ?? '', instances.stopSignalOf(id), atMs);
  if (action === 'die') outside.noteEnd(id, endOf(event));
  const isOver = instances.hasEnded(id) || spares.isReady(id);
  if (action === 'start' && outside.noteStart(id, isOver)) reruns.end(id);
}

function endOf({ attributes, atMs }: EngineEvent): FirstEnd {
  return { exitCode: Number(attributes['exitCode']), atMs };
}

interface Abilities {
  readonly MemoryLimit?: boolean;
  /** `1` or `2` */
  readonly CgroupVersion?: string;
}

async function abilitiesOf(
  engine: Engine,
  { logger }: RuntimeContext,
  signal: AbortSignal,
): Promise<Abilities> {
  const what = 'asking what it can do';
  try {
    const info: unknown = await engine.call(what, signal, (docker) => docker.info(), openMs);
    return info as Abilities;
  } catch (error) {
    logger.warn({ engine: engine.address, error: errorMessage(error) }, 'the engine does not answer');
    return {};
  }
}

/**
 * What tells this agent from all others of the engine, kept in its data directory: an agent that starts anew over the same
 * directory finds its own containers, and nobody else's.
 */
function agentKeyOf(dir: string, { nodeName, clock }: RuntimeContext): string {
  const path = join(dir, 'docker-agent.json');
  const known = readState<{ key: string }>(path)?.key;
  if (known !== undefined) return known;
  const text = `${nodeName} ${dir} ${clock.now()} ${clock.monotonicMs()} ${process.pid}`;
  const key = createHash('sha256').update(text).digest('hex').slice(0, 12);
  writeState(path, { key });
  return key;
}

/** The next agent goes on with it. */
function ignoreAbort(): void {}
