import { describe, expect, it } from 'vitest';
import { codeProblems, type Exception, injectionProblems, testProblems, unexcused } from './code-rules.ts';
import { filesBelow, packageFiles, parseSource } from './source-file.ts';

const systemClock = 'packages/core/src/engine/system-clock.ts';
const supervisorClock = 'packages/runtime-process/src/supervisor/clock.js';

const sourceExceptions: readonly Exception[] = [
  ...['Date.now', 'performance.now', 'setTimeout', 'setImmediate', 'Math.random', 'randomUUID'].map(
    (use) => ({
      path: systemClock,
      use,
      reason: 'It is the Clock and the Random that are injected elsewhere.',
    }),
  ),
  ...['Date.now', 'setTimeout'].map((use) => ({
    path: supervisorClock,
    use,
    reason: 'The supervisor is a program of its own that outlives the agent; this is its Clock.',
  })),
  {
    path: 'packages/core/src/testing/test-clock.ts',
    use: 'setImmediate',
    reason: 'Between two instants of virtual time the promises of the first must settle.',
  },
];

const testExceptions: readonly Exception[] = [
  {
    path: 'packages/core/test/nats/nats-bus.test.ts',
    use: 'sleep',
    reason: 'How the conformance kit lets time pass on a real server.',
  },
  {
    path: 'packages/core/test/testing/prober-conformance.test.ts',
    use: 'sleep',
    reason: 'A prober that reacts late to its signal: the kit measures that in real time.',
  },
  {
    path: 'packages/runtime-docker/test/suites/conformance-suite.ts',
    use: 'sleep',
    reason: 'How the conformance kit lets time pass on a real engine.',
  },
  {
    path: 'packages/runtime-process/test/adoption.test.ts',
    use: 'sleep',
    reason: 'A new supervisor takes up its containers a moment after it listens, and tells nobody.',
  },
  {
    path: 'packages/runtime-process/test/conformance.test.ts',
    use: 'sleep',
    reason: 'How the conformance kit lets time pass on real processes.',
  },
  {
    path: 'test/support/runtime-node.ts',
    use: 'sleep',
    reason: 'Looks again at real containers until a condition holds, with a deadline.',
  },
  {
    path: 'test/examples/thread-runtime.test.ts',
    use: 'sleep',
    reason: 'How the conformance kit lets time pass on real threads.',
  },
  {
    path: 'test/examples/screen.test.ts',
    use: 'vi.useFakeTimers',
    reason: 'An example is a program, not part of the framework: it draws by the timers of Node.',
  },
];

describe('in the sources', () => {
  const files = packageFiles('src');

  it('time and chance are injected', () => {
    expect(unexcused(files.flatMap(injectionProblems), sourceExceptions)).toEqual([]);
  });

  it('nothing else is done that the style forbids', () => {
    expect(files.flatMap(codeProblems).map(({ message }) => message)).toEqual([]);
  });

  it('a file is named in kebab case for what is in it', () => {
    const named = /^[a-z0-9]+(?:-[a-z0-9]+)*\.[jt]s$/;
    const vague = /^(?:utils?|helpers?|common|misc|types)\.[jt]s$/;
    const names = files.map(({ path }) => [path, path.slice(path.lastIndexOf('/') + 1)] as const);
    expect(names.filter(([, name]) => !named.test(name) || vague.test(name)).map(([path]) => path)).toEqual(
      [],
    );
    // An index is the surface of a package, not of a folder.
    const indexes = names.filter(([, name]) => name === 'index.ts').map(([path]) => path);
    expect(indexes.filter((path) => !/^packages\/[^/]+\/src\/(?:testing\/)?index\.ts$/.test(path))).toEqual(
      [],
    );
  });
});

describe('in the tests', () => {
  it('none hides another, replaces a module, or sleeps', () => {
    const files = [...packageFiles('test'), ...filesBelow('test')];
    expect(unexcused(files.flatMap(testProblems), testExceptions)).toEqual([]);
  });
});

