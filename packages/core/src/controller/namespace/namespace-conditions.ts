/** What a Namespace that is being emptied says about it: what is left, and whose finalizers keep it. */

import { type ApiObject, formatTime } from '../../api/meta.ts';
import type { Namespace, NamespaceCondition } from '../../api/objects.ts';
import { errorMessage } from '../../contract/error.ts';
import { resourceOf } from '../../store/keys.ts';

export interface NamespaceContent {
  readonly remaining: readonly ApiObject[];
  /** What could not be deleted. */
  readonly errors: readonly unknown[];
}

type Words = Pick<NamespaceCondition, 'reason' | 'message'>;

/** The conditions with what is true now; the time of one changes with its status only. */
export function namespaceConditions(
  { status }: Namespace,
  content: NamespaceContent,
  nowMs: number,
): readonly NamespaceCondition[] {
  const known = status?.conditions ?? [];
  return rules.map(({ type, holds, otherwise }) => {
    const words = holds(content);
    const conditionStatus = words === undefined ? 'False' : 'True';
    const before = known.find((condition) => condition.type === type);
    const lastTransitionTime =
      before?.status === conditionStatus ? before.lastTransitionTime : formatTime(nowMs);
    return {
      type,
      status: conditionStatus,
      ...(lastTransitionTime !== undefined && { lastTransitionTime }),
      ...(words ?? otherwise),
    };
  });
}

interface Rule {
  readonly type: string;
  /** The words of the condition where it holds. */
  readonly holds: (content: NamespaceContent) => Words | undefined;
  readonly otherwise: Words;
}

const rules: readonly Rule[] = [
  {
    type: 'NamespaceDeletionContentFailure',
    holds: ({ errors }) =>
      errors.length === 0
        ? undefined
        : {
            reason: 'ContentDeletionFailed',
            message: `Failed to delete all resource types: ${reasons(errors)}`,
          },
    otherwise: {
      reason: 'ContentDeleted',
      message: 'All content successfully deleted, may be waiting on finalization',
    },
  },
  {
    type: 'NamespaceContentRemaining',
    holds: ({ remaining }) => counted('SomeResourcesRemain', remaining.map(resourceWords), remainingWords),
    otherwise: { reason: 'ContentRemoved', message: 'All content successfully removed' },
  },
  {
    type: 'NamespaceFinalizersRemaining',
    holds: ({ remaining }) =>
      counted(
        'SomeFinalizersRemain',
        remaining.flatMap(({ metadata }) => metadata.finalizers ?? []),
        finalizerWords,
      ),
    otherwise: { reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
  },
];

function resourceWords({ kind }: ApiObject): string {
  const { plural, group } = resourceOf(kind);
  return `${plural}.${group}`;
}

function remainingWords(counts: readonly (readonly [string, number])[]): string {
  const list = counts.map(([resource, count]) => `${resource} has ${count} resource instances`);
  return `Some resources are remaining: ${list.join(', ')}`;
}

function finalizerWords(counts: readonly (readonly [string, number])[]): string {
  const list = counts.map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  return `Some content in the namespace has finalizers remaining: ${list.join(', ')}`;
}

function counted(
  reason: string,
  names: readonly string[],
  words: (counts: readonly (readonly [string, number])[]) => string,
): Words | undefined {
  if (names.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return { reason, message: words([...counts].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

const reasonsMax = 3;

function reasons(errors: readonly unknown[]): string {
  const distinct = [...new Set(errors.map(errorMessage))].sort();
  return distinct.slice(0, reasonsMax).join('; ');
}
