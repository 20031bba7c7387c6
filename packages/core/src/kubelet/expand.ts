/**
 * `$(NAME)` expansion as Kubernetes does it in commands, arguments, environment values and sub-paths.
 *
 * `$(NAME)` becomes the value that `lookup` gives, and stays as it is when there is none. `$$` is one dollar sign, so
 * `$$(NAME)` is the text `$(NAME)`. A dollar sign before anything else, or an unclosed `$(`, is ordinary text.
 * What was put in is not expanded again. Takes time in proportion to the length of the text.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  const lastClose = text.lastIndexOf(')');
  let expanded = '';
  let copied = 0;
  for (let at = text.indexOf('$'); at !== -1; at = text.indexOf('$', copied)) {
    const next = text[at + 1];
    // Looking for a bracket that is not there, at each reference anew, would take quadratic time.
    const opens = next === '(' && at < lastClose;
    if (opens) {
      const close = text.indexOf(')', at);
      expanded += text.slice(copied, at) + (lookup(text.slice(at + 2, close)) ?? text.slice(at, close + 1));
      copied = close + 1;
    } else {
      expanded += text.slice(copied, at + 1);
      copied = next === '$' ? at + 2 : at + 1;
    }
  }
  return expanded + text.slice(copied);
}
