/** The conformance kit of runtimes, on the engine of `DOCKER_HOST`. */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { ContainerRuntime } from '@mooring/core';
import { planConformance, type RuntimeConformanceContext, runtimeConformance } from '@mooring/core/testing';
import { afterAll, beforeAll } from 'vitest';
import { pauseProgram } from '../../src/pause-program.ts';
import type { Differences } from '../support/differences.ts';
import { makeImage, removeImages } from '../support/images.ts';
import { Node } from '../support/runtime.ts';

const image = 'mooring-test/conformance:1';
const patientImage = 'mooring-test/patient:1';
const sh = (script: string) => ({ image, args: [script] });
/** Runs on; says that it has heard what to do with signals. */
const patient = (trap: string) => ({
  image: patientImage,
  args: [`${trap}; echo ready; while :; do sleep 0.02; done`],
});
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

let count = 0;
/** A registry that takes connections and says nothing. */
let silent: Server;

function contextOf(node: Node): RuntimeConformanceContext {
  return {
    get runtime() {
      return untilReady(node);
    },
    reopen: () => node.reopen(),
    programs: {
      runsUntilStopped: patient('trap "exit 0" TERM'),
      ignoresStop: patient('trap "" TERM'),
      exits: (code) => sh(`exit ${code}`),
      prints: (lines) => sh(lines.map((line) => `echo ${quote(line)}`).join('; ')),
      printsVariable: (name) => sh(`echo "$${name}"`),
      missingCommand: { image, command: ['/no/such/command'] },
      ...(crashCode !== undefined && {
        diesBySignal: { program: { image, command: ['/crash'] }, signal: 'SIGSEGV', exitCode: 139 },
      }),
      leavesMessage: (text, path) => sh(`printf %s ${quote(text)} >${path}; exit 1`),
    },
    commands: {
      exits: (code) => ['/bin/sh', '-c', `exit ${code}`],
      prints: (stdout, stderr) => ['/bin/sh', '-c', `echo ${quote(stdout)}; echo ${quote(stderr)} >&2`],
      printsVariable: (name) => ['/bin/sh', '-c', `echo "$${name}"`],
      floods: (bytes) => ['/bin/sh', '-c', `head -c ${bytes} /dev/zero | tr '\\0' x`],
      hangs: ['sleep', '1000'],
      marksAfter: (mark, delayMs) => ['/bin/sh', '-c', `sleep ${delayMs / 1000}; touch /tmp/${mark}`],
      isMarked: (mark) => ['test', '-e', `/tmp/${mark}`],
      missing: ['/no/such/command'],
      echoes: ['cat'],
    },
    images: {
      ...{ present: image, missing: '127.0.0.1:1/nothing:1', invalid: 'Not An Image' },
      slow: `127.0.0.1:${(silent.address() as AddressInfo).port}/slow:1`,
    },
    nowMs: () => performance.now(),
    advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...{ stepMs: 20, deadlineMs: 30_000 },
    unique: (prefix) => `${prefix}-${process.pid}-${++count}`,
  };
}

/** Writes to address 0. A shell will not do: the first process of a container does not die of what it sends itself. */
const crashCode = process.arch === 'x64' ? Buffer.from('31c08800', 'hex') : undefined;

function addCrash(root: string): void {
  const program = pauseProgram('amd64');
  if (program === undefined || crashCode === undefined) return;
  crashCode.copy(program, program.length - 9);
  writeFileSync(join(root, 'crash'), program, { mode: 0o755 });
}

/**
 * A shell that gets a signal before it has come to its `trap` does not heed it. So a start of such a program is over when
 * the program says so.
 */
function untilReady(node: Node): ContainerRuntime {
  const { runtime } = node;
  const startContainer: ContainerRuntime['startContainer'] = async (id, signal) => {
    await runtime.startContainer(id, signal);
    const info = await runtime.inspectContainer(id, signal);
    if (info?.image === patientImage && info.state === 'running') await node.untilPrinted(id, 'ready');
  };
  return new Proxy<ContainerRuntime>(runtime, {
    get(target, key) {
      if (key === 'startContainer') return startContainer;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

export function conformanceSuite(differences: Differences): void {
  beforeAll(async () => {
    makeImage(image, { changes: ['ENTRYPOINT ["/bin/sh", "-c"]'], fill: addCrash });
    makeImage(patientImage, { changes: ['ENTRYPOINT ["/bin/sh", "-c"]'] });
    silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterAll(() => {
    silent.close();
    removeImages(image, patientImage);
  });

  // Each with an agent of its own, so that several can go on at a time.
  for (const testCase of runtimeConformance)
    differences.concurrent(
      testCase.name,
      async (test) => {
        await using node = await Node.open();
        const [planned] = planConformance([testCase], contextOf(node));
        if (planned?.skipReason !== undefined) test.skip(planned.skipReason);
        await planned?.run();
      },
      60_000,
    );
}
