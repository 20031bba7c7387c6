import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeFolder } from '../../../test/support/remove-folder.ts';
import { type CgroupLayout, planCgroups } from '../src/cgroup-plan.ts';
import { exitCodeOf, parseSignal } from '../src/exit-code.ts';
import { MountPoints } from '../src/mount-points.ts';
import { blockCandidates, nextAddress, parseRange } from '../src/pod-addresses.ts';
import { membersOf } from '../src/process-table.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mooring-decisions-'));
});
afterEach(() => removeFolder(dir));

describe('limits become files of control groups', () => {
  const v1: CgroupLayout = { version: 1, memoryDir: '/m', cpuDir: '/c', hasSwapLimit: true };
  const v2: CgroupLayout = { version: 2, memoryDir: '/g', cpuDir: '/g', hasSwapLimit: true };
  const limits = { memory: '64Mi', cpu: '500m' };
  const table = [
    {
      name: 'version 1',
      ...{ layout: v1, limits },
      want: [
        {
          parent: '/m',
          files: [
            ['memory.limit_in_bytes', '67108864'],
            ['memory.memsw.limit_in_bytes', '67108864'],
          ],
          oomFile: 'memory.oom_control',
        },
        {
          parent: '/c',
          files: [
            ['cpu.cfs_period_us', '100000'],
            ['cpu.cfs_quota_us', '50000'],
          ],
        },
      ],
    },
    {
      name: 'version 2, one group for all',
      ...{ layout: v2, limits },
      want: [
        {
          parent: '/g',
          files: [
            ['memory.max', '67108864'],
            ['memory.oom.group', '1'],
            ['memory.swap.max', '0'],
            ['cpu.max', '50000 100000'],
          ],
          oomFile: 'memory.events',
        },
      ],
    },
    {
      name: 'the least CPU that the kernel takes',
      ...{ layout: v2, limits: { cpu: '1m' } },
      want: [{ parent: '/g', files: [['cpu.max', '1000 100000']] }],
    },
    { name: 'a limit of zero is none', layout: v2, limits: { memory: 0, cpu: '0' }, want: [] },
    { name: 'other resources have no file', layout: v1, limits: { 'ephemeral-storage': '1Gi' }, want: [] },
    {
      name: 'a controller that cannot be used',
      layout: { version: 1, cpuDir: '/c', hasSwapLimit: false } as const,
      limits: { memory: '64Mi' },
      want: [],
    },
  ];
  it.each(table)('$name', ({ layout, limits: given, want }) => {
    expect(planCgroups(layout, { limits: given })).toEqual(want);
  });
});

describe('pod addresses', () => {
  const loopback = parseRange('127.0.0.0/8');

  it.each(['10.0.0.0/8', '127.0.0.0/7', '127.0.0.0/31', '127.0.0/8', '127.0.0.300/16', ''])(
    'refuses %j as a range',
    (text) => {
      expect(() => parseRange(text)).toThrow(expect.objectContaining({ code: 'INVALID' }));
    },
  );

  it('leads different agents to different blocks, and the same agent to the same', () => {
    const blocks = ['a', 'b', 'c'].map((key) => blockCandidates(loopback, key)[0]);
    expect(new Set(blocks).size).toBe(3);
    expect(blockCandidates(loopback, 'a')[0]).toBe(blocks[0]);
  });

  it('goes back to the block that the agent had', () => {
    expect(blockCandidates(loopback, 'a', '127.77.16.0')[0]).toBe('127.77.16.0');
    expect(blockCandidates(parseRange('127.1.0.0/16'), 'a', '127.77.16.0')).not.toContain('127.77.16.0');
  });

  it('stays off the block that localhost is in', () => {
    for (let i = 0; i < 5000; i += 1)
      expect(blockCandidates(loopback, String(i)).every((block) => !block.startsWith('127.0.0.'))).toBe(true);
  });

  it('stays out of ranges that are reserved, also with the block that the agent had', () => {
    const reserved = [parseRange('127.96.0.0/12')];
    for (let i = 0; i < 500; i += 1)
      for (const block of blockCandidates(loopback, String(i), '127.96.16.0', reserved))
        expect(block).not.toMatch(/^127\.(9[6-9]|10\d|11[01])\./);
    expect(() => blockCandidates(parseRange('127.97.0.0/16'), 'a', undefined, reserved)).toThrow(
      'ipRange 127.97.0.0/16 is taken by addresses of Services',
    );
  });

  it('gives each address once, and one just freed last', () => {
    const range = parseRange('127.9.0.0/29');
    const taken = new Set<string>();
    let last: string | undefined;
    for (let i = 1; i <= 6; i += 1) {
      last = nextAddress(range, '127.9.0.0', taken, last);
      expect(last).toBe(`127.9.0.${i}`);
      taken.add(last);
    }
    expect(() => nextAddress(range, '127.9.0.0', taken, last)).toThrow('all 6 pod addresses');
    taken.delete('127.9.0.2');
    taken.delete('127.9.0.5');
    expect(nextAddress(range, '127.9.0.0', taken, '127.9.0.3')).toBe('127.9.0.5');
  });
});

