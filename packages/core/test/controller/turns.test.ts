import { describe, expect, it } from 'vitest';
import { Turns } from '../../src/controller/turns.ts';

describe('turns of work', () => {
  it('are given in the order in which they were asked for, so many at once', () => {
    const turns = new Turns(2, {});
    const begun: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) turns.ask(() => begun.push(name) > 0);
    expect(begun).toEqual(['a', 'b']);
    turns.done();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('go on to the next one when one is no longer wanted', () => {
    const turns = new Turns(1, {});
    const begun: string[] = [];
    turns.ask(() => false);
    turns.ask(() => begun.push('b') > 0);
    expect(begun).toEqual(['b']);
  });

  it('leave the event loop to others in between, where the clock knows its turns', () => {
    const loop: (() => void)[] = [];
    const turns = new Turns(1, { later: (fn) => void loop.push(fn) });
    const begun: string[] = [];
    const turn = () => {
      for (const fn of loop.splice(0)) fn();
    };
    for (const name of ['a', 'b']) turns.ask(() => begun.push(name) > 0);
    expect(begun).toEqual([]);
    turn();
    expect(begun).toEqual(['a']);
    turns.done();
    expect(begun).toEqual(['a']);
    turn();
    expect(begun).toEqual(['a', 'b']);
    turns.done();
    expect(loop).toEqual([]);
  });
});
