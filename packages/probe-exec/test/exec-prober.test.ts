import { abortable, FieldPath, MooringError, type ProbeResult, type ProbeTarget } from '@mooring/core';
import {
  fakeTarget,
  localExec,
  type ProberConformanceContext,
  type ProbeScene,
  planConformance,
  proberConformance,
} from '@mooring/core/testing';
import { describe, expect, test } from 'vitest';
import { execProber } from '../src/index.ts';

async function running(...command: string[]): Promise<ProbeScene> {
  return {
    raw: { command },
    target: fakeTarget({ exec: localExec }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const context: ProberConformanceContext = {
  prober: execProber,
  healthy: () => running('true'),
  unhealthy: () => running('sh', '-c', 'echo not well; exit 3'),
  silent: () => running('sleep', '60'),
  impossible: () => running('/no/such/program'),
  bad: [
    { raw: 'true', field: '' },
    { raw: {}, field: 'command' },
    { raw: { command: [] }, field: 'command' },
    { raw: { command: 'true' }, field: 'command' },
    { raw: { command: ['test', 1] }, field: 'command[1]' },
  ],
};

describe('exec', () => {
  for (const c of planConformance(proberConformance, context))
    test.skipIf(c.skipReason)(c.name, () => c.run());
});

function probe(
  command: readonly string[],
  target: ProbeTarget,
  signal = new AbortController().signal,
): Promise<ProbeResult> {
  const compiled = execProber().compile({ command }, new FieldPath('exec'));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
  return compiled.value(target, signal);
}

const ends =
  (exitCode: number, output: string): ProbeTarget['exec'] =>
  () =>
    Promise.resolve({ exitCode, output });

test.each([
  { exitCode: 0, outcome: 'success' },
  { exitCode: 1, outcome: 'failure' },
  { exitCode: 137, outcome: 'failure' },
])('exit code $exitCode is $outcome, and the output is the message', async ({ exitCode, outcome }) => {
  const result = await probe(['check'], fakeTarget({ exec: ends(exitCode, 'words') }));
  expect(result).toEqual({ outcome, message: 'words' });
});

test('variables of the container stand in the command, unknown ones as they are', async () => {
  const env = [{ name: 'PORT', value: '80' }];
  const target = fakeTarget({ env, exec: async (command) => ({ exitCode: 0, output: command.join(' ') }) });
  const { message } = await probe(['check', '$(PORT)', '$(HOST)', '$$(PORT)'], target);
  expect(message).toBe('check 80 $(HOST) $(PORT)');
});

test('no shell is involved', async () => {
  const { message } = await probe(['echo', '$HOME', '*', '>x'], fakeTarget({ exec: localExec }));
  expect(message).toBe('$HOME * >x\n');
});

test('standard output comes before standard error', async () => {
  const script = 'echo one >&2; echo two';
  const { message } = await probe(['sh', '-c', script], fakeTarget({ exec: localExec }));
  expect(message).toBe('two\none\n');
});

test('the output is cut after 10240 bytes, also by a runtime that counts characters', async () => {
  const { message } = await probe(['check'], fakeTarget({ exec: ends(0, 'ü'.repeat(10_240)) }));
  expect(message).toBe('ü'.repeat(5120));
});

test('a command that cannot be run makes the attempt void', async () => {
  const exec = () => Promise.reject(new MooringError('EXEC_FAILED', 'no such file'));
  await expect(probe(['check'], fakeTarget({ exec }))).rejects.toMatchObject({ code: 'EXEC_FAILED' });
});

describe('time limit', () => {
  const message = 'command timed out: "check --all" timed out after 1.5s';

  test.each([
    {
      name: 'a runtime that stops with the signal',
      exec: ((_command, _options, signal) =>
        abortable(new Promise<never>(() => {}), signal)) satisfies ProbeTarget['exec'],
    },
    { name: 'a runtime that never comes back', exec: () => new Promise<never>(() => {}) },
  ])('$name', async ({ exec }) => {
    const controller = new AbortController();
    const attempt = probe(['check', '--all'], fakeTarget({ exec, timeoutMs: 1500 }), controller.signal);
    controller.abort(new Error('timeout'));
    expect(await attempt).toEqual({ outcome: 'failure', message });
  });
});
