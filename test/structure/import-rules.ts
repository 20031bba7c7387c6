/** Who may import whom: the table of the architecture, as code. */

import { posix } from 'node:path';
import type { SourceFile } from './source-file.ts';

const shared = ['api', 'contract', 'engine'];
/** Scheduler, kubelet and controllers meet in the store and on the bus, never in each other's code. */
const foundations = [...shared, 'bus', 'store', 'manifest'];

/** The folders of `packages/core/src`; each may also import from itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  api: [],
  contract: ['api'],
  engine: ['contract'],
  bus: shared,
  store: shared,
  manifest: ['api', 'contract'],
  gateway: [...shared, 'bus', 'store'],
  scheduler: foundations,
  kubelet: foundations,
  controller: foundations,
  plugin: shared,
  cluster: [...foundations, 'scheduler', 'kubelet', 'controller', 'plugin', 'testing'],
  testing: [...foundations, 'scheduler', 'kubelet', 'controller', 'plugin'],
};

/** Packages that only these files of core load, so that who does without the feature never loads them. */
const reserved: Readonly<Record<string, RegExp>> = {
  tsyringe: /^cluster\//,
  'reflect-metadata': /^cluster\//,
  lmdb: /^store\/lmdb-[^/]+$/,
  nats: /^(bus|store|gateway)\/nats-[^/]+$/,
  yaml: /^manifest\//,
};

/** What `package.json` declares, as far as imports are concerned. */
export interface PackageManifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The imports of a source file that the table does not allow. */
export function importProblems(file: SourceFile, manifest: PackageManifest): readonly string[] {
  const problems = file.imports.map((name) => {
    if (name.startsWith('.')) return relativeProblem(file.path, name);
    if (name.startsWith('node:')) return undefined;
    return packageProblem(file.path, name, manifest);
  });
  return problems.filter((problem) => problem !== undefined).map((problem) => `${file.path}: ${problem}`);
}

function relativeProblem(path: string, name: string): string | undefined {
  const source = sourceFolder(path);
  const target = posix.join(posix.dirname(path), name);
  if (!target.startsWith(source)) return `"${name}" lies outside of ${source}`;
  if (source !== 'packages/core/src/') return undefined;
  const [from, to] = [path, target].map((file) => folderOf(file.slice(source.length)));
  // The index names what is public, so it sees all folders.
  if (from === to || from === undefined) return undefined;
  const allowed = mayImport[from];
  if (allowed === undefined) return `the folder "${from}" is not in the table`;
  return to !== undefined && allowed.includes(to) ? undefined : `${from} may not import ${to ?? 'the index'}`;
}

function packageProblem(path: string, name: string, manifest: PackageManifest): string | undefined {
  const parts = name.split('/');
  const dependency = parts.slice(0, name.startsWith('@') ? 2 : 1).join('/');
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  if (dependency === manifest.name) return `"${name}" is this package itself`;
  if (manifest.name === '@mooring/core' && dependency.startsWith('@mooring/'))
    return `core may not import "${name}"`;
  if (!Object.hasOwn(declared, dependency)) return `"${dependency}" is not declared in package.json`;
  if (isOutside(manifest.name) && dependency.startsWith('@mooring/') && !forEverybody.has(name))
    return `this package may import "@mooring/core" only, not "${name}"`;
  if (manifest.name !== '@mooring/core') return undefined;
  const place = reserved[dependency];
  const inside = path.slice(sourceFolder(path).length);
  return place === undefined || place.test(inside)
    ? undefined
    : `"${dependency}" is for ${place.source} only`;
}

/** What everybody sees of core. */
const forEverybody: ReadonlySet<string> = new Set(['@mooring/core', '@mooring/core/words']);

/** Packages that see of core what everybody sees. */
function isOutside(name: string): boolean {
  return /^@mooring\/(?:probe-|runtime-|(?:apiserver|metrics)$)/.test(name);
}

/** `packages/<name>/src/`. */
function sourceFolder(path: string): string {
  return `${path.split('/').slice(0, 3).join('/')}/`;
}

function folderOf(inside: string): string | undefined {
  const [first, ...others] = inside.split('/');
  return others.length > 0 ? first : undefined;
}
