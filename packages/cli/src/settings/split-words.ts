/**
 * The words of a command line, by the rules of a shell without any expansion: quotes, backslashes. `undefined` when a quote
 * has no end.
 */
export function splitWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i] ?? '';
    if (quote !== '' && char === quote) quote = '';
    else if (char === '\\' && quote !== "'") {
      i += 1;
      word = (word ?? '') + (line[i] ?? '');
    } else if (quote !== '') word = (word ?? '') + char;
    else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') return undefined;
  return word === undefined ? words : [...words, word];
}
