import { describe, expect, it } from 'vitest';
import {
  cutToShare,
  type Ending,
  needsLogs,
  terminationMessage,
} from '../../../src/kubelet/container/termination-message.ts';

const failed: Ending = { policy: 'FallbackToLogsOnError', exitCode: 1 };

describe('the message of a terminated container', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => `line ${i}`);
  const cases: { name: string; ending: Ending; lines?: readonly string[]; want: string }[] = [
    {
      name: 'is what the file holds',
      ending: { policy: 'File', exitCode: 0, fileMessage: 'DONE' },
      want: 'DONE',
    },
    { name: 'is empty without a file', ending: { policy: 'File', exitCode: 1 }, lines: ['log'], want: '' },
    { name: 'is the log after a failure without a file', ending: failed, lines: ['a', 'b'], want: 'a\nb' },
    {
      name: 'is the log when the file is empty',
      ending: { ...failed, fileMessage: '' },
      lines: ['a'],
      want: 'a',
    },
    {
      name: 'is the file when it holds anything',
      ending: { ...failed, fileMessage: 'x' },
      lines: ['a'],
      want: 'x',
    },
    { name: 'is not the log after a success', ending: { ...failed, exitCode: 0 }, lines: ['a'], want: '' },
    {
      name: 'is what the runtime says when the process never started',
      ending: { ...failed, exitCode: 128, reason: 'StartError', fileMessage: 'no such file' },
      lines: ['a'],
      want: 'no such file',
    },
    {
      name: 'is not the log of a process that never started',
      ending: { ...failed, exitCode: 128, reason: 'StartError' },
      lines: ['a'],
      want: '',
    },
    {
      name: 'holds the last 80 lines of the log',
      ending: failed,
      lines: hundred,
      want: hundred.slice(20).join('\n'),
    },
    {
      name: 'holds the last 2048 bytes of the log',
      ending: failed,
      lines: ['x'.repeat(2000), 'y'.repeat(1999)],
      want: `${'x'.repeat(48)}\n${'y'.repeat(1999)}`,
    },
    {
      name: 'holds the last 4096 bytes of the file',
      ending: { policy: 'File', exitCode: 1, fileMessage: `start${'z'.repeat(4096)}` },
      want: 'z'.repeat(4096),
    },
    {
      name: 'is never cut inside a character',
      ending: { policy: 'File', exitCode: 1, fileMessage: `€${'z'.repeat(4095)}` },
      want: 'z'.repeat(4095),
    },
  ];
  it.each(cases)('$name', ({ ending, lines, want }) => {
    expect(terminationMessage(ending, lines)).toBe(want);
  });

  it('asks for the log only when it would be used', () => {
    expect(needsLogs(failed)).toBe(true);
    expect(needsLogs({ ...failed, fileMessage: 'x' })).toBe(false);
    expect(needsLogs({ ...failed, exitCode: 0 })).toBe(false);
    expect(needsLogs({ ...failed, policy: 'File' })).toBe(false);
  });
});

describe('the share of one container in the messages of its pod', () => {
  const cases = [
    { containers: 1, bytes: 12_288 },
    { containers: 3, bytes: 4096 },
    { containers: 5, bytes: 2457 },
    { containers: 0, bytes: 12_288 },
  ];
  it.each(cases)('of $containers containers is $bytes bytes', ({ containers, bytes }) => {
    expect(cutToShare('a'.repeat(20_000), containers)).toHaveLength(bytes);
  });

  it('leaves short messages alone and cuts between characters', () => {
    expect(cutToShare('short', 3)).toBe('short');
    expect(cutToShare(`${'a'.repeat(4095)}€`, 3)).toBe('a'.repeat(4095));
  });
});
