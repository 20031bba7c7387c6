/** A cluster of which one part can be made to misbehave, and what must hold all the same. */

import {
  type ApiObject,
  type Cluster,
  type ClusterOptions,
  type Controller,
  createCluster,
  createInProcessBus,
  createMemoryStore,
  type Plugin,
  type Pod,
  type Prober,
} from '@mooring/core';
import { MemoryDisk, memoryVolumes, SeededRandom, TestClock } from '@mooring/core/testing';
import { execProbe } from '@mooring/probe-exec';
import { type FakeRuntimePlugin, fakeRuntime, runsForever } from '@mooring/runtime-fake';
import { type LogRecord, recordingLogger } from '../agent/support/recording-logger.ts';
import { twistedRuntime } from '../agent/support/twisted-runtime.ts';
import { hostilePart, type Mischief } from './hostile-part.ts';

/** The parts, and the methods of each that the scene makes use of. */
export const hostileMethods = {
  runtime: [
    'review',
    'ensureImage',
    'createSandbox',
    'removeSandbox',
    'listSandboxes',
    'createContainer',
    'startContainer',
    'stopContainer',
    'removeContainer',
    'inspectContainer',
    'listContainers',
    'exec',
  ],
  store: ['get', 'list', 'create', 'update', 'delete', 'watch'],
  bus: ['publish', 'subscribe', 'listening'],
  logger: ['debug', 'info', 'warn', 'error', 'child'],
  volumes: ['prepare', 'mountsFor', 'teardown', 'list'],
  prober: ['compile', 'attempt'],
  controller: ['reconcile', 'requestsOf', 'concerns'],
} as const;

export type PartName = keyof typeof hostileMethods;

/** Without these nothing can be started; all others concern what they do and nothing else. */
const isVital: ReadonlySet<PartName> = new Set(['runtime', 'store', 'volumes']);

/** Longer than a pull may take. */
const recoveryMs = 700_000;
const closedWithinMs = 300_000;

export class HostileScene {
  readonly clock = new TestClock();
  readonly logs: LogRecord[] = [];
  readonly mischief: Mischief;
  private readonly part: PartName;
  private readonly fake: FakeRuntimePlugin;
  private readonly disk = new MemoryDisk();
  private running: Cluster | undefined;

  constructor(part: PartName, method: string) {
    this.part = part;
    this.mischief = { method, trick: undefined, calls: 0 };
    this.fake = fakeRuntime({ images: { app: { run: runsForever } }, files: this.disk });
  }

  get cluster(): Cluster {
    if (this.running === undefined) throw new Error('the cluster of this scene does not run');
    return this.running;
  }

  async start(): Promise<void> {
    this.running = await createCluster(this.options());
    void this.listen();
    await this.clock.advanceBy(0);
  }

  /** Pods whose containers run. */
  get pods(): readonly string[] {
    const { containers } = this.fake.host('node-a');
    const running = [...containers.values()].filter(({ isRunning }) => isRunning);
    return running.map(({ config }) => config.podName).sort();
  }

  crash(pod: string): void {
    this.fake.host('node-a').crash(pod, 'main');
  }

