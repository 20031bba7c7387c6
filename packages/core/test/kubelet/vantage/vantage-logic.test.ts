import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import type { ProbeAnswer, ProbeQuestion } from '../../../src/bus/probe-question.ts';
import type { Asked } from '../../../src/kubelet/vantage/answer-question.ts';
import { vantageLogic } from '../../../src/kubelet/vantage/vantage-logic.ts';

const asked: Asked = { question: {} as ProbeQuestion };

/** Attempts that wait to be settled, and the answers that came. */
function scene() {
  const attempts: { settle(answer: ProbeAnswer): void; fail(error: Error): void; signal: AbortSignal }[] = [];
  const answers: ProbeAnswer[] = [];
  const logic = vantageLogic(
    (_, signal) =>
      new Promise((settle, fail) => {
        attempts.push({ settle, fail, signal });
      }),
  );
  const actor = createActor(logic);
  actor.start();
  const ask = () => actor.send({ type: 'probe.asked', asked, answer: (answer) => answers.push(answer) });
  return { attempts, answers, actor, ask };
}

const settled = () => Promise.resolve().then(() => Promise.resolve());

describe('the actor that probes for other nodes', () => {
  it('answers each question with what came of it, whoever is first', async () => {
    const { attempts, answers, ask } = scene();
    ask();
    ask();
    attempts[1]?.settle({ kind: 'success', message: '' });
    await settled();
    attempts[0]?.fail(new Error('out of order'));
    await settled();
    expect(answers).toEqual([
      { kind: 'success', message: '' },
      { kind: 'error', message: 'out of order' },
    ]);
  });

  it('makes so many attempts at a time, and says so to the others', async () => {
    const { attempts, answers, ask } = scene();
    for (let i = 0; i < 65; i += 1) ask();
    expect(attempts).toHaveLength(64);
    expect(answers).toEqual([{ kind: 'error', message: '64 other probes are under way there' }]);
    attempts[0]?.settle({ kind: 'failure', message: '' });
    await settled();
    ask();
    expect(attempts).toHaveLength(65);
  });

  it('ends its attempts with itself, and answers nobody any more', async () => {
    const { attempts, answers, actor, ask } = scene();
    ask();
    actor.stop();
    expect(attempts[0]?.signal.aborted).toBe(true);
    attempts[0]?.fail(new Error('aborted'));
    await settled();
    expect(answers).toEqual([]);
  });
});
