import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { ContainerConfig, LogLine, Pod } from '@mooring/core';
import type { ContainerInspectInfo } from 'dockerode';
import { describe, expect, it } from 'vitest';
import { containerInfo } from '../src/container-info.ts';
import { containerRequest, sandboxRequest } from '../src/create-request.ts';
import { dockerRuntime } from '../src/docker-plugin.ts';
import {
  engineWords,
  isConnectionError,
  isNameTaken,
  isRunningRefusal,
  statusOf,
} from '../src/engine-error.ts';
import { engineLimits } from '../src/engine-limits.ts';
import { cannotStart } from '../src/exec-command.ts';
import { frames } from '../src/frames.ts';
import { createHealer } from '../src/healer.ts';
import { killProgram } from '../src/kill-program.ts';
import { isProcessGone, processMark } from '../src/left-behind.ts';
import { LogLines } from '../src/log-lines.ts';
import { engineDns } from '../src/name-resolution.ts';
import { defaultOptions, resolveOptions } from '../src/options.ts';
import { OutsideActs } from '../src/outside-acts.ts';
import { pauseProgram } from '../src/pause-program.ts';
import {
  containerRecord,
  engineNameOf,
  labelsOf,
  readAnyRecord,
  readRecord,
  spareLabels,
} from '../src/records.ts';
import { reviewPod } from '../src/review-pod.ts';

const config: ContainerConfig = {
  ...{ name: 'k_main_u1_0', sandboxID: 's1', podUID: 'u1', podName: 'web', namespace: 'default' },
  ...{ containerName: 'main', attempt: 0, labels: { app: 'web' }, image: 'nginx', imageRef: 'sha256:1' },
  ...{ env: [{ name: 'A', value: 'b=c' }], mounts: [], ports: [], resources: {}, stdin: false, tty: false },
};
const record = containerRecord(config);

describe('how a container has ended', () => {
  const neverTime = '0001-01-01T00:00:00Z';
  const infoOf = (state: Partial<ContainerInspectInfo['State']>, isStoppedExternally = false) =>
    containerInfo(
      {
        ...{ Id: 'c1', Created: '2026-01-01T00:00:00.5Z' },
        State: {
          ...{ Status: 'exited', ExitCode: 0, Error: '', OOMKilled: false, Pid: 0 },
          ...{ StartedAt: '2026-01-01T00:00:01Z', FinishedAt: '2026-01-01T00:00:02Z' },
          ...state,
        },
      } as ContainerInspectInfo,
      record,
      { isStoppedAt: () => isStoppedExternally },
    );

  it.each([
    ['by itself', { ExitCode: 3 }, false, { exitCode: 3 }],
    ['by a signal', { ExitCode: 139 }, false, { exitCode: 139, signal: 'SIGSEGV' }],
    ['out of memory', { ExitCode: 137, OOMKilled: true }, false, { reason: 'OOMKilled', signal: 'SIGKILL' }],
    [
      'of something else, after a child ran out of memory',
      { ExitCode: 9, OOMKilled: true },
      false,
      { exitCode: 9 },
    ],
    ['because somebody stopped it', { ExitCode: 0 }, true, { reason: 'StoppedExternally' }],
    [
      'out of memory while somebody stopped it',
      { ExitCode: 137, OOMKilled: true },
      true,
      { reason: 'OOMKilled' },
    ],
  ])('%s', (_, state, isStoppedExternally, want) => {
    const info = infoOf(state, isStoppedExternally);
    expect(info).toMatchObject({ state: 'exited', ...want });
    if (!('reason' in want)) expect(info.reason).toBeUndefined();
    if (!('signal' in want) && info.exitCode !== 137) expect(info.signal).toBeUndefined();
  });

  it('a start that failed is an end with 128 and the words of the engine', () => {
    const state = { Status: 'created', ExitCode: 127, Error: 'no such file', StartedAt: neverTime };
    expect(infoOf(state)).toMatchObject({
      state: 'exited',
      exitCode: 128,
      reason: 'StartError',
      message: 'no such file',
    });
  });

  it('never before it has started, whatever the engine says of a program that ends at once', () => {
    const info = infoOf({ StartedAt: '2026-01-01T00:00:02.5Z' });
    expect(info.startedAtMs).toBe(info.finishedAtMs);
  });

  it('what was never started has no times but one', () => {
    const info = infoOf({ Status: 'created', StartedAt: neverTime, FinishedAt: neverTime });
    expect(info).toMatchObject({ state: 'created', createdAtMs: Date.UTC(2026, 0, 1) + 500 });
    expect(info).not.toHaveProperty('startedAtMs');
  });
});