  /** Gives up after a minute: a store that never answers keeps whoever asks it. */
  async apply(object: ApiObject): Promise<void> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    this.cluster.apply(object).then(over, over);
    await this.clock.advanceUntil(() => isOver, 60_000);
  }

  /** What is wrong while the part misbehaves. */
  async misbehave(trick: Mischief['trick']): Promise<readonly string[]> {
    const { mischief, clock } = this;
    mischief.trick = trick;
    await this.apply(podOf('new', this.part === 'prober' ? odd : {}));
    await this.apply(configMap('b'));
    await clock.advanceBy(30_000);
    if (!isVital.has(this.part)) {
      this.crash('good');
      await clock.advanceBy(15_000);
    }
    // A pod whose probes cannot be read is refused, and one that does not answer them is restarted.
    const wanted = this.part === 'prober' ? ['good'] : ['good', 'new'];
    const missing = isVital.has(this.part) ? [] : wanted.filter((name) => !this.pods.includes(name));
    await clock.advanceBy(60_000);
    mischief.trick = undefined;
    const broke = this.logs.filter(({ message }) => message === 'pod actor broke');
    return [
      ...missing.map((name) => `${name} does not run`),
      ...(broke.length === 0 ? [] : ['the actor of a pod broke']),
      ...(mischief.calls < 1000 ? [] : [`${mischief.calls} calls in two minutes`]),
    ];
  }

  /** What is wrong some time after the part behaves again. */
  async recover(): Promise<readonly string[]> {
    const { clock, cluster } = this;
    await clock.advanceBy(recoveryMs);
    this.crash('good');
    await clock.advanceBy(400_000);
    await this.apply(podOf('later'));
    await clock.advanceBy(20_000);
    const isRefused = this.part === 'prober' || this.part === 'store' || this.mischief.method === 'review';
    const wanted = isRefused ? ['good', 'later', 'odd'] : ['good', 'later', 'new', 'odd'];
    const missing = wanted.filter((name) => !this.pods.includes(name));
    const { status } = (await cluster.get('Pod', 'default', 'good')) ?? {};
    return [
      ...missing.map((name) => `${name} does not run`),
      ...(status?.phase === 'Running' ? [] : [`good is ${status?.phase}`]),
      ...(cluster.runtimeHealth('node-a')?.ready === true ? [] : ['the node is not healthy']),
    ];
  }

  /** What is wrong when the cluster is closed while the part misbehaves again. */
  async close(trick: Mischief['trick']): Promise<readonly string[]> {
    const { clock } = this;
    this.mischief.trick = trick;
    let isClosed = false;
    const closed = () => {
      isClosed = true;
    };
    // What could not be closed may be told by a rejection.
    this.cluster.close().then(closed, closed);
    if (!(await clock.advanceUntil(() => isClosed, closedWithinMs))) return ['it is not closed'];
    await clock.advanceBy(60_000);
    return clock.pending === 0 ? [] : [`${clock.pending} timers are left`];
  }

  private options(): ClusterOptions {
    const { clock, logs } = this;
    const logger = recordingLogger(logs);
    const own = { ...logger, child: () => this.hostile('logger', logger) };
    return {
      plugins: [this.runtime(), execProbe(), this.oddPlugin()],
      nodes: [{ name: 'node-a' }],
      clock,
      random: new SeededRandom('hostile'),
      store: this.hostile('store', createMemoryStore()),
      bus: this.hostile('bus', createInProcessBus({ clock })),
      logger: this.hostile('logger', own),
      volumes: () => this.hostile('volumes', memoryVolumes(this.disk)),
    };
  }

  private hostile<T extends object>(part: PartName, real: T): T {
    return part === this.part ? hostilePart(real, this.mischief) : real;
  }

  private runtime(): Plugin {
    const { method } = this.mischief;
    const twist: Parameters<typeof twistedRuntime>[0] = (real) =>
      this.part === 'runtime' ? { [method]: Reflect.get(hostilePart(real, this.mischief), method) } : {};
    return twistedRuntime(twist)(this.fake);
  }

  private oddPlugin(): Plugin {
    const attempts = this.hostile('prober', {
      attempt: async () => ({ outcome: 'success', message: '' }) as const,
    });
    const prober: Prober = this.hostile('prober', {
      apiVersion: 'prober/v1',
      handler: 'odd',
      compile: () => ({ ok: true, value: () => attempts.attempt() }),
    });
    const own = this.hostile('controller', {
      concerns: () => true,
      requestsOf: () => [],
      reconcile: async () => undefined,
    });
    const controller: Controller = {
      apiVersion: 'controller/v1',
      name: 'odd',
      kind: 'ConfigMap',
      concerns: own.concerns,
      watches: [{ kind: 'Pod', requestsOf: own.requestsOf }],
      reconcile: own.reconcile,
    };
    return {
      name: 'odd',
      core: '^0.1.0',
      register(registry) {
        registry.addProber(prober);
        registry.addController(controller);
      },
    };
  }

  /** Somebody wants to hear of everything. */
  private async listen(): Promise<void> {
    for await (const { type } of this.cluster.facts('>')) if (type === '') return;
  }
}

type Rest = Partial<Pod['spec']['containers'][number]>;

/** Probes of the handler that the plugin of the scene brings. */
export const odd: Rest = {
  livenessProbe: { odd: {}, periodSeconds: 2 },
  readinessProbe: { odd: {}, periodSeconds: 2 },
};

export function podOf(name: string, rest: Rest = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      volumes: [{ name: 'scratch', emptyDir: {} }],
      containers: [
        { name: 'main', image: 'app', volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }], ...rest },
      ],
    },
  };
}

export function configMap(value: string): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'config', namespace: 'default' },
    ...{ data: { value } },
  };
}
