/** Nodes whose agents can fall silent and come back, with pods on them, and the controllers that look after nodes. */

import { formatTime } from '../../../src/api/meta.ts';
import type { Lease, NodeObject, Taint } from '../../../src/api/objects.ts';
import type { Pod, StoredPod, Toleration } from '../../../src/api/pod.ts';
import type { Controller } from '../../../src/contract/controller.ts';
import { nodeLifecycleController } from '../../../src/controller/node-lifecycle/node-lifecycle-controller.ts';
import type { NodeLifecycleSettings } from '../../../src/controller/node-lifecycle/settings.ts';
import { taintEvictionController } from '../../../src/controller/taint-eviction/taint-eviction-controller.ts';
import { sleep } from '../../../src/engine/abortable.ts';
import { ControllerRig, type ControllerRigOptions } from '../controller-rig.ts';

/** As the admission of DefaultTolerationSeconds leaves a pod. */
export const fiveMinutes: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
];

/** When something was seen first, in seconds since the start of the scene. */
export interface Sighting {
  readonly what: string;
  readonly atS: number;
}

export class NodesScene implements AsyncDisposable {
  readonly rig: ControllerRig;
  readonly sightings: Sighting[] = [];
  private readonly startMs: number;
  private readonly agents = new Map<string, AbortController>();
  /** By node: how far its clock is behind. */
  private readonly behindMs = new Map<string, number>();
  private readonly watching = new AbortController();
  private readonly settings: Partial<NodeLifecycleSettings>;

  constructor(options: ControllerRigOptions & { readonly settings?: Partial<NodeLifecycleSettings> } = {}) {
    const { settings = {}, ...rest } = options;
    this.settings = settings;
    this.rig = new ControllerRig(rest);
    this.startMs = this.rig.clock.now();
  }

  get nowS(): number {
    return (this.rig.clock.now() - this.startMs) / 1000;
  }

  get controllers(): readonly Controller[] {
    return [nodeLifecycleController(this.settings), taintEvictionController()];
  }

  async start(controllers: readonly Controller[] = this.controllers): Promise<this> {
    await this.rig.start(...controllers);
    void this.watchNodes();
    void this.watchPods();
    await this.rig.settle();
    return this;
  }

  /** Other controllers in the place of those that there are, with nothing in their memory. */
  async restartControllers(downS = 0): Promise<void> {
    for (const host of this.rig.hosts.splice(0)) host.stop();
    await this.pass(downS);
    await this.rig.start(...this.controllers);
  }

  async addNode(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.rig.create<NodeObject>({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
    this.speak(name);
    await this.rig.settle();
  }

  async addNodes(count: number, labels: Readonly<Record<string, string>> = {}, prefix = 'n'): Promise<void> {
    for (let i = 1; i <= count; i += 1) await this.addNode(`${prefix}${i}`, labels);
  }

  async addPod(name: string, nodeName: string, tolerations = fiveMinutes): Promise<StoredPod> {
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: {
        nodeName,
        containers: [{ name: 'main', image: 'app' }],
        terminationGracePeriodSeconds: 30,
        tolerations,
      },
    };
    const created = await this.rig.objects.create(pod);
    const conditions = [{ type: 'Ready', status: 'True' }] as const;
    const running = { ...created, status: { phase: 'Running', conditions } } as StoredPod;
    const written = await this.rig.objects.updateStatus(running);
    await this.rig.settle();
    return written;
  }

  /** The agents of these nodes say nothing any more. */
  silence(...names: readonly string[]): void {
    for (const name of names) {
      this.agents.get(name)?.abort();
      this.agents.delete(name);
    }
  }

  /** The agent says at once how it is, then renews its lease every 10 s. */
  speak(name: string, ready: 'True' | 'False' = 'True'): void {
    this.silence(name);
    const agent = new AbortController();
    this.agents.set(name, agent);
    void this.live(name, ready, agent.signal);
  }

  /** The clock of the node is set back. */
  setBack(name: string, seconds: number): void {
    this.behindMs.set(name, seconds * 1000);
  }

  async pass(seconds: number): Promise<void> {
    await this.rig.clock.advanceBy(seconds * 1000);
  }

  async node(name: string): Promise<NodeObject> {
    const node = await this.rig.objects.get('Node', undefined, name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  async ready(name: string): Promise<string | undefined> {
    const { status } = await this.node(name);
    return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  }

  /** `unreachable:NoExecute`... */
  async taints(name: string): Promise<readonly string[]> {
    const { spec } = await this.node(name);
    return (spec?.taints ?? []).map(shown).sort();
  }

  /** When it was seen first; `undefined` when it never was. */
  seen(what: string): number | undefined {
    return this.sightings.find((sighting) => sighting.what === what)?.atS;
  }

  eventsAbout(about: string): readonly string[] {
    return this.rig.events.filter((event) => event.about === about).map(({ reason }) => reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.silence(...this.agents.keys());
    this.watching.abort();
    await this.rig[Symbol.asyncDispose]();
  }

  private async live(name: string, ready: 'True' | 'False', signal: AbortSignal): Promise<void> {
    await this.report(name, ready);
    while (!signal.aborted) {
      await this.renew(name);
      await sleep(this.rig.clock, 10_000, signal).catch(() => {});
    }
  }

  private async report(name: string, status: 'True' | 'False'): Promise<void> {
    const now = formatTime(this.rig.clock.now());
    const condition = (type: string, is: 'True' | 'False') => ({
      type,
      status: is,
      reason: 'Reported',
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    });
    const quiet = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => condition(type, 'False'));
    const conditions = [...quiet, condition('Ready', status)];
    await this.rig.objects.patchWith(
      'Node',
      undefined,
      name,
      (node) => ({ ...node, status: { ...node.status, conditions } }),
      { subresource: 'status' },
    );
  }

  private async renew(name: string): Promise<void> {
    const { objects, clock } = this.rig;
    const nowMs = clock.now() - (this.behindMs.get(name) ?? 0);
    const spec = { holderIdentity: name, renewTime: new Date(nowMs).toISOString() };
    const metadata = { name, namespace: 'kube-node-lease' };
    const known = await objects.get('Lease', 'kube-node-lease', name);
    const fresh: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    if (known === undefined) await objects.create(fresh);
    else await objects.update({ ...known, spec });
  }

  private async watchNodes(): Promise<void> {
    for await (const event of this.rig.objects.watch('Node', undefined, { signal: this.watching.signal })) {
      if (event.type !== 'put') continue;
      const { metadata, spec, status } = event.object;
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
      this.note(`${metadata.name} ready ${ready}`);
      for (const taint of spec?.taints ?? []) this.note(`${metadata.name} ${shown(taint)}`);
    }
  }

  private async watchPods(): Promise<void> {
    for await (const event of this.rig.objects.watch('Pod', undefined, { signal: this.watching.signal })) {
      if (event.type === 'synced') continue;
      const { metadata, status } = event.object;
      if (event.type === 'delete') this.note(`${metadata.name} gone`);
      if (metadata.deletionTimestamp !== undefined) this.note(`${metadata.name} deleted`);
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
      if (ready === 'False') this.note(`${metadata.name} not ready`);
    }
  }

  private note(what: string): void {
    if (this.seen(what) === undefined) this.sightings.push({ what, atS: this.nowS });
  }
}

function shown({ key, effect }: Taint): string {
  return `${key.replace('node.kubernetes.io/', '')}:${effect}`;
}
