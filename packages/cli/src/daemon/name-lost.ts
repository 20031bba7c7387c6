import type { Cluster } from '@mooring/core';
import { exitCodes } from '../exit-codes.ts';
import { UserError } from '../user-error.ts';

/** Rejects when another agent has taken the name of a node of this process: its agent has ended then. */
export async function nameLost(cluster: Pick<Cluster, 'facts' | 'nodes'>): Promise<never> {
  for await (const { data } of cluster.facts('node.*.name-lost')) {
    const { node, why } = data as { readonly node: string; readonly why: string };
    if (!cluster.nodes.includes(node)) continue;
    throw new UserError(`the agent of node ${node} has ended: ${why}`, {
      exitCode: exitCodes.taken,
      next: 'Stop the other agent of that name, or give this one another name with --node.',
    });
  }
  // The cluster is being closed: whoever does that is not to be told.
  return await new Promise<never>(() => {});
}
