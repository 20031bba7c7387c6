/** Brings the Node object of one agent into the store, and keeps its status there true. */

import { readyCondition } from '../../api/node-condition.ts';
import type { NodeObject } from '../../api/objects.ts';
import type { Clock, Random } from '../../contract/clock.ts';
import { hasCode } from '../../contract/error.ts';
import type { ObjectCache } from '../../contract/informer.ts';
import type { Logger } from '../../contract/logger.ts';
import type { ObjectStore } from '../../contract/object-store.ts';
import { type NodeProfile, newNode, takenOver } from './node-profile.ts';
import { type NodeHealth, type NodeStatus, nodeStatus, sameNodeStatus } from './node-status.ts';

export interface NodeReporterOptions {
  readonly profile: NodeProfile;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly objects: ObjectStore;
  /** Where it is seen what others have made of the object. */
  readonly nodes: ObjectCache<NodeObject>;
  /** So often the status is written although nothing has changed. */
  readonly reportMs: number;
  health(): NodeHealth;
  /** Ready has become another one than the object had. */
  onReadyChanged(node: NodeObject, isReady: boolean): void;
  /** The object was last written before the machine was started the last time. */
  onRebooted(node: NodeObject, bootID: string): void;
}

export class NodeReporter {
  private readonly options: NodeReporterOptions;
  /** As the last write left it. */
  private written: NodeObject | undefined;
  private writtenAtMs = Number.NEGATIVE_INFINITY;
  private untilNextMs = 0;
  private isMissed = false;
  /** The object that was last found to say what is true, and what that was. */
  private agreed: (NodeHealth & { readonly node: NodeObject | undefined }) | undefined;

  constructor(options: NodeReporterOptions) {
    this.options = options;
  }

  /** As it was written last; absent before it is registered. */
  get node(): NodeObject | undefined {
    return this.written;
  }

  /** The stored status says something else than what is true, or it is long since it was written. */
  get isDue(): boolean {
    const { clock, profile, health } = this.options;
    if (clock.monotonicMs() - this.writtenAtMs >= this.untilNextMs) return true;
    const { newest: node } = this;
    const { trouble, runtimeVersion } = health();
    const { agreed } = this;
    // Nearly always nothing has changed since the last look, which costs less to see than to compare.
    if (agreed?.node === node && agreed?.trouble === trouble && agreed?.runtimeVersion === runtimeVersion)
      return false;
    const wanted = nodeStatus(profile, { trouble, runtimeVersion }, node?.status, clock.now());
    if (!sameNodeStatus(node?.status, wanted)) return true;
    this.agreed = { node, trouble, runtimeVersion };
    return false;
  }

  /** Creates the object, or takes over the one that an earlier agent left. */
  async register(signal: AbortSignal): Promise<void> {
    const { objects, profile, health, clock } = this.options;
    const found = await objects.get('Node', undefined, profile.name, signal);
    if (found === undefined) {
      const state = health();
      const status = nodeStatus(profile, state, undefined, clock.now());
      const node = newNode(profile, status, state.trouble === undefined);
      this.note(await objects.create(node, { signal }), true);
      return;
    }
    await objects.patchWith('Node', undefined, profile.name, (node) => takenOver(node, profile), { signal });
    await this.report(signal);
  }

  async report(signal: AbortSignal): Promise<void> {
    const { objects, profile, clock, logger } = this.options;
    let before: NodeStatus | undefined;
    const change = (node: NodeObject): NodeObject => {
      before = node.status;
      return { ...node, status: nodeStatus(profile, this.options.health(), before, clock.now()) };
    };
    try {
      const options = { subresource: 'status', signal } as const;
      const node = await objects.patchWith('Node', undefined, profile.name, change, options);
      this.isMissed = false;
      this.note(node, !sameNodeStatus(before, node.status ?? {}));
      this.announce(node, before);
    } catch (error) {
      if (!hasCode(error, 'NOT_FOUND')) throw error;
      // Who deletes a node wants it gone: it comes back when its agent is started again.
      if (!this.isMissed) logger.warn({}, 'node object was deleted; not registered again before a restart');
      this.isMissed = true;
      this.writtenAtMs = clock.monotonicMs();
    }
  }

  private note(node: NodeObject, isChanged: boolean): void {
    const { clock, random, reportMs } = this.options;
    this.written = node;
    this.writtenAtMs = clock.monotonicMs();
    // Nodes that changed together, as after an outage, do not report together for ever after.
    this.untilNextMs = isChanged ? reportMs * (0.5 + random.next()) : reportMs;
  }

  private announce(node: NodeObject, before: NodeStatus | undefined): void {
    const was = before && readyCondition({ status: before })?.status;
    const is = readyCondition(node)?.status;
    const { profile, onReadyChanged, onRebooted } = this.options;
    if (was !== undefined && was !== is) onReadyChanged(node, is === 'True');
    const [former, bootID] = [before?.nodeInfo?.['bootID'] ?? '', profile.bootID];
    // Where it is not known there is nothing to tell.
    if (former !== '' && bootID !== '' && former !== bootID) onRebooted(node, bootID);
  }

  /** The cache may be behind the last write, or ahead of it. */
  private get newest(): NodeObject | undefined {
    const { nodes, profile } = this.options;
    const cached = nodes.get(undefined, profile.name);
    const revision = (node: NodeObject | undefined) => Number(node?.metadata.resourceVersion ?? 0);
    return revision(cached) > revision(this.written) ? cached : this.written;
  }
}
