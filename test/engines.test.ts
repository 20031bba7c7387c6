import { describe, expect, it } from 'vitest';
import { describeWithEngine, engine, engineNames, findProgram, requireEngine } from './support/engines.ts';

describe('this machine has', () => {
  // A required engine that no test uses yet is looked for all the same.
  it.for(engineNames)('%s', (name, context) => {
    requireEngine(context, name);
    expect(engine(name)).toMatchObject({ available: true });
  });
});

describe('a program is found', () => {
  it('by its name', () => {
    expect(findProgram('sh')).toMatch(/\/sh$/);
  });

  it('or not at all', () => {
    expect(findProgram('no-such-program-here')).toBeUndefined();
    expect(findProgram('no/such/program')).toBeUndefined();
  });
});

let ran = false;
describeWithEngine([], 'a suite without needs', () => {
  it('runs', () => {
    ran = true;
  });
});

it('ran the suite that needs nothing', () => {
  expect(ran).toBe(true);
});
