import type { Container } from '../../api/pod.ts';
import { expand } from '../expand.ts';
import type { EnvironmentVariable } from './build-environment.ts';

/**
 * `command` and `args` with each `$(NAME)` of the container's final environment put in. Unknown names stay as written
 * and no shell is involved. What is absent in the container stays absent: the image decides then.
 */
export function expandCommand(
  container: Pick<Container, 'command' | 'args'>,
  env: readonly EnvironmentVariable[],
): { readonly command?: readonly string[]; readonly args?: readonly string[] } {
  const { command, args } = container;
  if (command === undefined && args === undefined) return {};
  const values = new Map(env.map(({ name, value }) => [name, value]));
  const expandAll = (words: readonly string[]) =>
    words.map((word) => expand(word, (name) => values.get(name)));
  return {
    ...(command === undefined ? {} : { command: expandAll(command) }),
    ...(args === undefined ? {} : { args: expandAll(args) }),
  };
}
