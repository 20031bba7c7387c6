import { expect, it } from 'vitest';
import { createQuestionDecoder } from '../../src/cluster/question-decoder.ts';
import { question } from '../bus/probe-questions.ts';

const job = { ...question, handler: 'tcpSocket', settings: { port: 80 }, ports: [], timeoutMs: 1000 };
const vantage = 'node/node-b/vantage/probes';
const answer = () => {};

it('takes a question where the node can look for itself, and a job where a gateway has looked', () => {
  const event = { type: 'probe.asked', answer };
  const both = { question, job };
  expect(createQuestionDecoder(false)(vantage, both, answer)).toEqual({
    ok: true,
    value: { ...event, asked: { question } },
  });
  expect(createQuestionDecoder(true)(vantage, both, answer)).toEqual({
    ok: true,
    value: { ...event, asked: { job } },
  });
});

it.each([
  ['a job that nobody has looked at', false, vantage, { job }],
  ['a question that nobody has looked at, behind a gateway', true, vantage, { question }],
  ['nonsense', false, vantage, 7],
  ['anything of another actor', false, 'pod/u1/container/main', { question }],
  ['anything of the node itself', true, 'node/node-b', { job }],
])('refuses %s', (_, isGuarded, address, raw) => {
  expect(createQuestionDecoder(isGuarded)(address, raw, answer).ok).toBe(false);
});
