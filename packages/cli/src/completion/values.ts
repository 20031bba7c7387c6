/** What may follow a flag, or stand where an argument does. */

import type { ArgumentDefinition } from '../command.ts';
import type { Flag } from '../flags.ts';

export type Values =
  | { readonly kind: 'nothing' | 'files' | 'directories' | NameKind }
  | { readonly kind: 'words'; readonly words: readonly string[] };

/** Of objects, which `moor completion <kind>` lists. */
export const nameKinds = ['pods', 'namespaces'] as const;
export type NameKind = (typeof nameKinds)[number];

/** `undefined` for a flag without a value. */
export function valuesOfFlag({ flag, placeholder, choices }: Flag): Values | undefined {
  if (placeholder === '') return undefined;
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (flag === '--namespace') return { kind: 'namespaces' };
  return { kind: kindsOfPlaceholders[placeholder] ?? 'nothing' };
}

const kindsOfPlaceholders: Readonly<Record<string, 'files' | 'directories'>> = {
  '<file>': 'files',
  '<directory>': 'directories',
};

export function valuesOfArgument(argument: ArgumentDefinition | undefined): Values {
  const completes = argument?.completes ?? 'nothing';
  return typeof completes === 'string' ? { kind: completes } : { kind: 'words', words: completes };
}

/** The flags that say which cluster and namespace names are asked of. */
export const clusterFlags = ['--namespace', '-n', '--kubeconfig', '--context'] as const;
