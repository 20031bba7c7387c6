/** Old names of labels, kept equal to the new ones. Pure. */

import type { Labels } from '../../api/meta.ts';

const oldNames: Readonly<Record<string, string>> = {
  'kubernetes.io/os': 'beta.kubernetes.io/os',
  'kubernetes.io/arch': 'beta.kubernetes.io/arch',
};

/** The same object when they are equal already. */
export function withOldLabels(labels: Labels): Labels {
  const wanted = Object.entries(oldNames).flatMap(([name, old]) => {
    const value = labels[name];
    return value === undefined || labels[old] === value ? [] : [[old, value] as const];
  });
  return wanted.length === 0 ? labels : { ...labels, ...Object.fromEntries(wanted) };
}
