/** `moor run` in front of an engine that is not there, or says nothing. */

import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { removeFolder } from '../../../test/support/remove-folder.ts';
import { runMoor } from '../src/index.ts';
import { moor, testShell } from './support/test-shell.ts';

const dir = mkdtempSync(join(tmpdir(), 'moor-engine-'));
afterAll(() => removeFolder(dir));

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a' },
  spec: { containers: [{ name: 'c', image: 'busybox' }] },
};
const input = JSON.stringify(pod);
const withEngine = (socket: string) => [
  ...['run', '-', '--runtime', 'docker'],
  ...['--docker-host', `unix://${join(dir, socket)}`],
];

it('one that is not there is told at once', { timeout: 30_000 }, async () => {
  const { exitCode, err } = await moor(withEngine('none.sock'), { input });
  expect(exitCode).toBe(3);
  expect(err).toMatch(/^moor: no Docker engine answers at unix:.*; start Docker, or name its socket/m);
});

it('one that says nothing can be left by Ctrl-C', { timeout: 20_000 }, async () => {
  const shell = testShell({ input });
  const mute = createServer(() => shell.interrupt()).listen(join(dir, 'mute.sock'));
  expect(await runMoor(withEngine('mute.sock'), shell)).toBe(130);
  mute.close();
});
