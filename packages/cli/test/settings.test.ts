import { describe, expect, it } from 'vitest';
import { readConfigFile } from '../src/settings/config-file.ts';
import { resolveSettings } from '../src/settings/resolve.ts';
import { settingsHelp } from '../src/settings/settings-help.ts';
import { splitWords } from '../src/settings/split-words.ts';
import { settingKeys, settingTable, variableOf } from '../src/settings/table.ts';
import { UserError } from '../src/user-error.ts';

const file = (text: string) => readConfigFile('moor.yaml', text);

describe('a configuration file', () => {
  it('is read by the kinds of its settings', () => {
    const { values, mistakes } = file(`
cluster: prod
fencing: true
labels: { zone: cellar }
images:
  nginx: node "my server.js"
  busybox:
  api: { argv: [node, api.js], stopSignal: SIGINT }
nats:
  servers: [nats://a:4222, nats://b:4222]
  replicas: 3
`);
    expect(mistakes).toEqual([]);
    expect(values).toEqual({
      cluster: 'prod',
      fencing: true,
      labels: { zone: 'cellar' },
      images: {
        nginx: ['node', 'my server.js'],
        busybox: [],
        api: { argv: ['node', 'api.js'], stopSignal: 'SIGINT' },
      },
      'nats.servers': ['nats://a:4222', 'nats://b:4222'],
      'nats.replicas': 3,
    });
  });

  it.each([
    ['an empty one', ''],
    ['one of comments', '# nothing yet\n'],
    ['an empty level', 'nats:\n'],
  ])('may be %s', (_, text) => {
    expect(file(text)).toEqual({ path: 'moor.yaml', values: {}, mistakes: [] });
  });

  it.each([
    [
      'cluster: a\nnats:\n  server: b\n',
      'moor.yaml:3: nats.server: unknown key (did you mean "servers"?); known are servers, ',
    ],
    ['dataDri: /x', 'moor.yaml:1: dataDri: unknown key (did you mean "dataDir"?)'],
    [
      '\npreset: smal',
      'moor.yaml:2: preset: must be kubernetes or small, not "smal" (did you mean "small"?)',
    ],
    ['nats: yes', 'moor.yaml:1: nats: must have keys, such as "servers: ..."'],
    ['- a', 'moor.yaml:1: must have keys, such as "node: web-1"'],
    ['labels: { a: 1 }', 'moor.yaml:1: labels: a must be a text, not 1: put it in quotes'],
    ['nats: { replicas: many }', 'moor.yaml:1: nats.replicas: must be a whole number, not "many"'],
    ['fencing: "on"', 'moor.yaml:1: fencing: must be true or false, not "on"'],
    ['images: { a: "node \'x" }', 'moor.yaml:1: images: a has a quote without an end'],
    ['node: [\n', 'moor.yaml:2: '],
    ['node: a\nnode: b', 'moor.yaml:2: Map keys must be unique'],
  ])('%j is told with its line', (text, message) => {
    expect(file(text).mistakes).toEqual([expect.stringContaining(message)]);
  });
});

describe('the help of settings', () => {
  it('names the default of each that has one', () => {
    const lines = settingsHelp().split('\n');
    const silent = settingKeys.filter((key) => {
      const { fallback } = settingTable[key];
      const line = lines.find((words) => words.startsWith(`${key} `)) ?? '';
      return ['string', 'number'].includes(typeof fallback) && !line.endsWith(`; ${fallback} by default`);
    });
    expect(silent).toEqual([]);
  });
});

describe('what counts', () => {
  const config = file('cluster: of-file\nnode: of-file\npreset: small\n');
  const sources = {
    flags: { cluster: ['of-flag'] },
    env: { MOOR_CLUSTER: 'of-variable', MOOR_NODE: 'of-variable', MOOR_LABELS: 'a=1,b=2' },
    file: config,
  };

  it('is the flag, then the variable, then the file, then the default', () => {
    const { settings, origins } = resolveSettings(sources);
    expect(settings).toMatchObject({
      cluster: 'of-flag',
      node: 'of-variable',
      preset: 'small',
      runtime: 'process',
      labels: { a: '1', b: '2' },
    });
    expect(origins).toEqual({
      cluster: '--cluster',
      node: 'MOOR_NODE',
      labels: 'MOOR_LABELS',
      preset: 'moor.yaml',
    });
  });

  it('is told with every mistake of every source', () => {
    const wrong = () =>
      resolveSettings({ flags: { runtime: ['dokcer'] }, env: { MOOR_PRESET: 'x' }, file: file('nodes: a') });
    expect(wrong).toThrow(UserError);
    expect(wrong).toThrow(
      /moor\.yaml:1: nodes: unknown key \(did you mean "node"\?\)[\s\S]*MOOR_PRESET: must be[\s\S]*--runtime: must be process or docker, not "dokcer" \(did you mean "docker"\?\)/,
    );
  });

  it('leaves out empty variables, and tells of those that are none of ours', () => {
    const { settings, warnings } = resolveSettings({
      flags: {},
      env: { MOOR_CLUSTER: '', MOOR_CLUSTR: 'x', MOOR_DEBUG: '1', HOME: '/' },
      file: undefined,
    });
    expect(settings.cluster).toBe('mooring');
    expect(warnings).toEqual(['MOOR_CLUSTR is no variable of moor\'s (did you mean "MOOR_CLUSTER"?)']);
  });

  it('has one variable for each setting', () => {
    expect(variableOf('nats.servers')).toBe('MOOR_NATS_SERVERS');
    expect(variableOf('dataDir')).toBe('MOOR_DATA_DIR');
    expect(variableOf('hostIP')).toBe('MOOR_HOST_IP');
    expect(new Set(settingKeys.map(variableOf)).size).toBe(settingKeys.length);
  });
});

describe('the words of a program', () => {
  it.each([
    ['node web.js', ['node', 'web.js']],
    [`  sh -c 'echo "a b"'  `, ['sh', '-c', 'echo "a b"']],
    ['a\\ b "c \\" d" \'\'', ['a b', 'c " d', '']],
    ['', []],
    ['"open', undefined],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });
});
