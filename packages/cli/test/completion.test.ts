import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeWithEngine } from '../../../test/support/engines.ts';
import { typeInTerminal } from '../../../test/support/terminal.ts';
import { allCommands } from '../src/commands/all-commands.ts';
import { completionScript, shellNames } from '../src/completion.ts';
import { flagsOf } from '../src/flags.ts';
import { moor } from './support/test-shell.ts';

const dir = mkdtempSync(join(tmpdir(), 'moor-completion-'));
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
mkdirSync(join(dir, 'manifests'));
mkdirSync(join(dir, 'two words'));
writeFileSync(join(dir, 'manifests/web.yaml'), '');
for (const shell of shellNames)
  writeFileSync(join(dir, `moor.${shell}`), completionScript(shell, allCommands));

const limitMs = 60_000;

/** What is typed before Tab, and the words that moor is called with then. */
const cases: readonly (readonly [typed: string, words: string])[] = [
  ['ru', 'run'],
  ['--ver', '--version'],
  ['help set', 'help|settings'],
  ['run --runt', 'run|--runtime'],
  ['run --runtime pro', 'run|--runtime|process'],
  ['run --runtime=pro', 'run|--runtime=process'],
  ['run manifests/w', 'run|manifests/web.yaml'],
  ['run tw', 'run|two words'],
  ['up --data-dir man', 'up|--data-dir|manifests'],
  ['install-service up --us', 'install-service|up|--user'],
  ['why we', 'why|web-1'],
  ['why -n shop web-1-in', 'why|-n|shop|web-1-in-shop'],
  ['why --namespace=sh', 'why|--namespace=shop'],
];

/** Stands in for moor, and for the cluster: `completion` is asked by the scripts. */
const fakeMoor = `moor() {
  if [ "$1" = completion ]; then
    if [ "$2" = namespaces ]; then echo default; echo shop
    elif [ "$3" = -n ]; then echo "web-1-in-$4"
    else echo web-1
    fi
    return
  fi
  printf 'CALLED'; printf '|%s' "$@"; echo
}`;

async function calls(shell: string, ...preparation: readonly string[]): Promise<readonly string[]> {
  const typed = cases.map(([words]) => `moor ${words}\t`);
  const lines = [...preparation, ...fakeMoor.split('\n'), ...typed, 'exit'];
  const output = await typeInTerminal(shell, { cwd: dir, lines });
  const called = [...output.matchAll(/^CALLED\|(.*?)\r?$/gm)].map(([, words = '']) => words);
  // Some leave the slash of a directory.
  return called.map((words) => words.replace(/\/$/, ''));
}

const expected = cases.map(([, words]) => words);

describe('completion', () => {
  it.each(shellNames)('of %s knows every command and flag', (shell) => {
    const script = completionScript(shell, allCommands);
    for (const command of allCommands) {
      expect(script).toContain(command.name);
      for (const { flag } of flagsOf(command))
        expect(script).toContain(shell === 'fish' ? `-l ${flag.slice(2)}` : flag);
    }
  });

  it('works in bash, without the package bash-completion', { timeout: limitMs }, async () => {
    const lines = await calls('bash --norc --noprofile -i', '. ./moor.bash');
    expect(lines).toEqual(expected);
  });

  it('asks the cluster for names', async () => {
    const lists: Readonly<Record<string, readonly object[]>> = {
      '/api/v1/namespaces/shop/pods': [{ metadata: { name: 'b' } }, { metadata: { name: 'a' } }],
      '/api/v1/namespaces': [{ metadata: { name: 'default' } }],
      '/api/v1/pods': [{ metadata: { name: 'a', namespace: 'shop' } }],
    };
    const server = createServer(({ url = '' }, answer) => {
      answer.setHeader('Content-Type', 'application/json');
      answer.end(JSON.stringify({ items: lists[url] ?? [] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const kubeconfig = join(dir, 'kubeconfig');
      writeFileSync(
        kubeconfig,
        `current-context: a
contexts: [{ name: a, context: { cluster: a, user: a } }]
clusters: [{ name: a, cluster: { server: 'http://127.0.0.1:${port}' } }]
users: [{ name: a, user: {} }]
`,
      );
      const ask = (...words: readonly string[]) => moor(['completion', ...words, '--kubeconfig', kubeconfig]);
      expect(await ask('pods', '-n', 'shop')).toEqual({ exitCode: 0, out: 'a\nb\n', err: '' });
      expect(await ask('namespaces')).toEqual({ exitCode: 0, out: 'default\nshop\n', err: '' });
    } finally {
      server.close();
    }
  });
});

describeWithEngine(['zsh'], 'completion in zsh', () => {
  // What is typed is there before the shell is, which it would take for a text that is pasted.
  const typing = "zstyle ':completion:*' insert-tab false";

  it.each([
    ['after compinit', ['autoload -Uz compinit', 'compinit -u -D', 'source ./moor.zsh']],
    ['without it', ['source ./moor.zsh']],
  ])('works %s', { timeout: limitMs }, async (_, preparation) => {
    expect(await calls('zsh -f -i', typing, ...preparation)).toEqual(expected);
  });
});

describeWithEngine(['fish'], 'completion in fish', () => {
  const complete = (line: string) => {
    const script = `source moor.fish
      function moor
        if test "$argv[2]" = namespaces; printf '%s\n' default shop
        else if test "$argv[3]" = -n; echo web-1-in-$argv[4]
        else; echo web-1
        end
      end
      complete -C ${JSON.stringify(`moor ${line}`)}`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], {
      cwd: dir,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: dir },
    });
    expect(stderr).toBe('');
    return stdout
      .trimEnd()
      .split('\n')
      .map((found) => found.split('\t')[0]);
  };

  it('works', { timeout: limitMs }, () => {
    // Of a line the last word.
    for (const [typed, words] of cases)
      expect([typed, complete(typed).map((word) => word?.replace(/\/$/, ''))]).toEqual([
        typed,
        [words.split('|').at(-1)],
      ]);
  });

  it('knows the command by its place', { timeout: limitMs }, () => {
    expect(complete('install-service up --on')).toEqual(['']);
    expect(complete('install-service up --print --dir')).toEqual(['--directory']);
  });
});
