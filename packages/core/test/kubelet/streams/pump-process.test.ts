import { expect, it } from 'vitest';
import type { StreamEnd } from '../../../src/bus/stream-end.ts';
import type { ProcessStreams } from '../../../src/contract/process-streams.ts';
import { pumpProcess } from '../../../src/kubelet/streams/pump-process.ts';

const wanted = { stdin: false, stdout: true, stderr: true };

/** A client that sends nothing, and takes everything. */
function client() {
  const sent: string[] = [];
  const end = {
    onResize: () => {},
    send: async (_: string, bytes: Uint8Array) => void sent.push(Buffer.from(bytes).toString()),
    async *[Symbol.asyncIterator]() {},
  };
  return { sent, end: end as unknown as StreamEnd };
}

function process(flaw: object = {}): ProcessStreams {
  return {
    output: (async function* () {
      yield { stream: 'stdout', bytes: Buffer.from('hello') } as const;
    })(),
    write: async () => {},
    closeInput() {},
    resize() {},
    exitCode: async () => 3,
    ...flaw,
  };
}

const fail = () => {
  throw new Error('no such terminal');
};
const failLater = async () => fail();

it.each<[string, object]>([
  ['throws when it is resized', { resize: fail }],
  ['fails later to be resized', { resize: failLater }],
  ['throws when its input is closed', { closeInput: fail }],
  ['fails later to close its input', { closeInput: failLater }],
])('a process that %s goes on', async (_, flaw) => {
  const { end, sent } = client();
  const pumping = pumpProcess(process(flaw), wanted, end);
  expect(() => end.onResize({ columns: 80, rows: 24 })).not.toThrow();
  expect(await pumping).toEqual({ exitCode: 3 });
  expect(sent).toEqual(['hello']);
  await new Promise((resolve) => setImmediate(resolve));
});

it.each([Number.NaN, undefined, '0'])('an exit code of %s is none', async (exitCode) => {
  const { end } = client();
  const pumping = pumpProcess(process({ exitCode: async () => exitCode }), wanted, end);
  await expect(pumping).rejects.toMatchObject({ code: 'PLUGIN_INVALID' });
});
