/** Clients that watch, in a process of their own. Argument: how many of them, at most 20 of whom read what they are told. */

import { connect } from 'node:net';
import { answerQuestions, nowMicros } from './questions.mjs';

const [count] = process.argv.slice(2).map(Number);
const readersMax = 20;
const version = /"resourceVersion":"(\d+)"/;

/** When a reader was told of a version: pairs. */
let heard = [];
let bytes = 0;

answerQuestions({
  /** Resolves when everybody is answered. */
  async watch(url, path) {
    const { port } = new URL(url);
    const step = Math.max(1, Math.floor(count / readersMax));
    for (let i = 0; i < count; i += 100)
      await Promise.all(
        Array.from({ length: Math.min(100, count - i) }, (_, j) => watch(port, path, (i + j) % step === 0)),
      );
  },
  /** What was heard since it was asked last. */
  heard() {
    const answer = { heard, bytes };
    heard = [];
    bytes = 0;
    return answer;
  },
});

function watch(port, path, reads) {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\r\n`);
    });
    let rest = '';
    socket.once('data', () => resolve(undefined));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (!reads) return;
      const at = nowMicros();
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines)
        if (line.startsWith('{"type"')) heard.push([Number(version.exec(line)?.[1]), at]);
    });
  });
}
