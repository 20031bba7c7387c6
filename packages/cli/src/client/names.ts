/** Names of objects for completion, a line each. */

import type { CommandContext } from '../command.ts';
import type { NameKind } from '../completion/values.ts';
import { exitCodes } from '../exit-codes.ts';
import { openClient } from './open-client.ts';
import { podsPath } from './pod-path.ts';

interface List {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace?: string } }[];
}

export async function listNames(context: CommandContext, kind: NameKind): Promise<number> {
  const client = await openClient(context);
  const list = async (path: string) => ((await client.get(path)) as List).items;
  const names =
    kind === 'pods'
      ? (await list(podsPath(client.namespace))).map(({ metadata }) => metadata.name)
      : // Those in use count, with or without an object of their own.
        [
          ...(await list('/api/v1/namespaces')).map(({ metadata }) => metadata.name),
          ...(await list('/api/v1/pods')).map(({ metadata }) => metadata.namespace ?? 'default'),
        ];
  for (const name of [...new Set(names)].sort()) context.shell.out.write(`${name}\n`);
  return exitCodes.ok;
}
