/** What the agent of a node tells the world about it: in events, in facts and in the log. */

import type { NodeObject } from '../../api/objects.ts';
import { nodeAddress } from '../../bus/actor-address.ts';
import { errorMessage } from '../../contract/error.ts';
import type { Logger } from '../../contract/logger.ts';
import type { PodEventRecord } from '../node-context.ts';
import type { NodeProfile } from './node-profile.ts';

export interface NodeVoice {
  readonly profile: NodeProfile;
  readonly logger: Logger;
  /** Never throws. */
  recordEvent(node: NodeObject, event: Omit<PodEventRecord, 'container'>): void;
  /** Never throws. */
  publishFact(address: string, fact: string, data: object): void;
}

export class NodeAnnouncements {
  private readonly voice: NodeVoice;

  constructor(voice: NodeVoice) {
    this.voice = voice;
  }

  /** In the words of the kubelet. `node` is absent where its object was deleted meanwhile. */
  started(node: NodeObject | undefined): void {
    if (node === undefined) return;
    this.voice.recordEvent(node, { type: 'Normal', reason: 'Starting', message: 'Starting kubelet.' });
  }

  rebooted(node: NodeObject, bootID: string): void {
    const message = `Node ${this.name} has been rebooted, boot id: ${bootID}`;
    this.voice.recordEvent(node, { type: 'Warning', reason: 'Rebooted', message });
  }

  readyChanged(node: NodeObject, isReady: boolean): void {
    const reason = isReady ? 'NodeReady' : 'NodeNotReady';
    const message = `Node ${this.name} status is now: ${reason}`;
    this.voice.recordEvent(node, { type: 'Normal', reason, message });
    this.tell('ready-changed', { ready: isReady });
    this.voice.logger.info({ ready: isReady }, 'readiness of the node changed');
  }

  /** `node` is absent before it is registered: there is no object yet that an event could be about. */
  fenceChanged(node: NodeObject | undefined, isFenced: boolean, pods: number): void {
    const { logger, recordEvent } = this.voice;
    logger.warn(
      { pods },
      isFenced ? 'pods fenced: the lease cannot be renewed' : 'pods released: the lease is renewed',
    );
    this.tell(isFenced ? 'fenced' : 'released', { pods });
    if (node === undefined) return;
    const message = isFenced
      ? `Node ${this.name} cannot renew its lease: ${pods} pods are stopped before they are replaced`
      : `Node ${this.name} renews its lease again: ${pods} pods run again, but those that were replaced`;
    const reason = isFenced ? 'NodeFenced' : 'NodeReleased';
    recordEvent(node, { type: isFenced ? 'Warning' : 'Normal', reason, message });
  }

  nameLost(err: unknown, isFenced: boolean): void {
    const rest = isFenced
      ? 'its pods are stopped'
      : 'its containers run on, and nobody looks after them here';
    this.voice.logger.error(
      { node: this.name, err },
      `another agent has taken the name of this node: ${rest}`,
    );
    this.tell('name-lost', { why: errorMessage(err) });
  }

  private get name(): string {
    return this.voice.profile.name;
  }

  private tell(fact: string, data: object): void {
    this.voice.publishFact(nodeAddress(this.name), fact, { node: this.name, ...data });
  }
}
