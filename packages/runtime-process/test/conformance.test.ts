import { planConformance, type RuntimeConformanceContext, runtimeConformance } from '@mooring/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Node } from './support/runtime.ts';

const sh = (script: string) => ({ image: 'sh', args: [script] });
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

let node: Node;
let count = 0;

const context: RuntimeConformanceContext = {
  get runtime() {
    return node.runtime;
  },
  reopen: () => node.reopen(),
  programs: {
    runsUntilStopped: sh('trap "exit 0" TERM; while :; do sleep 0.02; done'),
    ignoresStop: sh('trap "" TERM; while :; do sleep 0.02; done'),
    exits: (code) => sh(`exit ${code}`),
    prints: (lines) => sh(lines.map((line) => `echo ${quote(line)}`).join('; ')),
    printsVariable: (name) => sh(`printenv ${name}`),
    missingCommand: { image: 'busybox', command: ['/no/such/command'] },
    diesBySignal: { program: sh('kill -SEGV $$'), signal: 'SIGSEGV', exitCode: 139 },
    leavesMessage: (text, path) => sh(`printf %s ${quote(text)} >${path}; exit 1`),
  },
  commands: {
    exits: (code) => ['/bin/sh', '-c', `exit ${code}`],
    prints: (stdout, stderr) => ['/bin/sh', '-c', `echo ${quote(stdout)}; echo ${quote(stderr)} >&2`],
    printsVariable: (name) => ['printenv', name],
    floods: (bytes) => ['/bin/sh', '-c', `head -c ${bytes} /dev/zero | tr '\\0' x`],
    hangs: ['sleep', '1000'],
    marksAfter: (mark, delayMs) => ['/bin/sh', '-c', `sleep ${delayMs / 1000}; touch ${markFile(mark)}`],
    isMarked: (mark) => ['test', '-e', markFile(mark)],
    missing: ['/no/such/command'],
  },
  images: { present: 'sh', missing: 'example.com/nothing:1', invalid: 'Not An Image' },
  nowMs: () => performance.now(),
  advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  stepMs: 20,
  deadlineMs: 10_000,
  unique: (prefix) => `${prefix}-${process.pid}-${++count}`,
};

function markFile(mark: string): string {
  return `${node.dataDir}/${mark}`;
}

beforeAll(async () => {
  node = await Node.open();
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

describe('the process runtime keeps the contract', async () => {
  node = await Node.open();
  const plan = planConformance(runtimeConformance, context);
  await node[Symbol.asyncDispose]();
  for (const { name, skipReason, run } of plan) it.skipIf(skipReason !== undefined)(name, run);
});
