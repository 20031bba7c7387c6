import { inspect } from 'node:util';
import { TestClock } from '@mooring/core/testing';
import { expect, it } from 'vitest';
import { Engine } from '../src/engine.ts';

it('what the client writes of each request for its debug log is short, whatever hangs on its connections', async () => {
  const engine = await Engine.open('unix:///nowhere', new TestClock());
  const agent: unknown = Reflect.get(engine.docker.modem, 'agent');
  expect(inspect({ agent }, { showHidden: true, depth: null })).toBe('{ agent: Sockets }');
});
