/**
 * Lists of all pods of an API server, in turn with a bare server that sends the same bytes. Before each list some of the pods
 * have changed. Arguments: number of pods, rounds.
 */

import { Agent, get } from 'node:http';
import { inTurn } from '../in-turn.ts';
import { ask } from '../targets/ask.ts';
import type { ApiLists } from './api-lists-report.ts';
import { podsPath, startApiPair, usageOf } from './api-pair.ts';
import { apiPod } from './api-pod.ts';
import { ready, report } from './conversation.ts';

const [pods = 10_000, rounds = 15] = process.argv.slice(2).map(Number);
const json = 'application/json';
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
/** Pods that are written before each list, the floor's as well: both have had the same to do before. */
const changed = 100;

const agent = new Agent({ keepAlive: true });
const { ours, floor } = await startApiPair();
await ask(ours.child, 'fill', apiPod, pods);
const before = await usageOf(ours);
const [jsonBytes, tableBytes] = [await learn(json), await learn(table)];
await ready();
const ofJSON = await compare(json);
const ofTable = await compare(table);
const [oursAfter, floorAfter] = [await usageOf(ours), await usageOf(floor)];
report({
  pods,
  json: ofJSON,
  table: ofTable,
  jsonBytes,
  tableBytes,
  before,
  ours: oursAfter,
  floor: floorAfter,
} satisfies ApiLists);

function learn(accept: string): Promise<number> {
  return ask<number>(floor.child, 'learn', ours.url, podsPath, accept);
}

function compare(accept: string) {
  const measure = (url: string) => async () => {
    await ask(ours.child, 'change', 'Pod', changed, changed * 100, 0.01);
    return await listMs(url, accept);
  };
  return inTurn(rounds, { ours: measure(ours.url), floor: measure(floor.url) });
}

function listMs(url: string, accept: string): Promise<number> {
  const beganMs = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url + podsPath, { agent, headers: { accept } }, (response) => {
      response.resume();
      response.once('end', () => resolve(performance.now() - beganMs));
    });
    request.once('error', reject);
  });
}
