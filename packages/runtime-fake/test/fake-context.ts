/** The context of the runtime conformance kit for the fake runtime, in virtual time. */

import { type RuntimeConformanceContext, TestClock } from '@mooring/core/testing';
import {
  busybox,
  diesBy,
  FakeHost,
  type FakeImages,
  type FakeProcess,
  FakeRuntime,
  ignoresStop,
  runsForever,
  type Userland,
} from '@mooring/runtime-fake';

/** Busybox, and a command that floods: `flood N`. */
const userland: Userland = (command) => {
  const [name, count = '0'] = command;
  if (name !== 'flood') return busybox(command);
  return (process: FakeProcess) => {
    process.write('x'.repeat(Number(count)));
    return 0;
  };
};

const images: FakeImages = {
  service: { run: runsForever, userland },
  stubborn: { run: ignoresStop },
  crashing: { run: diesBy('SIGSEGV') },
  busybox: {},
  slow: { pull: { delayMs: 3_600_000 } },
};

const script = (source: string) => ({ image: 'busybox', command: ['sh', '-c', source] });

export function fakeContext(): RuntimeConformanceContext {
  const clock = new TestClock();
  const host = new FakeHost({ clock, images });
  let runtime = new FakeRuntime(host);
  let given = 0;
  return {
    get runtime() {
      return runtime;
    },
    async reopen() {
      await runtime[Symbol.asyncDispose]();
      runtime = new FakeRuntime(host);
    },
    programs: {
      runsUntilStopped: { image: 'service' },
      ignoresStop: { image: 'stubborn' },
      exits: (code) => script(`exit ${code}`),
      prints: (lines) => script(lines.map((line) => `echo '${line}'`).join('; ')),
      printsVariable: (name) => script(`echo "$${name}"`),
      missingCommand: { image: 'busybox', command: ['/bin/no-such-command'] },
      diesBySignal: { program: { image: 'crashing' }, signal: 'SIGSEGV', exitCode: 139 },
      leavesMessage: (text, path) => script(`echo -n '${text}' > ${path}; exit 1`),
    },
    commands: {
      exits: (code) => ['sh', '-c', `exit ${code}`],
      prints: (stdout, stderr) => ['sh', '-c', `echo ${stderr} >&2; echo ${stdout}`],
      printsVariable: (name) => ['sh', '-c', `echo $${name}`],
      floods: (bytes) => ['flood', String(bytes)],
      hangs: ['sleep', 'infinity'],
      marksAfter: (mark, delayMs) => ['sh', '-c', `sleep ${delayMs / 1000}; touch /tmp/${mark}`],
      isMarked: (mark) => ['test', '-e', `/tmp/${mark}`],
      missing: ['/bin/no-such-command'],
    },
    images: { present: 'service', missing: 'nowhere', invalid: 'NOT//an image', slow: 'slow' },
    nowMs: () => clock.monotonicMs(),
    advance: (ms) => clock.advanceBy(ms),
    stepMs: 50,
    deadlineMs: 60_000,
    unique: (prefix) => `${prefix}-${++given}`,
  };
}
