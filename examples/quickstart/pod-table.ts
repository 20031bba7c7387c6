/** Pods in the columns of `kubectl get pods`: NAME READY STATUS RESTARTS AGE. */

import type { PodRow } from '@mooring/core';

const columns = ['name', 'ready', 'status', 'restarts', 'age'] as const;

/** The lines of a table: a heading, then a line for each pod. */
export function formatTable(rows: readonly PodRow[]): readonly string[] {
  const cells = [columns.map((column) => column.toUpperCase()), ...rows.map(cellsOf)];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((cell, i) => cell.padEnd((widths[i] ?? 0) + 3))
      .join('')
      .trimEnd(),
  );
}

function cellsOf(row: PodRow): readonly string[] {
  return columns.map((column) => row[column]);
}
