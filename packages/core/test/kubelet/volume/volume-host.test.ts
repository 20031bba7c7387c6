import { describe, it } from 'vitest';
import { MemoryDisk } from '../../../src/testing/memory-disk.ts';
import { memoryVolumes } from '../../../src/testing/memory-volumes.ts';
import { withDiskWorld } from './disk-world.ts';
import { type VolumeWorld, volumeHostCases } from './volume-host-cases.ts';

describe.each(volumeHostCases)('$name', ({ run }) => {
  it('on disk', () => withDiskWorld(run));
  it('in memory', () => run(memoryWorld()));
});

function memoryWorld(): VolumeWorld {
  const disk = new MemoryDisk();
  return {
    host: memoryVolumes(disk),
    reopen: () => memoryVolumes(disk),
    hostFolder: '/host/test',
    async read(path) {
      const file = disk.file(path);
      return file === undefined ? undefined : Buffer.from(file.content).toString();
    },
    write: async (path, text) => disk.writeFile(path, text),
    makeDirectory: async (path) => disk.makeDirectory(path),
    mode: async (path) => disk.file(path)?.mode ?? disk.directory(path),
  };
}
