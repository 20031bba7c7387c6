/** Fields that are given twice in a JSON text, of which `JSON.parse` keeps the last one and says nothing. Pure. */

interface Level {
  /** Absent in a list. */
  readonly names: Set<string> | undefined;
  /** Where in it the scan is. */
  at: string | number;
}

const foundMax = 100;

/** Their paths, such as `spec.containers[0].image`, each once. `text` must be JSON. */
export function duplicateFields(text: string): readonly string[] {
  const levels: Level[] = [];
  const found = new Set<string>();
  let isName = false;
  for (let i = 0; i < text.length && found.size < foundMax; i += 1) {
    const level = levels.at(-1);
    switch (text[i]) {
      case '{':
        levels.push({ names: new Set(), at: '' });
        isName = true;
        break;
      case '[':
        levels.push({ names: undefined, at: 0 });
        isName = false;
        break;
      case '}':
      case ']':
        levels.pop();
        isName = false;
        break;
      case ',':
        if (typeof level?.at === 'number') level.at += 1;
        isName = level?.names !== undefined;
        break;
      case '"': {
        const end = endOfString(text, i);
        if (isName && level?.names !== undefined) {
          level.at = JSON.parse(text.slice(i, end + 1)) as string;
          if (level.names.has(level.at)) found.add(pathOf(levels));
          level.names.add(level.at);
          isName = false;
        }
        i = end;
        break;
      }
    }
  }
  return [...found];
}

/** The place of the quote that closes the one at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function pathOf(levels: readonly Level[]): string {
  return levels.map(({ at }, i) => (typeof at === 'number' ? `[${at}]` : i === 0 ? at : `.${at}`)).join('');
}
