/** Images for tests, made from programs of this host: no registry is needed. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerSocket, findProgram } from '../../../../test/support/engines.ts';

const applets = [
  ...['sh', 'cat', 'echo', 'env', 'false', 'head', 'hostname', 'httpd', 'id', 'kill', 'ls', 'mkdir', 'nc'],
  ...['printf', 'ps', 'rm', 'sleep', 'tail', 'test', 'touch', 'tr', 'true', 'wget', 'dd'],
];

/** What tests have made and must remove carries this label. */
export const testLabel = 'mooring.dev/test';

/** Runs `docker`, on the engine that the tests use. */
export function docker(...args: readonly string[]): string {
  const env = { ...process.env, DOCKER_HOST: `unix://${dockerSocket()}` };
  return execFileSync('docker', args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

export interface ImageOptions {
  /** Lines of a Dockerfile: `CMD ["sh"]`. */
  readonly changes?: readonly string[];
  /** Puts more into the root of the image, which has `/bin` with a busybox. */
  readonly fill?: (root: string) => void;
}

/** An image with a busybox. */
export function makeImage(name: string, { changes = [], fill }: ImageOptions = {}): void {
  const busybox = findProgram('busybox');
  if (busybox === undefined) throw new Error('no busybox in PATH');
  const root = mkdtempSync(join(tmpdir(), 'mooring-image-'));
  try {
    for (const folder of ['bin', 'tmp', 'etc']) mkdirSync(join(root, folder));
    copyFileSync(busybox, join(root, 'bin/busybox'));
    for (const applet of applets) symlinkSync('busybox', join(root, 'bin', applet));
    fill?.(root);
    const archive = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 1 << 30 });
    const flags = [...changes, `LABEL ${testLabel}=1`].flatMap((change) => ['--change', change]);
    const env = { ...process.env, DOCKER_HOST: `unix://${dockerSocket()}` };
    execFileSync('docker', ['import', ...flags, '-', name], { input: archive, env, stdio: 'pipe' });
  } finally {
    rmSync(root, { recursive: true });
  }
}

export function removeImages(...names: readonly string[]): void {
  docker('rmi', '--force', ...names);
}
