// @ts-check
/**
 * Reads what a container prints and writes it as the kubelet's runtimes do: `<time> <stream> <F|P> <text>`, P marking
 * a piece of a line that goes on. The file is rotated by its size, `output.log.1` being the youngest of the old ones.
 *
 * Text is handled as latin1 strings: each character is one byte of whatever the container printed, and splitting and
 * joining strings is several times faster than slicing buffers.
 */

import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { clock } from './clock.js';

/** @typedef {'stdout' | 'stderr'} Stream */
/**
 * `rest` is the beginning of a line; `isBegun`: a piece of the line was written already.
 * @typedef {{ fd: number, socket: Socket, rest: string, isBegun: boolean }} Source
 */

/** A line is cut into pieces of this size, as containerd does. */
const pieceBytesMax = 16_384;
/** What a dead container may have left in a pipe that somebody else keeps filling. */
const drainBytesMax = 1_048_576;
/** How often the file is looked for: somebody may have removed it, or taken out what is in it, to make room. */
const lookMs = 1000;
const drainBuffer = Buffer.allocUnsafe(65_536);

export class LogWriter {
  /**
   * @param {string} path
   * @param {{ logBytesMax: number, logFilesMax: number }} limits
   * @param {boolean} isTerminal a prompt is to be seen although its line is not at an end
   */
  constructor(path, limits, isTerminal = false) {
    this.path = path;
    this.limits = limits;
    this.isTerminal = isTerminal;
    this.fd = -1;
    this.size = 0;
    this.lookedAtMs = 0;
    this.lostBytes = 0;
    /** The last write failed, perhaps in the middle of a record. */
    this.isTorn = false;
    /** @type {Map<Stream, Source>} */
    this.sources = new Map();
    this.openCount = 0;
    /** Called when nobody writes to any of the pipes any more. */
    this.onEnd = () => {};
  }

  /** Takes up reading a pipe, opened by the caller for reading without blocking. @param {Stream} stream @param {number} fd */
  attach(stream, fd) {
    const socket = new Socket({ fd, readable: true, writable: false });
    /** @type {Source} */
    const source = { fd, socket, rest: '', isBegun: false };
    this.sources.set(stream, source);
    this.openCount += 1;
    socket.on('close', () => {
      this.openCount -= 1;
      if (this.openCount === 0) this.onEnd();
    });
    socket.on('data', (chunk) => this.write(stream, source, chunk.toString('latin1')));
    socket.on('error', (error) => console.error(`reading ${stream} for ${this.path}: ${error.message}`));
  }

  /** Writes what is still in the pipes, also the beginning of a line. */
  drain() {
    for (const [stream, source] of this.sources) {
      this.drainSource(stream, source);
      if (source.rest === '' && !source.isBegun) continue;
      this.append([`${headOf(stream)}F ${source.rest}\n`]);
      source.rest = '';
      source.isBegun = false;
    }
  }

  /** Lets go of the pipes and of the file. */
  finish() {
    this.drain();
    for (const { socket } of this.sources.values()) socket.destroy();
    this.sources.clear();
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }

  /** @param {Stream} stream @param {Source} source */
  drainSource(stream, source) {
    // What the socket has read but not handed on comes first.
    source.socket.read();
    for (let total = 0; total < drainBytesMax; ) {
      let count = 0;
      try {
        count = source.socket.destroyed ? 0 : readSync(source.fd, drainBuffer);
      } catch {
        // EAGAIN: the pipe is empty but not closed. Nothing else can be done about any other error either.
        return;
      }
      if (count === 0) return;
      total += count;
      this.write(stream, source, drainBuffer.toString('latin1', 0, count));
    }
  }

  /** @param {Stream} stream @param {Source} source @param {string} chunk */
  write(stream, source, chunk) {
    const head = headOf(stream);
    const lines = (source.rest + chunk).split('\n');
    let rest = lines.pop() ?? '';
    const records = lines.flatMap((line) =>
      line.length <= pieceBytesMax ? `${head}F ${line}\n` : cut(head, line),
    );
    for (; rest.length >= pieceBytesMax; rest = rest.slice(pieceBytesMax))
      records.push(`${head}P ${rest.slice(0, pieceBytesMax)}\n`);
    if (lines.length > 0) source.isBegun = false;
    if (this.isTerminal && rest !== '') {
      records.push(`${head}P ${rest}\n`);
      source.isBegun = true;
      rest = '';
    }
    source.rest = rest;
    if (records.length > 0) this.append(records);
  }

  /**
   * A log that cannot be written must not stop the container: what is lost is counted, and said once.
   * @param {string[]} records
   */
  append(records) {
    try {
      this.look();
      if (this.fd < 0) this.open();
      this.flush(this.isTorn ? ['\n', ...records] : records);
      this.isTorn = false;
    } catch (error) {
      this.isTorn = true;
      if (this.lostBytes === 0) console.error(`writing ${this.path}:`, error);
      this.lostBytes += records.join('').length;
    }
  }

  /** Writes in as few calls as the size of a file allows. @param {string[]} records */
  flush(records) {
    const text = records.join('');
    const room = this.limits.logBytesMax - this.size;
    if (text.length <= room) {
      this.put(text);
      return;
    }
    let count = 0;
    let bytes = 0;
    for (; bytes + (records[count]?.length ?? 0) <= room; count += 1) bytes += records[count]?.length ?? 0;
    // A file takes at least one record, however large.
    if (this.size === 0 && count === 0) count = 1;
    this.put(records.slice(0, count).join(''));
    if (count === records.length) return;
    this.rotate();
    this.flush(records.slice(count));
  }

  /** A disk that is nearly full takes a part; the next attempt says what is wrong. @param {string} text */
  put(text) {
    for (let rest = text; rest !== ''; ) {
      const count = writeSync(this.fd, rest, null, 'latin1');
      this.size += count;
      rest = rest.slice(count);
    }
  }

  /** Lets go of a file that nobody will find any more. */
  look() {
    const nowMs = clock.now();
    if (this.fd < 0 || Math.abs(nowMs - this.lookedAtMs) < lookMs) return;
    this.lookedAtMs = nowMs;
    const { nlink, size } = fstatSync(this.fd);
    this.size = size;
    if (nlink > 0) return;
    closeSync(this.fd);
    this.fd = -1;
  }

  open() {
    this.fd = openSync(this.path, 'a', 0o640);
    this.size = fstatSync(this.fd).size;
  }

  rotate() {
    closeSync(this.fd);
    this.fd = -1;
    const { logFilesMax } = this.limits;
    for (let age = logFilesMax - 1; age > 0; age -= 1) {
      try {
        renameSync(age === 1 ? this.path : `${this.path}.${age - 1}`, `${this.path}.${age}`);
      } catch {
        // There is no file of that age yet.
      }
    }
    this.fd = openSync(this.path, logFilesMax > 1 ? 'a' : 'w', 0o640);
    this.size = 0;
  }
}

/** @param {Stream} stream */
function headOf(stream) {
  return `${new Date(clock.now()).toISOString()} ${stream} `;
}

/** A whole line that is too long for one record. @param {string} head @param {string} line */
function cut(head, line) {
  const records = [];
  let rest = line;
  for (; rest.length > pieceBytesMax; rest = rest.slice(pieceBytesMax))
    records.push(`${head}P ${rest.slice(0, pieceBytesMax)}\n`);
  return [...records, `${head}F ${rest}\n`];
}
