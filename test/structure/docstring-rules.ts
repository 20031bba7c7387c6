/** What a package exports says what it is: a doc comment stands right before each declaration. */

import { posix } from 'node:path';
import { placeOf, type SourceFile } from './source-file.ts';

type Files = ReadonlyMap<string, SourceFile>;

/** The places of exported declarations without a doc comment, reached from an entry point of a package. */
export function undocumentedExports(entry: string, files: Files): readonly string[] {
  return exportsOf(entry, undefined, files);
}

/** `names`: those that are asked for; all when not given. What another package exports is its own affair. */
function exportsOf(path: string, names: ReadonlySet<string> | undefined, files: Files): readonly string[] {
  const file = files.get(path);
  if (file === undefined) return [];
  const documented = new Set<string>();
  const from = (source: string) => posix.join(posix.dirname(path), source);
  return file.program.body.flatMap((node) => {
    if (node.type === 'ExportAllDeclaration') return exportsOf(from(node.source.value), names, files);
    if (node.type !== 'ExportNamedDeclaration') return [];
    const { declaration, source, specifiers } = node;
    if (source !== null) {
      const asked = specifiers.filter(({ exported }) => names?.has(nameOf(exported)) ?? true);
      if (asked.length === 0) return [];
      return exportsOf(from(source.value), new Set(asked.map(({ local }) => nameOf(local))), files);
    }
    if (declaration === null) return [];
    const declared = declaredName(declaration);
    if (names?.has(declared) === false || documented.has(declared)) return [];
    if (isDocumented(file, node.start)) {
      // Of the overloads of a function the first speaks for all.
      documented.add(declared);
      return [];
    }
    return [`${placeOf(file, node)}: ${declared}`];
  });
}

function isDocumented({ text }: SourceFile, start: number): boolean {
  const before = text.slice(0, start).trimEnd();
  return before.endsWith('*/') && before.slice(before.lastIndexOf('/*')).startsWith('/**');
}

interface Declaration {
  readonly id?: unknown;
  readonly declarations?: readonly { readonly id: unknown }[];
}

function declaredName(declaration: object): string {
  const { id, declarations } = declaration as Declaration;
  return nameOf(id ?? declarations?.[0]?.id ?? {});
}

function nameOf(node: unknown): string {
  const { name, value } = node as { readonly name?: string; readonly value?: string };
  return name ?? value ?? '';
}
