import { type BenchResult, isWithinLimits } from './bench-result.ts';

const heads = ['', 'ours', 'floor', 'ratio', 'limit', 'ok', ''] as const;

/** One line for each figure, under a head; numbers are set to the right. */
export function formatTable(results: readonly BenchResult[]): string {
  const rows = [heads, ...results.map(cellsOf)];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => padded(cell, column, widths))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What it says, column by column. */
export function cellsOf(result: BenchResult): readonly string[] {
  const { name, ours, floor, ratio, unit, note = '' } = result;
  const verdict = isWithinLimits(result);
  return [
    name,
    `${digits(ours)} ${unit}`,
    Number.isNaN(floor) ? '' : `${digits(floor)} ${unit}`,
    Number.isNaN(ratio) ? '' : `${digits(ratio)} x`,
    limits(result),
    verdict === undefined ? '' : verdict ? 'yes' : 'NO',
    note,
  ];
}

function limits({ limit, oursMax, unit }: BenchResult): string {
  const parts: string[] = [];
  if (limit !== undefined) parts.push(`${limit} x`);
  if (oursMax !== undefined) parts.push(`${oursMax} ${unit}`);
  return parts.join(', ');
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function padded(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  const isNumber = column > 0 && column < 5;
  return isNumber ? cell.padStart(width) : cell.padEnd(width);
}
