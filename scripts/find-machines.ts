import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyStateMachine } from 'xstate';

const repository = join(import.meta.dirname, '..');

export interface FoundMachine {
  /** `container` for `containerMachine`. */
  readonly name: string;
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly machine: AnyStateMachine;
}

/** Every machine of the packages: what `*-machine.ts` files export as `<name>Machine`, by name. Throws where a file has none. */
export async function findMachines(): Promise<readonly FoundMachine[]> {
  const packages = join(repository, 'packages');
  const sources = readdirSync(packages).map((name) => join(packages, name, 'src'));
  const files = sources.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('-machine.ts'))
      .map((name) => join(folder, name)),
  );
  const found = await Promise.all(files.map(machinesOf));
  return found.flat().sort((a, b) => a.name.localeCompare(b.name));
}

async function machinesOf(file: string): Promise<readonly FoundMachine[]> {
  const path = relative(repository, file);
  const text = await readFile(file, 'utf8');
  const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
  const machines = Object.entries(exported).flatMap(([name, value]): readonly FoundMachine[] =>
    name.endsWith('Machine') && isMachine(value)
      ? [{ name: name.slice(0, -'Machine'.length), path, text, machine: value }]
      : [],
  );
  if (machines.length === 0)
    throw new Error(`${path} exports no machine under a name that ends in "Machine"`);
  return machines;
}

function isMachine(value: unknown): value is AnyStateMachine {
  return typeof value === 'object' && value !== null && 'root' in value && 'implementations' in value;
}
