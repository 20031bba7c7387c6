import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '..');
const fixture = join(import.meta.dirname, 'fixtures/test-command');

describe('the test command', () => {
  it('counts all that failed, tells why the others were skipped, and closes with one line', () => {
    const { lines, skips, status } = runTests(['mixed', 'unloadable']);
    expect(lines.at(-1)).toBe('2 passed, 4 failed, 8 skipped');
    expect(skips).toEqual([
      'SKIP mixed.spec.ts > is skipped with a reason: there is no moon tonight',
      'SKIP mixed.spec.ts > a suite that lacks something (6 tests): needs a moon',
      'SKIP mixed.spec.ts > a suite whose hook fails > never runs: a hook of its suite failed',
    ]);
    expect(status).toBe(1);
  });

  it('tells what passed at the second attempt only', () => {
    const { lines, status } = runTests(['again']);
    expect(lines.filter((line) => line.startsWith('AGAIN '))).toEqual([
      'AGAIN again.spec.ts > passes at the second attempt: attempts so far: expected 1 to be 2 // Object.is equality',
    ]);
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
    expect(status).toBe(1);
  });

  it('passes its arguments on', () => {
    const { lines, status } = runTests(['mixed', '--testNamePattern', '^passes$']);
    expect(lines.at(-1)).toMatch(/^1 passed, 0 failed, \d+ skipped$/);
    expect(status).toBe(0);
  });

  it('does not take nothing for success', () => {
    const { lines, status } = runTests(['no-such-file']);
    expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
    expect(status).toBe(1);
  });
});

describe('a missing engine', () => {
  const lack = 'needs docker: no socket /nowhere/docker.sock; bring it with: npm run engines';

  it('skips what needs it', () => {
    const { lines, skips, status } = runTests(['engines'], { MOORING_REQUIRE: 'busybox' });
    expect(lines.at(-1)).toBe('1 passed, 0 failed, 2 skipped');
    expect(skips).toEqual([
      `SKIP engines.spec.ts > a suite that needs docker > runs a container: ${lack}`,
      `SKIP engines.spec.ts > needs docker alone: ${lack}`,
    ]);
    expect(status).toBe(0);
  });

  it('fails what needs it where it is required', () => {
    const { lines, status } = runTests(['engines'], { MOORING_REQUIRE: 'busybox, docker' });
    expect(lines.at(-1)).toBe('1 passed, 2 failed, 0 skipped');
    expect(status).toBe(1);
  });

  it('is not asked for under a name that no engine has', () => {
    const { output, status } = runTests(['engines'], { MOORING_REQUIRE: 'dokcer' });
    expect(output).toContain('MOORING_REQUIRE: no engine "dokcer"; there are: nats-server, ');
    expect(status).toBe(1);
  });
});

function runTests(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(repository, 'scripts/test.ts'), '--root', fixture, '--reporter', 'dot', ...args],
    {
      cwd: repository,
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        ...process.env,
        DOCKER_HOST: 'unix:///nowhere/docker.sock',
        MOORING_REQUIRE: '',
        ...environment,
      },
    },
  );
  const lines = stdout.trimEnd().split('\n');
  return { output: stdout + stderr, lines, skips: lines.filter((line) => line.startsWith('SKIP ')), status };
}
