/**
 * The images of the quickstart for a Docker engine, made from programs of this host, so that no registry is needed: node and
 * busybox with the libraries that they want. Needs the commands `docker`, `tar`, `ldd` and `busybox`.
 */

import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const programs = join(import.meta.dirname, 'programs');
/** What the quickstart has made carries this label, and is not mistaken for anybody's own. */
const label = 'mooring.dev/quickstart';
const baseImage = 'mooring-quickstart/node:1';
const busyboxImage = 'busybox:1.36';

const nodeImages: Readonly<Record<string, readonly string[]>> = {
  'registry.k8s.io/e2e-test-images/agnhost:2.40': ['agnhost.mjs'],
  'registry.k8s.io/goproxy:0.1': ['tcp-server.mjs', '8080'],
  'nginx:latest': ['nginx.mjs'],
  'postgres:16': ['tcp-server.mjs', '5432'],
};
const names = [busyboxImage, baseImage, ...Object.keys(nodeImages)];

const applets = [
  'sh',
  'cat',
  'echo',
  'false',
  'httpd',
  'mkdir',
  'rm',
  'sleep',
  'tail',
  'test',
  'touch',
  'true',
];

/** Throws when an image that is not of the quickstart has one of the names: it would be replaced. */
export function makeImages(): void {
  for (const name of names) refuseForeign(name);
  importRoot(busyboxImage, addBusybox);
  importRoot(baseImage, (root) => {
    addBusybox(root);
    addNode(root);
    cpSync(programs, join(root, 'app'), { recursive: true });
    // The first process of a container heeds a signal only when it says so.
    writeFileSync(join(root, 'app/heed-stop.mjs'), "process.once('SIGTERM', () => process.exit(143));\n");
  });
  const container = docker('create', baseImage, 'none');
  try {
    for (const [name, [program, ...args]] of Object.entries(nodeImages)) {
      const argv = ['/bin/node', '--import', '/app/heed-stop.mjs', `/app/${program}`, ...args];
      docker('commit', '--change', `ENTRYPOINT ${JSON.stringify(argv)}`, container, name);
    }
  } finally {
    docker('rm', container);
  }
}

/** An image with a shell and a few commands. */
export function makeBusybox(name: string): void {
  importRoot(name, addBusybox);
}

/** Those that are made here only. */
export function removeImages(): void {
  const own = docker('images', '--quiet', '--filter', `label=${label}`).split('\n').filter(Boolean);
  // One that others were made from goes with the last of them, or when it is asked for once more.
  for (const id of new Set(own.toReversed())) tryDocker('rmi', '--force', id);
  for (const id of new Set(own)) tryDocker('rmi', '--force', id);
}

/** Ends and removes everything of an agent, by the key in its data directory. */
export function removeContainersOf(key = ''): void {
  const ids = docker('ps', '--all', '--quiet', '--filter', `label=mooring.dev/agent=${key}`);
  if (key !== '' && ids !== '') tryDocker('rm', '--force', '--volumes', ...ids.split('\n'));
}

function tryDocker(...args: readonly string[]): void {
  try {
    docker(...args);
  } catch {
    // It has gone already, or goes with something else.
  }
}

/** Runs the command; throws with what it says. */
export function docker(...args: readonly string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

function refuseForeign(name: string): void {
  if (docker('images', '--quiet', name) === '') return;
  if (docker('images', '--quiet', '--filter', `label=${label}`, name) !== '') return;
  throw new Error(
    `image ${name} is on this engine already and would be replaced: ` +
      'remove it first, or name another engine by DOCKER_HOST',
  );
}

/** An image of what `fill` puts into an empty directory. */
function importRoot(name: string, fill: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'mooring-image-'));
  try {
    mkdirSync(join(root, 'tmp'));
    fill(root);
    const archive = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 1024 ** 3 });
    const changes = ['--change', `LABEL ${label}=1`, '--change', 'ENV PATH=/bin'];
    execFileSync('docker', ['import', ...changes, '-', name], { input: archive, stdio: 'pipe' });
  } finally {
    rmSync(root, { recursive: true });
  }
}

function addBusybox(root: string): void {
  const path = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(path, join(root, 'bin/busybox'));
  for (const applet of applets) symlinkSync('busybox', join(root, 'bin', applet));
}

function addNode(root: string): void {
  copyFileSync(process.execPath, join(root, 'bin/node'));
  const said = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
  for (const [, path = ''] of said.matchAll(/(?:=> |^\s*)(\/\S+)/gm)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    copyFileSync(path, join(root, path));
  }
}
