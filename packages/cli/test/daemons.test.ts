import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { crashLoopOf, nodeOptions } from '../src/daemon/node-settings.ts';
import { resolveSettings } from '../src/settings/resolve.ts';
import { moor } from './support/test-shell.ts';

const dir = mkdtempSync(join(tmpdir(), 'moor-daemons-'));
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
writeFileSync(join(dir, 'web-1.json'), JSON.stringify({ node: 'web-1', user: 'web-1', password: 'secret' }));
writeFileSync(join(dir, 'empty.json'), '{}');

const servers = ['--nats-servers', 'nats://127.0.0.1:1'];
const credentials = [...servers, '--nats-credentials', 'web-1.json'];

describe('a daemon is not begun', () => {
  it.each([
    ['without servers', ['agent'], 'the NATS servers are not set', 'nats.servers in moor.yaml'],
    [
      'with credentials of another node',
      ['agent', '--node', 'web-2', ...credentials],
      'those of node web-1',
      '--node',
    ],
    [
      'trusted, with credentials of a node',
      ['agent', '--nats-mode', 'trusted', ...credentials],
      'isolated mode',
      '--nats-mode',
    ],
    [
      'for all nodes, with credentials of one',
      ['controllers', '--install', ...credentials],
      'web-1.json has the credentials of node web-1',
      'control-plane.json',
    ],
    [
      'for all users, with credentials of one node',
      ['apiserver', ...credentials],
      'web-1.json has the credentials of node web-1',
      'control-plane.json',
    ],
    [
      'with credentials that are none',
      ['agent', ...servers, '--nats-credentials', 'empty.json'],
      'neither nkeySeed nor user',
      'nats:config',
    ],
    [
      'with credentials that are not there',
      ['controllers', ...servers, '--nats-credentials', 'x'],
      'x cannot be read',
      'nats:config',
    ],
    [
      'with an address that is none',
      ['up', '--data-dir', 'state', '--api-listen', 'here'],
      '--api-listen: invalid address "here"',
      '127.0.0.1',
    ],
    [
      'in what is no directory',
      ['up', '--data-dir', 'empty.json', '--api-listen', '127.0.0.1:0'],
      'empty.json cannot be used: EEXIST',
      'name a directory',
    ],
  ])('%s', async (_, argv, words, next) => {
    const { exitCode, err, out } = await moor(argv, { cwd: dir });
    expect(err).toContain(words);
    expect(err).toContain(next);
    expect(err).not.toContain('secret');
    expect({ exitCode: exitCode === 2 || exitCode === 3, out }).toEqual({ exitCode: true, out: '' });
  });
});

describe('the node of settings', () => {
  const settingsOf = (env: Readonly<Record<string, string>>) =>
    resolveSettings({ flags: {}, env, file: undefined }).settings;

  it('has the name of its credentials, when nothing else is said', () => {
    expect(nodeOptions(settingsOf({}), '/here', 'web-1').name).toBe('web-1');
    expect(nodeOptions(settingsOf({ MOOR_NODE: 'a' }), '/here').name).toBe('a');
  });

  it('has what was set, and nothing else', () => {
    const env = {
      MOOR_NODE: 'a',
      MOOR_LABELS: 'x=1',
      MOOR_CRASH_LOOP_MAX_MS: '5000',
      MOOR_MANIFESTS: 'pods',
      MOOR_FENCING: 'false',
    };
    expect(nodeOptions(settingsOf(env), '/here')).toEqual({
      name: 'a',
      labels: { x: '1' },
      crashLoop: { maxMs: 5000 },
      manifests: '/here/pods',
      fencing: false,
    });
    expect(crashLoopOf(settingsOf({}))).toBeUndefined();
  });
});
