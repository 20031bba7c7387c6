/** The table of pods in as many columns of a terminal as there are. Pure. */

import type { PodRow } from '@mooring/core';
import { formatTable } from '../output/table.ts';

const headings = ['name', 'ready', 'status', 'restarts', 'age'] as const;
/** What can be done without, least wanted first. */
const dispensable = ['age', 'restarts', 'ready'] as const;
/** A name is not cut any shorter. */
const nameMin = 12;
/** The end of a name tells pods of one set apart. */
const tailLength = 5;
/** For any terminal and locale. */
const gap = '..';

/** The heading and a line for each row. Long names are cut first, then columns are left out. */
export function fitTable(rows: readonly PodRow[], columns: number): readonly string[] {
  for (let left = 0; ; left++) {
    const shown = headings.filter((heading) => !dispensable.slice(0, left).some((one) => one === heading));
    const lines = tableOf(rows, shown, columns);
    if (left === dispensable.length || widthOf(lines) <= columns)
      return lines.map((line) => line.slice(0, columns));
  }
}

function tableOf(
  rows: readonly PodRow[],
  shown: readonly (typeof headings)[number][],
  columns: number,
): readonly string[] {
  const lines = formatTable(
    shown,
    rows.map((row) => shown.map((heading) => row[heading])),
  );
  const tooWide = widthOf(lines) - columns;
  if (tooWide <= 0) return lines;
  const longest = Math.max(...rows.map(({ name }) => name.length));
  const nameMax = Math.max(nameMin, longest - tooWide);
  const cut = rows.map((row) => ({ ...row, name: cutName(row.name, nameMax) }));
  return formatTable(
    shown,
    cut.map((row) => shown.map((heading) => row[heading])),
  );
}

function cutName(name: string, lengthMax: number): string {
  if (name.length <= lengthMax) return name;
  return `${name.slice(0, lengthMax - tailLength - gap.length)}${gap}${name.slice(-tailLength)}`;
}

function widthOf(lines: readonly string[]): number {
  return Math.max(0, ...lines.map((line) => line.length));
}
