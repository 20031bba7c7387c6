/** Tables as kubectl prints them: padded columns, three spaces apart, headings in capitals. */

export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const lines = [headings.map((heading) => heading.toUpperCase()), ...rows];
  const widths = headings.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)));
  return lines.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd((widths[i] ?? 0) + 3))
      .join('')
      .trimEnd(),
  );
}
