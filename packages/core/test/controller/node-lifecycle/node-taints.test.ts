import { describe, expect, it } from 'vitest';
import type { ConditionStatus } from '../../../src/api/meta.ts';
import type { NodeObject, Taint } from '../../../src/api/objects.ts';
import {
  noExecuteSinceMs,
  noExecuteStep,
  withNoScheduleTaints,
  withoutNoExecute,
} from '../../../src/controller/node-lifecycle/node-taints.ts';
import { plannedNode } from '../../../src/controller/node-lifecycle/planned-node.ts';

const noon = Date.UTC(2026, 0, 1, 12);
const now = { wallMs: noon, monotonicMs: 0 };
const earlier = '2026-01-01T11:30:00Z';
const taint = (key: string, effect: Taint['effect'], timeAdded?: string): Taint => ({
  key: `node.kubernetes.io/${key}`,
  effect,
  ...(timeAdded !== undefined && { timeAdded }),
});
const foreign: Taint = { key: 'dedicated', value: 'gpu', effect: 'NoExecute' };

function nodeOf(ready: ConditionStatus | undefined, taints: readonly Taint[]): NodeObject {
  const conditions = ready === undefined ? [] : [{ type: 'Ready', status: ready }];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1' },
    spec: { taints },
    status: { conditions },
  };
}

describe('the taint that drives pods out', () => {
  const unreachable = taint('unreachable', 'NoExecute', earlier);
  const notReady = taint('not-ready', 'NoExecute', earlier);

  it.each<[ConditionStatus | undefined, readonly Taint[], string, readonly Taint[]]>([
    ['Unknown', [foreign], 'add', [foreign, taint('unreachable', 'NoExecute', '2026-01-01T12:00:00Z')]],
    ['False', [], 'add', [taint('not-ready', 'NoExecute', '2026-01-01T12:00:00Z')]],
    ['Unknown', [unreachable], 'keep', []],
    ['True', [foreign], 'keep', []],
    [undefined, [unreachable], 'keep', []],
    ['True', [notReady, foreign], 'change', [foreign]],
    ['False', [unreachable, foreign], 'change', [foreign, notReady]],
    ['Unknown', [notReady], 'change', [unreachable]],
    ['Unknown', [notReady, unreachable], 'change', [unreachable]],
  ])('Ready %s, %j: %s', (ready, taints, kind, wanted) => {
    const step = noExecuteStep(nodeOf(ready, taints), noon);
    expect(step).toEqual(kind === 'keep' ? { kind } : { kind, taints: wanted });
  });

  it('goes from every node while the control plane suspects itself, whatever the node says', () => {
    for (const ready of ['True', 'False', 'Unknown'] as const) {
      const plan = { isStopped: true, mayTaint: true, silent: undefined };
      expect(plannedNode(nodeOf(ready, [unreachable, foreign]), plan, now).spec?.taints).toEqual([foreign]);
    }
  });

  it('is put on only when it is the turn of the node', () => {
    const node = nodeOf('Unknown', []);
    const plan = { isStopped: false, mayTaint: false, silent: undefined };
    expect(plannedNode(node, plan, now)).toBe(node);
    expect(plannedNode(node, { ...plan, mayTaint: true }, now).spec?.taints).toHaveLength(1);
  });

  it('says since when', () => {
    expect(noExecuteSinceMs(nodeOf('Unknown', [foreign, unreachable]))).toBe(Date.parse(earlier));
    expect(noExecuteSinceMs(nodeOf('Unknown', [foreign]))).toBeUndefined();
  });

  it('is nothing to anybody who has none', () => {
    const taints = [foreign];
    expect(withoutNoExecute(taints)).toBe(taints);
  });
});

describe('taints that keep new pods away', () => {
  it('are left alone, times and all, when they are as they should be', () => {
    const taints = [foreign, taint('unreachable', 'NoSchedule', earlier)];
    expect(withNoScheduleTaints(nodeOf('Unknown', taints), taints, noon)).toBe(taints);
  });

  it('of another effect are none of theirs', () => {
    const taints: readonly Taint[] = [taint('memory-pressure', 'PreferNoSchedule')];
    expect(withNoScheduleTaints(nodeOf('True', taints), taints, noon)).toBe(taints);
  });
});
