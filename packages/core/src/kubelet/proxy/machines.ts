/** On which machines the nodes are, as far as this process knows. */

import type { NodeObject } from '../../api/objects.ts';
import type { Informer } from '../../contract/informer.ts';
import type { ObjectOf } from '../../store/keys.ts';

export class Machines implements Disposable {
  private readonly nodes: Informer<ObjectOf<'Node'>>;
  private readonly own: ReadonlySet<string>;
  private readonly unsubscribe: () => void;

  /** `own`: the nodes of this process. `onChange` is called when a node is on another machine than before. */
  constructor(nodes: Informer<ObjectOf<'Node'>>, own: ReadonlySet<string>, onChange: () => void) {
    this.nodes = nodes;
    this.own = own;
    this.unsubscribe = nodes.subscribe({
      onUpsert: (node, old) => {
        if (machineOf(node) !== machineOf(old)) onChange();
      },
      onDelete: onChange,
    });
  }

  /** True when the node is certainly on another machine than this process. */
  isElsewhere(node: string): boolean {
    if (this.own.has(node)) return false;
    const theirs = machineOf(this.nodes.get(undefined, node));
    const ours = [...this.own].map((name) => machineOf(this.nodes.get(undefined, name)));
    return theirs !== '' && ours.every((machine) => machine !== '' && machine !== theirs);
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }
}

/** Empty when it does not say. */
function machineOf(node: NodeObject | undefined): string {
  return node?.status?.nodeInfo?.['bootID'] ?? '';
}