describe('the rule of injected time and chance', () => {
  it.each([
    ['const at = Date.now();', 'Date.now'],
    ['const at = new Date();', 'new Date()'],
    ['const at = performance.now();', 'performance.now'],
    ['setTimeout(work, 1);', 'setTimeout'],
    ['const later = { setTimeout };', 'setTimeout'],
    ['globalThis.setTimeout(work, 1);', 'globalThis.setTimeout'],
    ['void setInterval(work, 1);', 'setInterval'],
    ['const signal = AbortSignal.timeout(5);', 'AbortSignal.timeout'],
    [`import { setTimeout as wait } from 'node:timers/promises';`, 'node:timers/promises'],
    [`import { randomUUID } from 'node:crypto';`, 'randomUUID'],
    ['const id = crypto.randomUUID();', 'crypto.randomUUID'],
    ['const dice = Math.random;', 'Math.random'],
  ])('finds %s', (text, use) => {
    expect(injectionProblems(parseSource('a.ts', text)).map((problem) => problem.use)).toContain(use);
  });

  it.each([
    'clock.setTimeout(work, 1);',
    'const at = new Date(clock.now());',
    'class A { setTimeout(fn: () => void): void { fn(); } }',
    'interface A { setTimeout(fn: () => void): void }',
    'const clock = { setTimeout: own };',
    '// Date.now() is not for us',
    `const text = 'Math.random()';`,
  ])('lets pass %s', (text) => {
    expect(injectionProblems(parseSource('a.ts', text))).toEqual([]);
  });

  it('says where and why', () => {
    expect(injectionProblems(parseSource('a.ts', '\nDate.now();'))).toEqual([
      {
        path: 'a.ts',
        use: 'Date.now',
        message: expect.stringMatching(/^a\.ts:2: Date\.now: time and chance/),
      },
    ]);
  });
});

describe('the rules of the style', () => {
  it.each([
    ['export default 1;', 'default export'],
    [`import { sendParent } from 'xstate';`, 'sendParent'],
    ['const a = { actions: { go: async () => {} } };', 'async action'],
    ['const a = { entry: [async () => {}] };', 'async action'],
    ['try { work(); } catch {}', 'empty catch'],
    ['work().catch(() => {});', 'ignored rejection'],
    ['const a = 1;\nawait work(a).catch(() => undefined);', 'ignored rejection'],
    ['setup({}).createMachine({});', 'createMachine'],
  ])('find %s', (text, use) => {
    expect(codeProblems(parseSource('a.ts', text)).map((problem) => problem.use)).toContain(use);
  });

  it.each([
    ['a.ts', 'const a = { actors: { go: async () => {} } };'],
    ['a.ts', 'try { work(); } catch {\n  // Gone already.\n}'],
    ['a.ts', '// Told by what it answers.\nvoid work().catch(() => {});'],
    ['a.ts', 'work().catch(() => {\n  // Gone already.\n});'],
    ['a.ts', 'work().catch((error) => tell(error));'],
    ['a-machine.ts', 'setup({}).createMachine({});'],
  ])('let pass, in %s: %s', (path, text) => {
    expect(codeProblems(parseSource(path, text))).toEqual([]);
  });
});

describe('the rules of tests', () => {
  it.each([
    [`it.only('a', () => {});`, 'it.only'],
    [`vi.mock('./a.ts');`, 'vi.mock'],
    ['vi.useFakeTimers();', 'vi.useFakeTimers'],
    ['await new Promise((resolve) => setTimeout(resolve, 5));', 'sleep'],
    [`import { setTimeout } from 'node:timers/promises';`, 'sleep'],
    ['await sleep(systemClock, 5);', 'sleep'],
  ])('find %s', (text, use) => {
    expect(testProblems(parseSource('a.test.ts', text)).map((problem) => problem.use)).toEqual([use]);
  });

  it('let pass what waits in virtual time', () => {
    expect(testProblems(parseSource('a.test.ts', 'await sleep(clock, 5);'))).toEqual([]);
  });
});

describe('an exception', () => {
  const [problem] = injectionProblems(parseSource('a.ts', 'Date.now();'));
  const found = problem === undefined ? [] : [problem];

  it('covers its own file and use only', () => {
    const reason = 'for this test';
    expect(unexcused(found, [{ path: 'a.ts', use: 'Date.now', reason }])).toEqual([]);
    expect(unexcused(found, [{ path: 'b.ts', use: 'Date.now', reason }])).toHaveLength(2);
  });

  it('that is not needed is a problem', () => {
    expect(unexcused([], [{ path: 'a.ts', use: 'Date.now', reason: 'was needed once' }])).toEqual([
      'a.ts: the exception for Date.now is not needed any more',
    ]);
  });
});
