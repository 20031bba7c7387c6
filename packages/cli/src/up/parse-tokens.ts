import type { ApiServerOptions } from '@mooring/apiserver';
import { UserError } from '../user-error.ts';

type Tokens = NonNullable<ApiServerOptions['tokens']>;

/**
 * A file of tokens as Kubernetes has it: `token,user,uid,"group,group"`, a line each; the uid is not used. Throws a
 * `UserError` that names the line, and never shows a token.
 */
export function parseTokens(text: string, file: string): Tokens {
  return text.split('\n').flatMap((line, i): Tokens => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [token = '', name = '', , groups = ''] = cellsOf(line);
    if (token.length < 16 || name === '')
      throw new UserError(
        `${file}:${i + 1}: ${name === '' ? 'names no user' : 'a token of at least 16 characters is needed'}`,
        {
          next: 'A line is: token,user,uid,"group,group"; the last two may be left out.',
        },
      );
    return [{ token, name, groups: groups.split(',').filter((group) => group !== '') }];
  });
}

function cellsOf(line: string): readonly string[] {
  const cells = [...line.trim().matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)];
  return cells.map(([, quoted, plain]) => (quoted ?? plain ?? '').trim());
}
