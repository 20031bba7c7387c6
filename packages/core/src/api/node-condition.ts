/** What a node says of itself, or others of it. */

import type { NodeCondition, NodeObject } from './objects.ts';

/** The condition Ready; `undefined` of a node that has none, or is not there. */
export function readyCondition(node: Pick<NodeObject, 'status'> | undefined): NodeCondition | undefined {
  return node?.status?.conditions?.find(({ type }) => type === 'Ready');
}
