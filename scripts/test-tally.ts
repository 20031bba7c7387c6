import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/** More tests than this that were skipped for one reason are printed as one line with their number. */
const namesMax = 5;

/** Counts what ran, and remembers what did not and why. */
export class TestTally implements Reporter {
  passed = 0;
  failed = 0;
  skipped = 0;
  private readonly skips = new Map<string, string[]>();
  private readonly secondAttempts: string[] = [];

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.failed += unhandledErrors.length;
    for (const module of modules) this.countModule(module);
  }

  /** `SKIP <test>: <reason>`, or one line for many tests of a suite with one reason. */
  skipLines(): readonly string[] {
    return [...this.skips].flatMap(([key, names]) => {
      const { suite, reason } = JSON.parse(key) as SkipKey;
      if (names.length > namesMax) return [`SKIP ${suite} (${names.length} tests): ${reason}`];
      return names.map((name) => `SKIP ${suite} > ${name}: ${reason}`);
    });
  }

  /** `AGAIN <test>: <why the first attempt failed>` for each that passed only then: a machine was too busy, or there is a race. */
  againLines(): readonly string[] {
    return this.secondAttempts.map((line) => `AGAIN ${line}`);
  }

  private countModule(module: TestModule): void {
    // Errors of a module or suite are those of loading it and of its hooks; the tests in it never ran.
    for (const part of [module, ...module.children.allSuites()]) {
      if (part.errors().length > 0) this.failed += 1;
    }
    for (const test of module.children.allTests()) this.countTest(test);
  }

  private countTest(test: TestCase): void {
    const result = test.result();
    if (result.state === 'passed') {
      this.passed += 1;
      const [failure] = result.errors ?? [];
      if (failure !== undefined)
        this.secondAttempts.push(`${test.module.relativeModuleId} > ${test.fullName}: ${failure.message}`);
    } else if (result.state === 'skipped') this.noteSkip(test, result.note);
    // A test that is still pending when the run is over was cut off.
    else this.failed += 1;
  }

  private noteSkip(test: TestCase, note: string | undefined): void {
    this.skipped += 1;
    const chain = ancestors(test);
    const meta = [test, ...chain]
      .map((part) => part.meta().skipReason)
      .find((reason) => reason !== undefined);
    const suites = chain.flatMap((part) => (part.type === 'suite' ? [part.name] : [])).reverse();
    const broken = chain.some((part) => part.errors().length > 0) ? 'a hook of its suite failed' : undefined;
    const reason = note ?? meta ?? broken ?? 'no reason given';
    const key: SkipKey = { suite: [test.module.relativeModuleId, ...suites].join(' > '), reason };
    const names = this.skips.get(JSON.stringify(key)) ?? [];
    this.skips.set(JSON.stringify(key), [...names, test.name]);
  }
}

interface SkipKey {
  readonly suite: string;
  readonly reason: string;
}

function ancestors(test: TestCase): readonly (TestSuite | TestModule)[] {
  const chain: (TestSuite | TestModule)[] = [];
  for (let part: TestSuite | TestModule | undefined = test.parent; part !== undefined; ) {
    chain.push(part);
    part = part.type === 'suite' ? part.parent : undefined;
  }
  return chain;
}
