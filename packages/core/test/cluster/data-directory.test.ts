import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory } from '../../src/cluster/data-directory.ts';

describe('the data directory', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'mooring-test-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is made with all that is missing above it, for its owner only', async () => {
    const dataDir = join(root, 'a', 'b', 'c');
    expect(await openDataDirectory(dataDir)).toEqual({ dataDir, isTemporary: false });
    for (const made of [join(root, 'a'), dataDir]) expect((await stat(made)).mode & 0o777).toBe(0o700);
  });

  it('may be there already, also by another name', async () => {
    await mkdir(join(root, 'real'));
    await chmod(join(root, 'real'), 0o750);
    await symlink(join(root, 'real'), join(root, 'link'));
    await openDataDirectory(join(root, 'link'));
    expect((await stat(join(root, 'real'))).mode & 0o777).toBe(0o750);
  });

  it('is refused where a file is, or a link that leads nowhere', async () => {
    await writeFile(join(root, 'file'), '');
    await chmod(join(root, 'file'), 0o777);
    await symlink(join(root, 'nowhere'), join(root, 'dangling'));
    for (const [name, code] of [
      ['file', 'EEXIST'],
      ['file/below', 'ENOTDIR'],
      ['dangling', 'EEXIST|ENOENT'],
    ] as const)
      await expect(openDataDirectory(join(root, name))).rejects.toThrow(
        new RegExp(`^dataDir: ${join(root, name)} cannot be used: (${code}).*name a directory`),
      );
  });

  it.runIf(process.platform === 'linux')('is refused at once where none can ever be made', async () => {
    await expect(openDataDirectory('/proc/mooring/data')).rejects.toThrow(
      /^dataDir: \/proc\/mooring\/data cannot be used: ENOENT/,
    );
  });
});
