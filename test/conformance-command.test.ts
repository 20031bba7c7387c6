import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '..');
const root = mkdtempSync(join(tmpdir(), 'mooring-vectors-'));

afterAll(() => rmSync(root, { recursive: true }));

const parsed = (id: string, map: unknown) => ({
  id,
  given: { op: 'labelSelectorAsMap', labelSelector: { matchLabels: { a: 'b' } } },
  expect: { map },
});

describe('the conformance command', () => {
  it('counts each file that holds no vectors as one failure and runs the others', () => {
    const folder = folderOf('mixed', {
      'a.json': '{ "cases": [',
      'b.json': '{}',
      'c.json': '{ "cases": [null] }',
      'd.json': '[]',
      'e.json': '{ "cases": [{ "given": {} }] }',
      'unheard-of.json': JSON.stringify({ cases: [{ id: 'u-1', given: { op: 'x' }, expect: {} }] }),
    });
    const { lines, stderr, status } = runCommand(folder);
    expect(lines).toEqual([
      expect.stringMatching(/^FAIL \S+mixed\/a\.json .*JSON/),
      `FAIL ${folder}/b.json has no list of cases`,
      `FAIL ${folder}/c.json cases[0] is not an object`,
      `FAIL ${folder}/d.json has no list of cases`,
      `FAIL ${folder}/e.json cases[0] has no id`,
      'SKIP unheard-of: topic not supported yet (1 cases)',
      'unheard-of: 0 passed, 0 failed, 1 skipped',
      '0 passed, 5 failed, 1 skipped',
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(1);
  });

  it('counts what is no folder as one failure, and says which folder is empty', () => {
    const folder = folderOf('empty', {});
    const file = join(folderOf('file', { 'a.txt': '' }), 'a.txt');
    const { lines, status } = runCommand(join(root, 'missing'), file, folder);
    expect(lines).toEqual([
      expect.stringMatching(/^FAIL \S+missing ENOENT/),
      expect.stringMatching(/^FAIL \S+a\.txt ENOTDIR/),
      `${folder}: no vectors (*.json) in this folder`,
      '0 passed, 2 failed, 0 skipped',
    ]);
    expect(status).toBe(1);
  });

  it('finds files in folders below and topics by id and name, and tells a failure in one line and in full', () => {
    const deep = Array.from({ length: 20 }).reduce<unknown>((inner) => ({ inner }), 'the end');
    const long = Array.from({ length: 150 }, (_, i) => `word ${i}`);
    const cases = [parsed('good', { a: 'b' }), parsed('bad', { deep, long, text: 'two\nlines' })];
    const folder = folderOf('deep', { 'selectors.json': JSON.stringify({ cases }) });
    const below = JSON.stringify({ cases: [parsed('selectors/by-id', { a: 'b' })] });
    folderOf('deep/below', { 'my-selectors.json': below, 'other.json': `\uFEFF${below}` });
    const { lines, status } = runCommand(folder);
    expect(lines).toEqual([
      'my-selectors: 1 passed, 0 failed, 0 skipped',
      'other: 1 passed, 0 failed, 0 skipped',
      expect.stringMatching(/^FAIL bad expected .*the end.*word 149.* got \{ a: 'b' \}$/),
      'selectors: 1 passed, 1 failed, 0 skipped',
      '3 passed, 1 failed, 0 skipped',
    ]);
    expect(status).toBe(1);
  });
});

function folderOf(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

function runCommand(...folders: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--conditions=@mooring/source', join(repository, 'conformance/main.ts'), ...folders],
    { cwd: repository, encoding: 'utf8', timeout: 60_000 },
  );
  return { lines: stdout.trimEnd().split('\n'), stderr, status };
}
