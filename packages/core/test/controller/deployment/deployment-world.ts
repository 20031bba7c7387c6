/** Deployments, ReplicaSets and pods that live, in virtual time, and what is seen of them. */

import type { ObjectOf } from '../../../src/api/known-kinds.ts';
import type { Deployment, DeploymentSpec, WorkloadCondition } from '../../../src/api/workloads.ts';
import { createRolloutClient, type RolloutClient } from '../../../src/cluster/rollout.ts';
import { deploymentController } from '../../../src/controller/deployment/deployment-controller.ts';
import { replicaSetController } from '../../../src/controller/replication/pod-set-controllers.ts';
import { conditionOf } from '../../../src/controller/replication/workload-conditions.ts';
import { ControllerRig, type ControllerRigOptions } from '../controller-rig.ts';
import { deploymentToCreate, templateOf } from './builders.ts';
import { isReady, type NodeStandInOptions, nodeStandIn } from './node-stand-in.ts';

export interface WorldOptions extends NodeStandInOptions {
  readonly rig?: ControllerRigOptions;
}

export class DeploymentWorld implements AsyncDisposable {
  readonly rig: ControllerRig;
  readonly rollout: RolloutClient;
  /** Every reason that Progressing of `web` ever had, in order. */
  readonly reasons: string[] = [];

  private constructor(rig: ControllerRig) {
    this.rig = rig;
    this.rollout = createRolloutClient(rig.objects, rig.clock);
    rig.informers.of('Deployment').subscribe({
      onUpsert: ({ metadata, status }) => {
        const { reason } = conditionOf(status?.conditions, 'Progressing') ?? {};
        if (metadata.name === 'web' && reason !== undefined && reason !== this.reasons.at(-1))
          this.reasons.push(reason);
      },
    });
  }

  static async start({ rig: rigOptions, ...node }: WorldOptions = {}): Promise<DeploymentWorld> {
    const rig = new ControllerRig(rigOptions);
    await rig.start(deploymentController(), replicaSetController(), nodeStandIn(node));
    return new DeploymentWorld(rig);
  }

  async create(options: Parameters<typeof deploymentToCreate>[0] = {}): Promise<Deployment> {
    return await this.rig.create(deploymentToCreate(options));
  }

  pass(seconds: number): Promise<void> {
    return this.rig.clock.advanceBy(seconds * 1000);
  }

  /** Changes the spec of `web`, and adds annotations, in one write; nothing has been done about it yet. */
  async change(
    { image, ...spec }: Partial<DeploymentSpec> & { readonly image?: string },
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.rig.objects.patchWith('Deployment', 'default', 'web', (current) => ({
      ...current,
      metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, ...annotations } },
      spec: { ...current.spec, ...spec, ...(image !== undefined && { template: templateOf(image) }) },
    }));
  }

  async deployment(name = 'web'): Promise<ObjectOf<'Deployment'>> {
    const found = await this.rig.objects.get('Deployment', 'default', name);
    if (found === undefined) throw new Error(`there is no deployment ${name}`);
    return found;
  }

  async condition(type: string): Promise<WorkloadCondition | undefined> {
    return conditionOf((await this.deployment()).status?.conditions, type);
  }

  /** The reason of Progressing. */
  async progress(): Promise<string | undefined> {
    return (await this.condition('Progressing'))?.reason;
  }

  /** The ReplicaSets by image. */
  async replicaSets(): Promise<Readonly<Record<string, ObjectOf<'ReplicaSet'>>>> {
    return Object.fromEntries((await this.rig.list('ReplicaSet')).map((one) => [imageOf(one), one]));
  }

  /** The sizes of the ReplicaSets by image. */
  async sizes(): Promise<Readonly<Record<string, number | undefined>>> {
    return Object.fromEntries(
      Object.entries(await this.replicaSets()).map(([image, { spec }]) => [image, spec.replicas]),
    );
  }

  /** Pods by image that are ready and not being deleted, and how many exist in all. */
  async pods(): Promise<{ readonly ready: Readonly<Record<string, number>>; readonly total: number }> {
    const pods = await this.rig.list('Pod');
    const ready: Record<string, number> = {};
    for (const pod of pods) {
      const image = pod.spec.containers[0]?.image ?? '';
      if (isServing(pod)) ready[image] = (ready[image] ?? 0) + 1;
    }
    return { ready, total: pods.length };
  }

  /** From now on: the most pods that all ReplicaSets together ever wanted, and the fewest that were ever ready. */
  extremes(): { wantedMax: number; readyMin: number } {
    const extremes = { wantedMax: 0, readyMin: Number.POSITIVE_INFINITY };
    const replicaSets = this.rig.informers.of('ReplicaSet');
    const pods = this.rig.informers.of('Pod');
    const note = () => {
      const wanted = replicaSets.list().reduce((sum, { spec }) => sum + (spec.replicas ?? 1), 0);
      extremes.wantedMax = Math.max(extremes.wantedMax, wanted);
      extremes.readyMin = Math.min(extremes.readyMin, pods.list().filter(isServing).length);
    };
    for (const informer of [replicaSets, pods]) informer.subscribe({ onUpsert: note, onDelete: note });
    return extremes;
  }

  /** Events about the Deployment: `<reason>: <message>`, with the names of its ReplicaSets as their images. */
  async events(): Promise<readonly string[]> {
    const names = Object.entries(await this.replicaSets());
    return this.rig.events
      .filter(({ about }) => about === 'Deployment/web')
      .map(({ reason, message }) =>
        names.reduce(
          (line, [image, { metadata }]) => line.replaceAll(metadata.name, image),
          `${reason}: ${message}`,
        ),
      );
  }

  /** Facts of the Deployment's actor: type and data. */
  facts(type: string): readonly object[] {
    return this.rig.facts.filter((fact) => fact.type === type).map(({ data }) => data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]();
  }
}

function isServing(pod: ObjectOf<'Pod'>): boolean {
  return isReady(pod) && pod.metadata.deletionTimestamp === undefined;
}

function imageOf({ spec }: ObjectOf<'ReplicaSet'>): string {
  return spec.template.spec.containers[0]?.image ?? '';
}

/** A world with a Deployment `web` whose pods are all available. */
export async function running(
  deployment: Parameters<typeof deploymentToCreate>[0],
  options: WorldOptions = {},
): Promise<DeploymentWorld> {
  const world = await DeploymentWorld.start(options);
  await world.create(deployment);
  await world.pass(10);
  return world;
}
