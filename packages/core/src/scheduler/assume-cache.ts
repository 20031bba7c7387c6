/**
 * The nodes and what is on them, with the pods whose binding is under way counted as if they were there already. A change
 * of one pod costs the same however many others there are.
 */

import { zoneLabel } from '../api/node-labels.ts';
import type { NodeObject } from '../api/objects.ts';
import type { StoredPod } from '../api/pod.ts';
import { controllerOf } from '../store/common-indices.ts';
import type { NodeState } from './filters/filter.ts';
import { isSameNode, nodeFacts } from './node-facts.ts';
import { NodeUsage } from './node-usage.ts';
import type { NeedsBook, PodNeeds } from './pod-needs.ts';
import type { Siblings } from './scores/spread.ts';

interface Place {
  readonly needs: PodNeeds;
  /** Of the spec that needs it. */
  readonly generation: number | undefined;
  readonly ownerUID: string | undefined;
  readonly nodeName: string;
  /** The object as it is known; absent while it is only assumed to be there. */
  readonly pod: StoredPod | undefined;
  /** Counted among the siblings of its owner. */
  readonly isSpread: boolean;
}

/** Where the pods of one owner are. */
class OwnPods implements Siblings {
  readonly byNode = new Map<string, number>();
  readonly byZone = new Map<string, number>();

  count(nodeName: string, zone: string | undefined, by: 1 | -1): void {
    change(this.byNode, nodeName, by);
    if (zone !== undefined) change(this.byZone, zone, by);
  }
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

interface Node {
  readonly name: string;
  /** Absent for a node that pods name and that has no object. */
  state: NodeState | undefined;
  readonly usage: NodeUsage;
}

export class AssumeCache {
  /** The nodes that have an object, in the order in which they became known. */
  readonly states: NodeState[] = [];
  private readonly nodes = new Map<string, Node>();
  private readonly places = new Map<string, Place>();
  /** By owner. */
  private siblings = new Map<string, OwnPods>();
  private readonly book: NeedsBook;
  private readonly onHelp: (nodeName: string) => void;

  /** `onHelp`: a pod that this node rejected may find it better now. */
  constructor(book: NeedsBook, onHelp: (nodeName: string) => void) {
    this.book = book;
    this.onHelp = onHelp;
  }

  get pods(): number {
    return this.places.size;
  }

  state(nodeName: string): NodeState | undefined {
    return this.nodes.get(nodeName)?.state;
  }

  setNode(object: NodeObject): void {
    const facts = nodeFacts(object);
    const node = this.node(facts.name);
    const before = node.state;
    if (before !== undefined && isSameNode(before.facts, facts)) return;
    const isMoved = before?.facts.labels[zoneLabel] !== facts.labels[zoneLabel];
    node.state = { facts, usage: node.usage };
    if (isMoved && node.usage.pods > 0) this.recount();
    if (before === undefined) this.states.push(node.state);
    else this.states[this.states.indexOf(before)] = node.state;
    this.onHelp(facts.name);
  }

  removeNode(nodeName: string): void {
    const node = this.nodes.get(nodeName);
    if (node?.state === undefined) return;
    this.states.splice(this.states.indexOf(node.state), 1);
    node.state = undefined;
    if (node.usage.pods > 0) this.recount();
    this.tidy(node);
  }

  /** A pod that has a node and has not ended. */
  setPod(pod: StoredPod): void {
    const { uid } = pod.metadata;
    const before = this.places.get(uid);
    if (before?.pod !== undefined && isSamePlace(before.pod, pod)) return;
    const nodeName = pod.spec.nodeName ?? '';
    const { generation } = pod.metadata;
    const isSameSpec = before !== undefined && generation !== undefined && before.generation === generation;
    const after: Place = {
      needs: isSameSpec ? before.needs : this.book.of(pod.spec),
      generation,
      ownerUID: controllerOf(pod)?.uid,
      nodeName,
      pod,
      isSpread: pod.metadata.deletionTimestamp === undefined,
    };
    this.places.set(uid, after);
    // What was assumed came true.
    if (before !== undefined && countsTheSame(before, after)) return;
    if (before !== undefined) this.take(before);
    this.give(after);
    // What was assumed frees nothing where it is.
    if (before !== undefined && (before.nodeName !== nodeName || before.pod !== undefined))
      this.onHelp(before.nodeName);
  }

  /** Until it is seen there, or `forget`. */
  assume(pod: StoredPod, needs: PodNeeds, nodeName: string): void {
    const ownerUID = controllerOf(pod)?.uid;
    const { generation } = pod.metadata;
    const place = { needs, generation, ownerUID, nodeName, pod: undefined, isSpread: true };
    this.places.set(pod.metadata.uid, place);
    this.give(place);
  }

  /** Its binding has failed. */
  forget(uid: string): void {
    if (this.places.get(uid)?.pod === undefined) this.removePod(uid);
  }

  removePod(uid: string): void {
    const place = this.places.get(uid);
    if (place === undefined) return;
    this.places.delete(uid);
    this.take(place);
    this.onHelp(place.nodeName);
  }

  siblingsOf(ownerUID: string): Siblings {
    return this.siblings.get(ownerUID) ?? new OwnPods();
  }

  private node(name: string): Node {
    const known = this.nodes.get(name);
    if (known !== undefined) return known;
    const node: Node = { name, state: undefined, usage: new NodeUsage() };
    this.nodes.set(name, node);
    return node;
  }

  private give(place: Place): void {
    this.node(place.nodeName).usage.add(place.needs);
    this.countSibling(place, 1);
  }

  private take(place: Place): void {
    const node = this.node(place.nodeName);
    node.usage.remove(place.needs);
    this.countSibling(place, -1);
    this.tidy(node);
  }

  private countSibling({ ownerUID, nodeName, isSpread }: Place, by: 1 | -1): void {
    if (ownerUID === undefined || !isSpread) return;
    const own = this.siblings.get(ownerUID) ?? new OwnPods();
    own.count(nodeName, this.zoneOf(nodeName), by);
    if (own.byNode.size > 0) this.siblings.set(ownerUID, own);
    else this.siblings.delete(ownerUID);
  }

  private zoneOf(nodeName: string): string | undefined {
    return this.nodes.get(nodeName)?.state?.facts.labels[zoneLabel];
  }

  /** A node that has pods has come, gone, or changed its zone, which is rare. */
  private recount(): void {
    this.siblings = new Map();
    for (const place of this.places.values()) this.countSibling(place, 1);
  }

  /** A node without object and pods is nothing. */
  private tidy(node: Node): void {
    if (node.state === undefined && node.usage.pods === 0) this.nodes.delete(node.name);
  }
}

function countsTheSame(a: Place, b: Place): boolean {
  return (
    a.pod === undefined &&
    a.needs === b.needs &&
    a.nodeName === b.nodeName &&
    a.ownerUID === b.ownerUID &&
    a.isSpread === b.isSpread
  );
}

/** Nothing that counts has changed; most writes are of the status. */
function isSamePlace(a: StoredPod, b: StoredPod): boolean {
  return (
    a.spec.nodeName === b.spec.nodeName &&
    a.metadata.generation === b.metadata.generation &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
    controllerOf(a)?.uid === controllerOf(b)?.uid
  );
}
