import { describe, expect, it } from 'vitest';
import { type ListText, sizeOf, writeList } from '../src/json/list-text.ts';
import { formOf } from '../src/list/object-form.ts';
import { storedResources } from '../src/resources/resource-table.ts';
import { selectionOf } from '../src/select/selection.ts';
import { FeedEvent } from '../src/watch/feed-event.ts';
import { podOf } from './support/objects.ts';

const info = storedResources.find(({ kind }) => kind === 'Pod');
if (info === undefined) throw new Error('pods are served');
const formFor = (accept: string, nowMs = 0) =>
  formOf({ accept, query: new URLSearchParams(), info, now: () => nowMs });
const everything = selectionOf(new URLSearchParams(), { kind: 'Pod' });
const object = podOf('wörd');

async function blocks(list: ListText, blockBytes: number): Promise<readonly Buffer[]> {
  const written: Buffer[] = [];
  // As a connection does: what it was given is used again as soon as it says that it has it.
  await writeList(list, blockBytes, async (bytes) => void written.push(Buffer.from(bytes)));
  return written;
}

describe('an event', () => {
  it('is written once for all who watch in one form', () => {
    const event = new FeedEvent('put', object, undefined, 1);
    const told = event.toldTo(everything);
    if (told === undefined) throw new Error('everybody is told');
    const [first, second] = [formFor('application/json'), formFor('*/*')].map((form) =>
      event.lineOf(told, form),
    );
    expect(first).toBe(second);
    expect(first?.toString()).toBe(`{"type":"ADDED","object":${JSON.stringify(object)}}\n`);
    const metadata = formFor('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
    expect(JSON.parse(event.lineOf(told, metadata).toString()).object).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: object.metadata,
    });
  });
});

describe('an event in a table', () => {
  const createdMs = Date.parse('2026-01-01T00:00:00Z');
  const young = podOf('young', {}, { creationTimestamp: '2026-01-01T00:00:00Z' });
  const lineAt = (event: FeedEvent, ms: number) =>
    event.lineOf(
      { type: 'ADDED', object: event.object },
      formFor('application/json;as=Table;v=v1;g=meta.k8s.io', createdMs + ms),
    );

  it('is written once for all who watch, as long as it is true', () => {
    const event = new FeedEvent('put', young, undefined, 1);
    const first = lineAt(event, 3000);
    expect(lineAt(event, 3900)).toBe(first);
    const cells = (line: Buffer) => JSON.parse(line.toString()).object.rows[0].cells;
    expect([cells(first)[4], cells(lineAt(event, 4000))[4]]).toEqual(['3s', '4s']);
  });
});

describe('a list', () => {
  it.each([0, 1, 3])('of %d objects is JSON with all of them', async (count) => {
    const items = Array.from({ length: count }, () => object);
    const list = formFor('application/json').many(items, { resourceVersion: '7' });
    expect(JSON.parse((await blocks(list, 64)).join(''))).toEqual({
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '7' },
      items,
    });
  });

  it.each([1, 2, 3, 4, 7, 11, 100])('is put together to the byte, in blocks of %d', async (blockBytes) => {
    const texts = ['"ö"', '2', '[3,4]'].map((text) => ({ json: Buffer.from(text), fromMs: 0, untilMs: 1 }));
    const list: ListText = { head: '[ä', items: texts, tail: ']\n' };
    const written = await blocks(list, blockBytes);
    expect(Buffer.concat(written).toString()).toBe('[ä"ö",2,[3,4]]\n');
    expect(Buffer.concat(written).length).toBe(sizeOf(list));
    if (blockBytes >= sizeOf(list)) expect(written).toHaveLength(1);
  });
});