describe('what the engine is asked to create', () => {
  const surroundings = { agentKey: 'k', options: defaultOptions };
  const requestOf = (changes: Partial<ContainerConfig>) =>
    containerRequest({ ...config, ...changes }, { imageUser: 'web:9' }, surroundings);

  it('a container in the network of its sandbox, never restarted by the engine', () => {
    expect(requestOf({}).HostConfig).toMatchObject({
      ...{ NetworkMode: 'container:s1', IpcMode: 'container:s1', RestartPolicy: { Name: 'no' } },
    });
    expect(requestOf({}).Env).toEqual(['A=b=c']);
  });

  it.each([
    [{ securityContext: { runAsUser: 7, runAsGroup: 8 } }, { User: '7:8' }],
    [{ securityContext: { runAsGroup: 8 } }, { User: 'web:8' }],
    [
      { command: ['a'], args: ['b'] },
      { Entrypoint: ['a'], Cmd: ['b'] },
    ],
    [
      { workingDir: '/w', stopSignal: 'SIGQUIT', tty: true },
      { WorkingDir: '/w', StopSignal: 'SIGQUIT', Tty: true },
    ],
    [
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
      { HostConfig: { SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: true, CapDrop: ['ALL'] } },
    ],
    [
      { mounts: [{ volumeName: 'v', hostPath: '/h', containerPath: '/c', readOnly: true }] },
      { HostConfig: { Mounts: [{ Type: 'bind', Source: '/h', Target: '/c', ReadOnly: true }] } },
    ],
  ])('%j', (changes, want) => {
    expect(requestOf(changes)).toMatchObject(want);
  });

  it.each([
    [{}, { CpuShares: 2 }],
    [{ requests: { cpu: '500m' } }, { CpuShares: 512 }],
    [
      { limits: { cpu: '250m', memory: '64Mi' } },
      { CpuQuota: 25_000, CpuShares: 256, Memory: 67_108_864, MemorySwap: 67_108_864 },
    ],
    [{ limits: { cpu: '1m', memory: '0' } }, { CpuQuota: 1_000, CpuShares: 2 }],
  ])('limits: %j', (resources, want) => {
    expect(engineLimits(resources)).toMatchObject(want);
    if (!('Memory' in want)) expect(engineLimits(resources).Memory).toBeUndefined();
  });

  it('a sandbox that publishes host ports, unless it has the network of the host', () => {
    const sandbox = {
      ...{ podUID: 'u1', podName: 'web', namespace: 'default', attempt: 0, hostname: 'web', labels: {} },
      ports: [{ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.1' }, { containerPort: 81 }],
    };
    const own = sandboxRequest({ ...sandbox, hostNetwork: false }, 'pause', 1, surroundings);
    expect(own.HostConfig?.PortBindings).toEqual({ '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] });
    expect(own.Hostname).toBe('web');
    const ports = [8080, 8081].map((hostPort) => ({ containerPort: 80, hostPort }));
    const twice = sandboxRequest({ ...sandbox, ports, hostNetwork: false }, 'pause', 1, surroundings);
    expect(twice.HostConfig?.PortBindings).toEqual({
      '80/tcp': [
        { HostIp: '', HostPort: '8080' },
        { HostIp: '', HostPort: '8081' },
      ],
    });
    const host = sandboxRequest({ ...sandbox, hostNetwork: true }, 'pause', 1, surroundings);
    expect(host.HostConfig).toMatchObject({ NetworkMode: 'host', PortBindings: {} });
    expect(host.Hostname).toBeUndefined();
  });
});

describe('how pods resolve names', () => {
  const host = () =>
    '# comment\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nsearch corp example\noptions ndots:1 edns0\n';
  const dns = { isComplete: false, nameservers: ['10.0.0.3', '10.9.9.9'], searches: ['corp', 'own'] };

  it('is the engine’s business when they say nothing', () => {
    expect(engineDns(undefined, host)).toEqual({});
  });

  it('adds what they say to the settings of the host; options take the place of its own', () => {
    expect(engineDns({ ...dns, options: ['ndots:5'] }, host)).toEqual({
      Dns: ['10.0.0.2', '10.0.0.3', '10.9.9.9'],
      DnsSearch: ['corp', 'example', 'own'],
      DnsOptions: ['edns0', 'ndots:5'],
    });
  });

  it('is theirs alone when it is complete', () => {
    const own = { isComplete: true, nameservers: ['10.1.1.1'], searches: [], options: [] };
    expect(engineDns(own, host)).toEqual({ Dns: ['10.1.1.1'], DnsSearch: ['.'], DnsOptions: [] });
  });
});

describe('records on containers', () => {
  const labels = { ...labelsOf({ agentKey: 'k' }, 'container', config.labels, record), 'from.image': 'x' };
  const origin = { labels, name: `/${engineNameOf('k', config.name)}`, image: config.imageRef };

  it('are read back whole, whatever labels an image adds', () => {
    expect(readRecord('k', 'container', origin)).toEqual(record);
    expect(readAnyRecord(origin)).toEqual(record);
    expect(readRecord('k', 'sandbox', origin)).toBeUndefined();
  });
  it('of another agent are not read', () => {
    expect(readRecord('other', 'container', origin)).toBeUndefined();
  });
  it('are those of a container that was renamed; one of an image that was made from it has none', () => {
    expect(readRecord('k', 'container', { ...origin, name: '/mine' })).toEqual(record);
    const copy = { ...origin, name: '/mine', image: 'made-of-it:1' };
    expect([readRecord('k', 'container', copy), readAnyRecord(copy)]).toEqual([undefined, undefined]);
  });
  it('say whose process it ends with, and that it was made ahead, for what a label says may be an image’s', () => {
    const marked = labelsOf({ agentKey: 'k', processMark: 'p' }, 'container', {}, record);
    expect(readAnyRecord({ ...origin, labels: marked })?.processMark).toBe('p');
    expect(readAnyRecord({ ...origin, labels: spareLabels(labels, 'm') })).toMatchObject({ spareMark: 'm' });
  });
  it('names are such as the engine takes', () => {
    expect(engineNameOf('k', 'a/b c')).toBe('mooring_k_a-b-c');
  });
});

describe('output of containers', () => {
  const frame = (type: number, text: string) => {
    const header = Buffer.alloc(8);
    header[0] = type;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const stamp = '2026-01-01T00:00:00.000000001Z ';
  async function read(
    chunks: readonly Buffer[],
    isTerminal = false,
    lineBytesMax?: number,
  ): Promise<LogLine[]> {
    const lines = new LogLines({ ...(lineBytesMax !== undefined && { lineBytesMax }) }, isTerminal);
    const found: LogLine[] = [];
    for await (const one of frames(Readable.from(chunks), isTerminal)) found.push(...lines.add(one));
    return [...found, ...lines.end()];
  }
  const inSlices = (bytes: Buffer, size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
  const bytewise = (bytes: Buffer) => inSlices(bytes, 1);

  it('is put together however it is cut', async () => {
    const bytes = Buffer.concat([
      frame(1, `${stamp}one\n`),
      frame(2, `${stamp}two\n`),
      frame(1, `${stamp}\n`),
    ]);
    const want = [
      { atMs: Date.UTC(2026, 0, 1), stream: 'stdout', text: 'one' },
      { atMs: Date.UTC(2026, 0, 1), stream: 'stderr', text: 'two' },
      { atMs: Date.UTC(2026, 0, 1), stream: 'stdout', text: '' },
    ];
    expect(await read([bytes])).toEqual(want);
    expect(await read(bytewise(bytes))).toEqual(want);
  });
  it('long lines come in parts, each with a time, and are one line', async () => {
    const texts = (await read([frame(1, `${stamp}aaa`), frame(1, `${stamp}bbb\n`)])).map(({ text }) => text);
    expect(texts).toEqual(['aaabbb']);
  });
  it('a message that the engine gives twice is one; parts of a line may be the same', async () => {
    const part = frame(1, `${stamp}aaa`);
    const [one, two] = [frame(1, `${stamp}one\n`), frame(1, `${stamp}two\n`)];
    const texts = (await read([one, one, two, part, part, two, two])).map(({ text }) => text);
    expect(texts).toEqual(['one', 'two', 'aaaaaatwo']);
  });
  it('lines beyond the limit are split', async () => {
    const texts = (await read([frame(1, `${stamp}abcdefgh\n`)], false, 3)).map(({ text }) => text);
    expect(texts).toEqual(['abc', 'def', 'gh']);
  });
  it('of a terminal has no frames and carriage returns', async () => {
    const bytes = Buffer.from(`${stamp}one\r\n${stamp}two\r\n`);
    for (const chunks of [[bytes], bytewise(bytes)])
      expect((await read(chunks, true)).map(({ text }) => text)).toEqual(['one', 'two']);
  });
  it('of a terminal has a time wherever the engine has cut a long line, also through a letter', async () => {
    const part = 'a'.repeat(16_384);
    const cut = `${'b'.repeat(16_383)}\ufffd`;
    const want = [`${part}${part}rest`, part, `${cut}\ufffd\ufffd.`];
    const texts = [...[part, part, 'rest\r\n', part, '\r\n', cut, '\ufffd\ufffd.\r\n']];
    const bytes = Buffer.from(texts.map((text) => `${stamp}${text}`).join(''));
    for (const chunks of [[bytes], inSlices(bytes, 7)])
      expect((await read(chunks, true)).map(({ text }) => text)).toEqual(want);
  });
});

describe('errors of the engine', () => {
  it('are quoted without what the client adds', () => {
    const error = Object.assign(new Error('(HTTP code 404) no such image - No such image: x '), {
      statusCode: 404,
    });
    expect([statusOf(error), engineWords(error)]).toEqual([404, 'No such image: x']);
    expect(engineWords(Object.assign(error, { json: { message: 'plain' } }))).toBe('plain');
  });
  it('are known by their words where the status does not tell', () => {
    const said = (message: string, statusCode = 500) => ({ statusCode, json: { message } });
    expect(isNameTaken(said('anything', 409))).toBe(true);
    expect(
      isNameTaken(said('creating container storage: the container name "x" is already in use by c1')),
    ).toBe(true);
    expect(isNameTaken(said('no space left on device'))).toBe(false);
    expect(isRunningRefusal(said('running or paused containers cannot be removed without force'))).toBe(true);
    expect(isRunningRefusal(said('device is busy'))).toBe(false);
  });

  it.each([
    ['OCI runtime exec failed: exec failed: ... "/no/such": stat /no/such: no such file or directory', true],
    ['Error: runc: exec failed: ... no such file or directory: OCI runtime attempted to invoke ...', true],
    ['Error: crun: open executable: Permission denied: OCI permission denied', true],
    ['Error: OCI runtime not found', false],
    ['usage: OCI runtime exec failed: ', false],
  ])('about a command that could not be started: %s', (words, isMeant) => {
    expect(cannotStart.test(words)).toBe(isMeant);
  });

  it('are told from an engine that is not there', () => {
    expect(isConnectionError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toBe(true);
    expect(isConnectionError(Object.assign(new Error('x'), { code: 'ECONNRESET', statusCode: 500 }))).toBe(
      false,
    );
    expect(isConnectionError(new Error('x'))).toBe(false);
  });
});

describe('options', () => {
  it('are all checked at once', () => {
    const wrong = { host: 'ftp://x', pull: 'never', logMaxBytes: 0, imags: {} } as never;
    expect(() => dockerRuntime(wrong)).toThrow(
      expect.objectContaining({
        code: 'INVALID',
        fields: ['host', 'pull', 'logMaxBytes', 'imags'].map((field) => expect.objectContaining({ field })),
      }),
    );
  });
  it('of a healer are all checked at once', async () => {
    const wrong = { plugin: [], containers: 'none', backOff: { maxMs: 0, min: 1 } } as never;
    await expect(createHealer(wrong)).rejects.toMatchObject({
      code: 'INVALID',
      fields: ['plugin', 'containers', 'backOff.maxMs', 'backOff.min'].map((field) => ({ field })),
    });
  });
  it('take the engine from DOCKER_HOST', () => {
    expect(resolveOptions({}, { DOCKER_HOST: 'unix:///x' }).host).toBe('unix:///x');
    expect(resolveOptions({ host: 'unix:///y' }, { DOCKER_HOST: 'unix:///x' }).host).toBe('unix:///y');
    expect(resolveOptions({}, {}).host).toBe('unix:///var/run/docker.sock');
  });
});

describe('what a pod asks for in vain is said by name', () => {
  const findings = (spec: object, isLocal = true) => {
    const containers = [{ name: 'main', image: 'x' }];
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers, ...spec } };
    return reviewPod(pod as unknown as Pod, isLocal).map(({ severity, field }) => `${severity} ${field}`);
  };
  it.each([
    [{}, []],
    [{ hostPID: true, hostIPC: true, subdomain: 'x', hostAliases: [{ ip: '10.0.0.1' }] }, []],
    [{ hostNetwork: true, subdomain: 'x' }, ['warn spec.subdomain']],
    [{ securityContext: { fsGroup: 1, runAsUser: 1, seccompProfile: { type: 'RuntimeDefault' } } }, []],
    [{ securityContext: { seLinuxOptions: {} } }, ['warn spec.securityContext.seLinuxOptions']],
    [
      {
        hostNetwork: true,
        securityContext: {
          sysctls: ['kernel.sem', 'net.core.somaxconn', 'vm/swappiness'].map((name) => ({
            name,
            value: '1',
          })),
        },
      },
      ['warn spec.securityContext.sysctls[1].name', 'warn spec.securityContext.sysctls[2].name'],
    ],
    [{ securityContext: { runAsNonRoot: true, runAsGroup: 5 } }, []],
    [
      {
        containers: [
          {
            name: 'a',
            image: 'x',
            securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'x.json' } },
            resources: { limits: { 'example.com/gpu': 1 } },
          },
        ],
      },
      [
        'warn spec.containers[0].resources.limits[example.com/gpu]',
        'warn spec.containers[0].securityContext.seccompProfile.localhostProfile',
      ],
    ],
  ])('%j', (spec, want) => {
    expect(findings(spec)).toEqual(want);
  });
  it('volumes, for an engine on another host', () => {
    const containers = [{ name: 'a', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] }];
    expect(findings({ containers }, false)).toEqual(['refuse spec.containers[0].volumeMounts[0]']);
  });
});

it('there is a program for sandboxes on the architectures that are common', () => {
  for (const name of ['amd64', 'arm64']) expect(pauseProgram(name)?.toString('latin1', 1, 4)).toBe('ELF');
  expect(pauseProgram('mips')).toBeUndefined();
  expect([killProgram('amd64', 0x12345), killProgram('arm64', 0x12345), killProgram('mips', 1)]).toEqual([
    expect.objectContaining({ length: 148 }),
    expect.objectContaining({ length: 156 }),
    undefined,
  ]);
});

describe('what somebody else did to a container', () => {
  const term = (acts: OutsideActs) => acts.noteSignal('a', '15', 'SIGTERM', 1_000);

  it('a stop signal counts for an end that comes soon after it, and for no later one', () => {
    const acts = new OutsideActs();
    term(acts);
    expect([acts.isStoppedAt('a', 2_000), acts.isStoppedAt('a', 120_000)]).toEqual([true, false]);
  });

  it('one that was enforced counts however late it was', () => {
    const acts = new OutsideActs();
    term(acts);
    acts.noteSignal('a', '9', 'SIGTERM', 300_000);
    expect(acts.isStoppedAt('a', 300_100)).toBe(true);
  });

  it('other signals, and ours, are no stop', () => {
    const acts = new OutsideActs();
    acts.noteSignal('a', '9', 'SIGTERM', 1_000);
    acts.noteSignal('a', 'HUP', 'SIGTERM', 1_000);
    acts.noteOwnStop('b');
    acts.noteSignal('b', 'SIGTERM', 'SIGTERM', 1_000);
    expect([acts.isStoppedAt('a', 1_001), acts.isStoppedAt('b', 1_001)]).toEqual([false, false]);
  });

  it('a start after its end is somebody else’s, and its first end is the one that counts', () => {
    const acts = new OutsideActs();
    acts.noteOwnStart('a');
    expect(acts.noteStart('a', false)).toBe(false);
    acts.noteEnd('a', { exitCode: 3, atMs: 5 });
    expect(acts.endBeforeRerun('a')).toBeUndefined();
    expect(acts.noteStart('a', false)).toBe(true);
    acts.noteEnd('a', { exitCode: 137, atMs: 9 });
    expect(acts.endBeforeRerun('a')).toEqual({ exitCode: 3, atMs: 5 });
    expect(acts.isStoppedAt('a', 9)).toBe(true);
  });

  it('a start of which nothing is known may be that of an earlier life; one of what has ended is not', () => {
    const acts = new OutsideActs();
    expect([acts.noteStart('a', false), acts.noteStart('b', true)]).toEqual([false, true]);
  });

  it('an end that is told before its start is no rerun', () => {
    const acts = new OutsideActs();
    acts.noteOwnStart('a');
    acts.noteEnd('a', { exitCode: 0, atMs: 5 });
    expect(acts.noteStart('a', false)).toBe(false);
  });
});

describe('the mark of a process', () => {
  it('is gone with it, and not before', async () => {
    const child = spawn('sleep', ['60']);
    const mark = processMark(child.pid) ?? '';
    expect([isProcessGone(mark), isProcessGone(processMark() ?? '')]).toEqual([false, false]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isProcessGone(mark)).toBe(true);
  });

  it('of another host, or another space of numbers, may be there', () => {
    const [boot, space] = (processMark() ?? '').split('.');
    expect(isProcessGone(`other.${space}.999999999.1`)).toBe(false);
    expect(isProcessGone(`${boot}.1.999999999.1`)).toBe(false);
    expect(isProcessGone(`${boot}.${space}.999999999.1`)).toBe(true);
    expect(isProcessGone('')).toBe(false);
  });
});
