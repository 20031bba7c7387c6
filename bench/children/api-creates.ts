/**
 * Pods that are created at a steady rate, whatever the answers take, in turn with a bare server that reads the same JSON and
 * answers the same bytes. Arguments: creates a second, seconds of a round, rounds, and 1 for the flags of Node that a service has.
 */

import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, percentile } from '../bench-result.ts';
import { ask } from '../targets/ask.ts';
import type { Answers, ApiCreates } from './api-creates-report.ts';
import { type ApiTarget, podsPath, serviceFlags, startApiPair, usageOf } from './api-pair.ts';
import { apiPod } from './api-pod.ts';
import { ready, report } from './conversation.ts';

const [perSecond = 500, seconds = 4, rounds = 5, asService = 1] = process.argv.slice(2).map(Number);
const warmUpRounds = 3;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const { spec } = apiPod;
let names = 0;

const { ours, floor } = await startApiPair(asService === 1 ? serviceFlags : []);
const { text } = await create(ours);
await ask(floor.child, 'answer', text);
await ready();
const all: { readonly ours: Answers; readonly floor: Answers }[] = [];
for (let round = 0; round < rounds + warmUpRounds; round += 1) {
  const pair = { ours: await answersOf(ours), floor: await answersOf(floor) };
  if (round >= warmUpRounds) all.push(pair);
}
const ratio = (figure: (answers: Answers) => number) =>
  median(all.map((pair) => figure(pair.ours) / figure(pair.floor)));
report({
  bytes: body('pod-0').length,
  ours: medians(all.map((pair) => pair.ours)),
  floor: medians(all.map((pair) => pair.floor)),
  p50Ratio: ratio(({ p50Ms }) => p50Ms),
  p99Ratio: ratio(({ p99Ms }) => p99Ms),
  cpuRatio: ratio(({ cpuMs }) => cpuMs),
} satisfies ApiCreates);

async function answersOf(target: ApiTarget): Promise<Answers> {
  const before = await usageOf(target);
  const creates: Promise<{ readonly ms: number }>[] = [];
  const beganMs = performance.now();
  while (creates.length < perSecond * seconds) {
    const due = Math.min(seconds, (performance.now() - beganMs) / 1000) * perSecond;
    // A client that is late catches up one by one: of several at once the last would wait for the others, whoever serves them.
    if (creates.length < due) creates.push(create(target));
    await sleep(1);
  }
  const latenciesMs = (await Promise.all(creates)).map(({ ms }) => ms);
  const after = await usageOf(target);
  return {
    p50Ms: median(latenciesMs),
    p99Ms: percentile(latenciesMs, 99),
    cpuMs: (after.cpuMs - before.cpuMs) / creates.length,
  };
}

function medians(answers: readonly Answers[]): Answers {
  return {
    p50Ms: median(answers.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(answers.map(({ p99Ms }) => p99Ms)),
    cpuMs: median(answers.map(({ cpuMs }) => cpuMs)),
  };
}

function body(name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: apiPod.metadata.labels },
    spec,
  });
}

/** Rejects for every answer but 201. */
function create({ url }: ApiTarget): Promise<{ readonly ms: number; readonly text: string }> {
  names += 1;
  const payload = body(`pod-${names}`);
  const beganMs = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': payload.length };
    const sent = request(url + podsPath, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.once('end', () => {
        if (response.statusCode === 201) resolve({ ms: performance.now() - beganMs, text });
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    });
    sent.once('error', reject);
    sent.end(payload);
  });
}
