/** Events about nodes, in the words of Kubernetes. Pure. */

import type { ControllerEvent } from '../../contract/controller.ts';

export interface NodeEvent {
  readonly node: string;
  readonly event: ControllerEvent;
}

/** Nodes that came and went since the last pass. */
export function comingsAndGoings(known: Iterable<string>, current: Iterable<string>): readonly NodeEvent[] {
  const before = new Set(known);
  const now = new Set(current);
  const came = [...now].filter((node) => !before.has(node));
  const went = [...before].filter((node) => !now.has(node));
  return [
    ...came.map((node) => nodeEvent(node, 'RegisteredNode', `Registered Node ${node} in Controller`)),
    ...went.map((node) => nodeEvent(node, 'RemovingNode', `Removing Node ${node} from Controller`)),
  ];
}

export function notReadyEvent(node: string): ControllerEvent {
  return { type: 'Normal', reason: 'NodeNotReady', message: `Node ${node} status is now: NodeNotReady` };
}

function nodeEvent(node: string, reason: string, words: string): NodeEvent {
  return { node, event: { type: 'Normal', reason, message: `Node ${node} event: ${words}` } };
}
