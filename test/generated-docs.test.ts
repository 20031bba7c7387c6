import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { errorPage } from '../scripts/error-page.ts';
import { findMachines } from '../scripts/find-machines.ts';
import { diagramOf, headerOf, machinePage } from '../scripts/machine-page.ts';
import { stalePages } from '../scripts/update-docs.ts';

describe('the generated documents are those of the sources', () => {
  it('for the machines: npm run docs:machines', async () => {
    const machines = await findMachines();
    const pages = new Map(machines.map((found) => [`${found.name}.md`, machinePage(found)]));
    expect(await stalePages('docs/machines', pages)).toEqual([]);
  });

  it('for the errors: npm run docs:errors', async () => {
    expect(await stalePages('docs', new Map([['errors.md', errorPage()]]))).toEqual([]);
  });

  it('and a difference is seen', async () => {
    const page = errorPage().replace('CONFLICT', 'CONFLICTS');
    expect(await stalePages('docs', new Map([['errors.md', page]]))).toEqual(['docs/errors.md']);
  });

  it('and a page that nothing writes any more', async () => {
    const pages = new Map([['other.md', errorPage()]]);
    expect(await stalePages('docs', pages)).toEqual(['docs/other.md', 'docs/errors.md']);
  });
});

describe('a diagram', () => {
  it('shows nested and final states, conditions, delays and invoked actors', () => {
    const machine = createMachine({
      initial: 'waiting',
      on: { reset: '.waiting', look: { actions: 'look' } },
      states: {
        waiting: { on: { go: { guard: 'isReady', target: 'working' } } },
        working: {
          initial: 'trying',
          after: { patience: 'over' },
          states: {
            trying: { invoke: { src: 'attempt', onDone: '#over', onError: 'resting' } },
            resting: { always: 'trying' },
          },
        },
        over: { id: 'over', type: 'final' },
      },
    });
    expect(diagramOf(machine)).toEqual([
      'stateDiagram-v2',
      '  [*] --> waiting',
      '  waiting : waiting',
      '  state "working" as working {',
      '    [*] --> working_trying',
      '    working_trying : trying',
      '    working_trying : invokes attempt',
      '    working_resting : resting',
      '  }',
      '  over : over',
      '  over --> [*]',
      '  state "any state" as any_state',
      '  any_state --> waiting : reset',
      '  waiting --> working : go [isReady]',
      '  working --> over : after patience',
      '  working_trying --> over : attempt done',
      '  working_trying --> working_resting : attempt failed',
      '  working_resting --> working_trying : at once',
    ]);
  });

  it('shows parallel states apart', () => {
    const machine = createMachine({ type: 'parallel', states: { a: {}, b: {} } });
    expect(diagramOf(machine)).toEqual(['stateDiagram-v2', '  a : a', '  --', '  b : b']);
  });
});

describe('the header of a machine file', () => {
  it('is taken without its stars', () => {
    expect(headerOf('/**\n * One thing.\n *\n * - a law\n *   goes on\n */\ncode();')).toBe(
      'One thing.\n\n- a law\n  goes on',
    );
  });

  it('must be there', () => {
    expect(() => headerOf('code();')).toThrow('begins with a comment');
  });
});
