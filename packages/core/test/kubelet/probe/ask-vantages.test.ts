import { expect, it } from 'vitest';
import type { NodeObject } from '../../../src/api/objects.ts';
import type { ProbeQuestion } from '../../../src/bus/probe-question.ts';
import { MooringError } from '../../../src/contract/error.ts';
import { Vantages } from '../../../src/kubelet/probe/ask-vantages.ts';
import { TestClock } from '../../../src/testing/test-clock.ts';

const question = { podUID: 'u1' } as ProbeQuestion;
const never = new AbortController().signal;
const nodeOf = (ready: string) =>
  ({ status: { conditions: [{ type: 'Ready', status: ready }] } }) as unknown as NodeObject;
const nodes: Readonly<Record<string, NodeObject>> = {
  b: nodeOf('True'),
  c: nodeOf('Unknown'),
};

function scene(answer: () => unknown) {
  const clock = new TestClock();
  const asked: string[] = [];
  const vantages = new Vantages({
    clock,
    nodes: { get: (_, name) => nodes[name] },
    actors: {
      async ask(address, data, options) {
        expect(data).toEqual({ question });
        expect(options?.timeoutMs).toBe(3000);
        asked.push(address);
        return answer();
      },
    },
  });
  return { clock, asked, ask: (...names: string[]) => vantages.ask(names, question, 1000, never) };
}

it('asks the nodes that are ready, and no others', async () => {
  const { ask, asked } = scene(() => ({ kind: 'failure', message: 'no way' }));
  expect(await ask('b', 'c', 'd')).toEqual([
    { node: 'b', kind: 'failure', message: 'no way' },
    { node: 'c', kind: 'lost', message: 'the node is not ready' },
    { node: 'd', kind: 'lost', message: 'there is no such node' },
  ]);
  expect(asked).toEqual(['node/b/vantage/probes']);
});

it.each([
  [{ kind: 'error', message: 'no prober' }, 'no prober'],
  [{ kind: 'yes' }, 'its answer cannot be read'],
])('counts %j as no attempt', async (answer, message) => {
  expect(await scene(() => answer).ask('b')).toEqual([{ node: 'b', kind: 'lost', message }]);
});

it('leaves a node alone for ten seconds that did not answer', async () => {
  let isSilent = true;
  const { ask, asked, clock } = scene(() => {
    if (isSilent) throw new MooringError('DEADLINE_EXCEEDED', 'no answer on mooring.v1 within 3000 ms');
    return { kind: 'success', message: '' };
  });
  const lost = [{ node: 'b', kind: 'lost', message: 'no answer' }];
  expect(await ask('b')).toEqual(lost);
  await clock.advanceBy(9999);
  expect(await ask('b')).toEqual(lost);
  expect(asked).toHaveLength(1);
  isSilent = false;
  await clock.advanceBy(1);
  expect((await ask('b'))[0]?.kind).toBe('success');
  expect((await ask('b'))[0]?.kind).toBe('success');
  expect(asked).toHaveLength(3);
});

it('asks a node again at once where nobody was there', async () => {
  const { ask, asked } = scene(() => {
    throw new MooringError('NO_SUCH_ACTOR', 'no actor lives at node/b');
  });
  expect(await ask('b')).toEqual([{ node: 'b', kind: 'lost', message: 'no agent is there' }]);
  await ask('b');
  expect(asked).toHaveLength(2);
});
