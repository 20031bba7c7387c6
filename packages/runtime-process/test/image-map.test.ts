import { describe, expect, it } from 'vitest';
import { argvOf, ImageMap } from '../src/image-map.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('images stand for programs', () => {
  const images = new ImageMap(
    { nginx: ['node', 'web.js'], 'example.com/job:2': { argv: [], workingDir: 'jobs' } },
    '/srv',
  );

  it('finds an image under any spelling of its name', () => {
    for (const name of ['nginx', 'nginx:latest', 'docker.io/library/nginx', `nginx@${digest}`])
      expect(images.find(name)?.definition.argv).toEqual(['node', 'web.js']);
  });

  it('does not take one tag for another', () => {
    expect(images.find('nginx:1.27')).toBeUndefined();
  });

  it('says how to map an image that is not mapped, and which ones are', () => {
    expect(() => images.get('redis')).toThrow(
      expect.objectContaining({
        code: 'IMAGE_NOT_FOUND',
        message:
          'no program is mapped to image "redis": add it to the images of the process runtime, as in ' +
          "processRuntime({ images: { 'redis': ['node', 'server.js'] } }) " +
          '(mapped: docker.io/library/nginx:latest, example.com/job:2)',
      }),
    );
  });

  it('says it in the words of who has composed the runtime', () => {
    const own = new ImageMap({}, '/srv', 'start it with --image IMAGE');
    const words = 'no program is mapped to image "redis:7": start it with --image redis:7 (mapped: none)';
    expect(() => own.get('redis:7')).toThrow(words);
  });

  it('starts a program where the image says, seen from the agent', () => {
    expect(images.get('nginx').workingDir).toBe('/srv');
    expect(images.get('example.com/job:2').workingDir).toBe('/srv/jobs');
  });

  it('gives another program another reference', () => {
    const other = new ImageMap({ nginx: ['node', 'other.js'] }, '/srv');
    expect(other.get('nginx').ref).not.toBe(images.get('nginx').ref);
  });
});

describe('command and args override as in Kubernetes', () => {
  const image = { argv: ['server'], args: ['--default'] };
  const table = [
    { name: 'neither', container: {}, want: ['server', '--default'] },
    { name: 'args only', container: { args: ['-v'] }, want: ['server', '-v'] },
    { name: 'command only', container: { command: ['sh'] }, want: ['sh'] },
    { name: 'both', container: { command: ['sh'], args: ['-c', 'x'] }, want: ['sh', '-c', 'x'] },
    { name: 'empty lists', container: { command: [], args: [] }, want: ['server', '--default'] },
  ];
  it.each(table)('$name', ({ container, want }) => {
    expect(argvOf(image, container)).toEqual(want);
  });

  it('runs exactly what is given where the image stands for nothing', () => {
    expect(argvOf({ argv: [] }, { command: ['date'], args: ['-u'] })).toEqual(['date', '-u']);
    expect(argvOf({ argv: [] }, {})).toEqual([]);
  });
});
