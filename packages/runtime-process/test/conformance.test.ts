import { existsSync } from 'node:fs';
import type { ContainerRuntime } from '@mooring/core';
import { planConformance, type RuntimeConformanceContext, runtimeConformance } from '@mooring/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { until } from '../../../test/support/runtime-node.ts';
import { Node } from './support/runtime.ts';

const sh = (script: string) => ({ image: 'sh', args: [script] });
/** Runs on; says in a file that it has heard what to do with signals. */
const patient = (trap: string) => ({
  image: 'patient',
  args: [`${trap}; touch "$READY_DIR/$MOORING_CONTAINER_ID"; while :; do sleep 0.02; done`],
});
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

let node: Node;
let count = 0;

const context: RuntimeConformanceContext = {
  get runtime() {
    return untilReady(node.runtime);
  },
  reopen: () => node.reopen(),
  programs: {
    runsUntilStopped: patient('trap "exit 0" TERM'),
    ignoresStop: patient('trap "" TERM'),
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
    echoes: ['cat'],
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

/**
 * A shell that gets a signal before it has come to its `trap` dies of it. So a start of such a program is over when
 * the program says so.
 */
function untilReady(runtime: ContainerRuntime): ContainerRuntime {
  const startContainer: ContainerRuntime['startContainer'] = async (id, signal) => {
    await runtime.startContainer(id, signal);
    const info = await runtime.inspectContainer(id, signal);
    if (info?.image === 'patient' && info.state === 'running')
      await until('the program is ready', () => existsSync(markFile(id)));
  };
  return new Proxy(runtime, {
    get(target, key) {
      if (key === 'startContainer') return startContainer;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function markFile(mark: string): string {
  return `${node.dataDir}/${mark}`;
}

function openNode(): Promise<Node> {
  return Node.open((dataDir) => ({
    images: {
      ...{ sh: ['/bin/sh', '-c'], busybox: [] },
      patient: { argv: ['/bin/sh', '-c'], env: { READY_DIR: dataDir } },
    },
  }));
}

beforeAll(async () => {
  node = await openNode();
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

describe('the process runtime keeps the contract', async () => {
  node = await openNode();
  const plan = planConformance(runtimeConformance, context);
  await node[Symbol.asyncDispose]();
  for (const { name, skipReason, run } of plan) it.skipIf(skipReason !== undefined)(name, run);
});
