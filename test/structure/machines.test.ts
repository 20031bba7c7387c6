import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, assign, createMachine, fromPromise, setup } from 'xstate';
import { findMachines } from '../../scripts/find-machines.ts';
import { machineProblems } from './machine-rules.ts';
import { parseSource } from './source-file.ts';

const machines = await findMachines();

it('the machines of the packages are found', () => {
  expect(machines.map(({ name }) => name)).toEqual(expect.arrayContaining(['container', 'pod', 'probe']));
});

describe.each(machines)('the machine "$name"', ({ name, path, text, machine }) => {
  it('keeps the rules', () => {
    expect(machineProblems(machine)).toEqual([]);
  });

  it('has its own file and the same id', () => {
    expect(machine.id).toBe(name);
    expect(basename(path)).toBe(
      `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-machine.ts`,
    );
  });

  it('does no I/O: its file imports the engine and ours only', () => {
    expect(
      parseSource(path, text).imports.filter((from) => from !== 'xstate' && !from.startsWith('.')),
    ).toEqual([]);
  });
});

describe('the rules of machines', () => {
  const task = fromPromise(async () => {});
  const plain = setup({
    actors: { task },
    actions: { note: () => {} },
    guards: { holds: () => true },
    delays: { soon: 5 },
  });

  const good: readonly [string, AnyStateMachine][] = [
    [
      'every kind of transition',
      plain.createMachine({
        initial: 'a',
        on: { reset: '.a', 'xstate.error.actor.*': { actions: 'note' } },
        states: {
          a: { after: { soon: 'b' }, entry: 'note' },
          b: { invoke: { src: 'task', onDone: [{ guard: 'holds', target: 'c' }, { target: 'a' }] } },
          c: { initial: 'd', states: { d: { always: 'e' }, e: { on: { go: '#end' } } } },
          end: { id: 'end', type: 'final' },
        },
      }),
    ],
    [
      'parallel states and assignments in place',
      plain.createMachine({
        type: 'parallel',
        on: { 'xstate.error.actor.*': {} },
        states: { a: { on: { go: { actions: assign({}) } } }, b: {} },
      }),
    ],
  ];

  it.each(good)('let pass %s', (_name, machine) => {
    expect(machineProblems(machine)).toEqual([]);
  });

  const bad: readonly [string, AnyStateMachine, string][] = [
    [
      'an unreachable state',
      createMachine({ initial: 'a', states: { a: {}, b: { on: { go: 'a' } } } }),
      'b: no transition leads here',
    ],
    [
      'an unreachable child of a reachable state',
      createMachine({ initial: 'a', states: { a: { initial: 'b', states: { b: {}, c: {} } } } }),
      'a.c: no transition leads here',
    ],
    [
      'an undeclared delay',
      createMachine({ initial: 'a', states: { a: { after: { sooon: 'a' } } } }),
      'a: the delay "sooon" is not declared',
    ],
    [
      'a delay without a name',
      createMachine({ initial: 'a', states: { a: { after: { 5: 'a' } } } }),
      'a: the delay 5 has no name',
    ],
    [
      'an invoked actor whose errors nobody handles',
      setup({ actors: { task } }).createMachine({ initial: 'a', states: { a: { invoke: { src: 'task' } } } }),
      'a: nobody handles an error of "task"',
    ],
    [
      'a spawned actor whose errors nobody handles',
      setup({ actors: { task } }).createMachine({ initial: 'a', states: { a: {} } }),
      'any state: nobody handles an error of "task"',
    ],
    [
      'a candidate that is never asked',
      createMachine({
        initial: 'a',
        states: { a: { on: { go: [{ target: 'b' }, { target: 'a' }] } }, b: {} },
      }),
      'a: "go" has a candidate after one without a guard',
    ],
    [
      'an action without a name',
      createMachine({ initial: 'a', states: { a: { entry: () => {} } } }),
      'a: an action has no name',
    ],
    [
      'a guard without a name',
      createMachine({ initial: 'a', states: { a: { on: { go: { guard: () => true } } } } }),
      'a: a guard has no name',
    ],
    [
      'an action that is not declared',
      createMachine({ initial: 'a', states: { a: { exit: 'nowhere' } } }),
      'a: an action, "nowhere", is not declared',
    ],
    ['too many states', createMachine(chain(9)), '9 leaf states, at most 8'],
    [
      'too many events',
      createMachine({
        on: Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`event-${index}`, {}])),
      }),
      '13 events, at most 12',
    ],
  ];

  it.each(bad)('find %s', (_name, machine, problem) => {
    expect(machineProblems(machine)).toEqual([problem]);
  });
});

/** States that lead from one to the next. */
function chain(length: number) {
  const states = Array.from({ length }, (_, index) => [
    `s${index}`,
    { on: { go: `s${(index + 1) % length}` } },
  ]);
  return { initial: 's0', states: Object.fromEntries(states) };
}