describe('signals and exit codes', () => {
  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['term', 'SIGTERM'],
    ['QUIT', 'SIGQUIT'],
    ['15', 'SIGTERM'],
    ['SIGNONSENSE', undefined],
    ['', undefined],
  ])('%j is %s', (text, want) => {
    expect(parseSignal(text)).toBe(want);
  });

  it('counts a death by signal from 128 on', () => {
    expect([exitCodeOf(3, null), exitCodeOf(null, 'SIGKILL'), exitCodeOf(null, 'SIGTERM')]).toEqual([
      3, 137, 143,
    ]);
  });
});

describe('which processes are meant', () => {
  const container = { id: 'c', pid: 10, startTicks: 500, hasSession: true };
  const processes = [
    { pid: 11, session: 10, startTicks: 510 },
    { pid: 12, session: 12, startTicks: 520, containerID: 'c' },
    { pid: 13, session: 13, startTicks: 520, containerID: 'other' },
    { pid: 14, session: 10, startTicks: 530, containerID: 'other' },
  ];

  it('counts as members those with the mark and those of the session', () => {
    expect(membersOf([...processes, { pid: 10, session: 10, startTicks: 500 }], container)).toEqual([
      11, 12, 10,
    ]);
    expect(membersOf(processes, container)).toEqual([11, 12]);
  });

  it('does not count a session whose number has passed on, or may have', () => {
    const another = { pid: 10, session: 10, startTicks: 900 };
    expect(membersOf([...processes, another], container)).toEqual([12]);
    expect(membersOf(processes, { ...container, hasSession: false })).toEqual([12]);
  });
});

describe('mount points', () => {
  const point = () => ({ path: join(dir, 'a/b/c'), kind: 'directory' }) as const;
  const exists = (path: string) => {
    try {
      readFileSync(path);
      return true;
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'EISDIR';
    }
  };

  it('are created when missing and removed with the last owner, parents too', () => {
    const points = new MountPoints(join(dir, 'points.json'));
    points.ensure('one', [point(), { path: join(dir, 'a/file'), kind: 'file' }]);
    points.ensure('two', [point()]);
    points.release('one');
    expect(exists(join(dir, 'a/b/c'))).toBe(true);
    expect(exists(join(dir, 'a/file'))).toBe(false);
    points.release('two');
    expect(exists(join(dir, 'a'))).toBe(false);
  });

  it('share the directories above, which go with the last of them', () => {
    const points = new MountPoints(join(dir, 'points.json'));
    const at = (path: string) => ({ path: join(dir, path), kind: 'directory' as const });
    points.ensure('one', [at('x/y/one')]);
    points.ensure('two', [at('x/y/two')]);
    points.release('one');
    expect(exists(join(dir, 'x/y/one'))).toBe(false);
    points.release('two');
    expect(exists(join(dir, 'x'))).toBe(false);
  });

  it('stay where a directory above another one is wanted itself', () => {
    const points = new MountPoints(join(dir, 'points.json'));
    const at = (path: string) => ({ path: join(dir, path), kind: 'directory' as const });
    points.ensure('one', [at('x/y/one')]);
    points.ensure('two', [at('x/y')]);
    points.release('one');
    expect(readdirSync(join(dir, 'x'))).toEqual(['y']);
    points.release('two');
    expect(exists(join(dir, 'x'))).toBe(false);
  });

  it('are left alone when they were there before, or when something was put there', () => {
    writeFileSync(join(dir, 'mine'), '');
    const points = new MountPoints(join(dir, 'points.json'));
    points.ensure('one', [point(), { path: join(dir, 'mine'), kind: 'file' }]);
    writeFileSync(join(dir, 'a/b/c/kept'), '');
    points.release('one');
    expect(exists(join(dir, 'mine'))).toBe(true);
    expect(exists(join(dir, 'a/b/c/kept'))).toBe(true);
  });

  it('are remembered by the next life of the agent', () => {
    new MountPoints(join(dir, 'points.json')).ensure('gone', [point()]);
    new MountPoints(join(dir, 'points.json')).sweep(() => false);
    expect(exists(join(dir, 'a'))).toBe(false);
  });
});
