import { describe, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import { createActorDirectory } from '../../src/engine/directory.ts';

const machine = setup({
  types: { events: {} as { type: 'fail' } | { type: 'finish' } },
  actions: {
    fail: () => {
      throw new Error('boom');
    },
  },
}).createMachine({
  initial: 'up',
  states: { up: { on: { fail: { actions: 'fail' }, finish: 'down' } }, down: { type: 'final' } },
});

function harness() {
  const errors: [string, unknown][] = [];
  const directory = createActorDirectory({ onError: (address, error) => errors.push([address, error]) });
  const add = (address: string, child?: ReturnType<typeof createActor>) => {
    const ref = createActor(machine);
    directory.register(address, {
      ref,
      child: (path) => (path.join('/') === 'container/web' ? child : undefined),
    });
    return ref.start();
  };
  return { directory, errors, add };
}

describe('the directory of root actors', () => {
  it('finds roots and their descendants by address', () => {
    const { directory, add } = harness();
    const child = createActor(machine);
    const ref = add('pod/u1', child);
    expect(directory.lookup('pod/u1')).toBe(ref);
    expect(directory.lookup('pod/u1/container/web')).toBe(child);
    expect(directory.lookup('pod/u1/container/other')).toBeUndefined();
    expect(directory.lookup('pod/u')).toBeUndefined();
    expect(directory.lookup('pod')).toBeUndefined();
  });

  it('lists the roots below a prefix', () => {
    const { directory, add } = harness();
    for (const address of ['pod/u1', 'pod/u2', 'node/n', 'podium/x']) add(address);
    expect(directory.list('pod')).toEqual(['pod/u1', 'pod/u2']);
    expect(directory.list()).toHaveLength(4);
  });

  it('forgets an actor that ends, by itself or by an error, and tells of the error', () => {
    const { directory, errors, add } = harness();
    add('pod/u1').send({ type: 'finish' });
    add('pod/u2').send({ type: 'fail' });
    add('pod/u3');
    expect(directory.list()).toEqual(['pod/u3']);
    expect(errors).toEqual([['pod/u2', expect.objectContaining({ message: 'boom' })]]);
  });

  it('refuses a second actor at an address until the first has ended', () => {
    const { directory, add } = harness();
    add('pod/u1');
    expect(() => add('pod/u1')).toThrow('an actor lives at pod/u1 already');
    directory.stop('pod/u1');
    add('pod/u1');
  });

  it('stops everything', () => {
    const { directory, add } = harness();
    const refs = Array.from({ length: 100 }, (_, i) => add(`pod/u${i}`));
    directory.stopAll();
    expect(directory.list()).toEqual([]);
    expect(refs.every((ref) => ref.getSnapshot().status === 'stopped')).toBe(true);
  });
});
