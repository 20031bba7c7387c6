/** For "did you mean": the candidate that takes the fewest edits, when that is few enough to be a typo. */
export function nearestWord(word: string, candidates: Iterable<string>): string | undefined {
  // A third of the word may differ; longer words than any field name are not worth the work.
  if (word.length > 64) return undefined;
  const distanceMax = Math.max(1, Math.floor(word.length / 3));
  let nearest: string | undefined;
  let nearestDistance = distanceMax + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= nearestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** ` (did you mean "image"?)`, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const nearest = nearestWord(word, candidates);
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}

/** Insertions, deletions, substitutions, and swaps of two neighbours (Damerau), which are the commonest slip of all. */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(beforeLast, j - 2) + 1 : substituted;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, substituted, swapped));
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

/** Every cell that is asked for has been filled in. */
function at(row: readonly number[], column: number): number {
  return row[column] ?? 0;
}
