/** The floor of an API server: `node:http` that knows beforehand which bytes are wanted. */

import { createServer } from 'node:http';
import { answerQuestions, atRate, nowMicros, usage } from './questions.mjs';

/** By path and form. */
const lists = new Map();
const watchers = new Set();
let created = '';

const server = createServer((request, response) => {
  const { method, url = '', headers } = request;
  response.setHeader('content-type', 'application/json');
  if (method === 'POST') {
    answerCreate(request, response);
  } else if (url.includes('watch=')) {
    response.writeHead(200);
    response.flushHeaders();
    watchers.add(response);
    response.on('close', () => watchers.delete(response));
  } else {
    const body = lists.get(url + headers.accept);
    response.setHeader('content-length', body.length);
    response.end(body);
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

answerQuestions({
  url: () => `http://127.0.0.1:${server.address().port}`,
  usage,
  /** Takes the answer of another server as its own. */
  async learn(url, path, accept) {
    const response = await fetch(url + path, { headers: { accept } });
    lists.set(path + accept, Buffer.from(await response.arrayBuffer()));
    return lists.get(path + accept).length;
  },
  /** What every create is answered with. */
  answer(text) {
    created = text;
  },
  /** Writes a line to every watcher, with a number for its version; gives back when each was. */
  async change(line, perSecond, seconds) {
    const told = [];
    const [before, after] = line.split('VERSION');
    await atRate(perSecond, seconds, (i) => {
      told.push([i, nowMicros()]);
      const text = before + i + after;
      for (const watcher of watchers) watcher.write(text);
    });
    return told;
  },
});

function answerCreate(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { metadata } = JSON.parse(Buffer.concat(chunks).toString());
    if (metadata.name === undefined) throw new Error('the body has no name');
    response.setHeader('content-length', Buffer.byteLength(created));
    response.writeHead(201);
    response.end(created);
  });
}
