// @ts-check
/**
 * Reads what a container prints and writes it as the kubelet's runtimes do: `<time> <stream> <F|P> <text>`, P marking
 * a piece of a line that goes on. The file is rotated by its size, `output.log.1` being the youngest of the old ones.
 */

import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { clock } from './clock.js';

/** @typedef {'stdout' | 'stderr'} Stream */
/** @typedef {{ fd: number, socket: Socket, pending: Buffer[], pendingBytes: number }} Source */

/** A line is cut into pieces of this size, as containerd does. */
const pieceBytesMax = 16_384;
/** What a dead container may have left in a pipe that somebody else keeps filling. */
const drainBytesMax = 1_048_576;
const drainBuffer = Buffer.allocUnsafe(65_536);
const newline = 0x0a;

export class LogWriter {
  /**
   * @param {string} path
   * @param {{ logBytesMax: number, logFilesMax: number }} limits
   */
  constructor(path, limits) {
    this.path = path;
    this.limits = limits;
    this.fd = -1;
    this.size = 0;
    this.lostBytes = 0;
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
    const source = { fd, socket, pending: [], pendingBytes: 0 };
    this.sources.set(stream, source);
    this.openCount += 1;
    socket.on('close', () => {
      this.openCount -= 1;
      if (this.openCount === 0) this.onEnd();
    });
    socket.on('data', (chunk) => this.write(stream, source, chunk));
    socket.on('error', (error) => console.error(`reading ${stream} for ${this.path}: ${error.message}`));
  }

  /** Writes what is still in the pipes, also the beginning of a line. */
  drain() {
    for (const [stream, source] of this.sources) {
      this.drainSource(stream, source);
      if (source.pendingBytes === 0) continue;
      this.append([format(stream, 'F', clock.now(), source.pending)]);
      source.pending = [];
      source.pendingBytes = 0;
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
      this.write(stream, source, Buffer.from(drainBuffer.subarray(0, count)));
    }
  }

  /** @param {Stream} stream @param {Source} source @param {Buffer} chunk */
  write(stream, source, chunk) {
    const atMs = clock.now();
    const lines = [];
    let from = 0;
    while (from < chunk.length) {
      const room = pieceBytesMax - source.pendingBytes;
      const end = chunk.indexOf(newline, from);
      const isWhole = end >= 0 && end - from <= room;
      const to = isWhole ? end : Math.min(chunk.length, from + room);
      source.pending.push(chunk.subarray(from, to));
      source.pendingBytes += to - from;
      from = isWhole ? to + 1 : to;
      if (!isWhole && source.pendingBytes < pieceBytesMax) break;
      lines.push(format(stream, isWhole ? 'F' : 'P', atMs, source.pending));
      source.pending = [];
      source.pendingBytes = 0;
    }
    if (lines.length > 0) this.append(lines);
  }

  /**
   * A log that cannot be written must not stop the container: what is lost is counted, and said once.
   * @param {Buffer[]} lines
   */
  append(lines) {
    /** @type {Buffer[]} */
    let batch = [];
    let batchBytes = 0;
    try {
      if (this.fd < 0) this.open();
      for (const line of lines) {
        if (this.size + batchBytes > 0 && this.size + batchBytes + line.length > this.limits.logBytesMax) {
          this.flush(batch);
          this.rotate();
          batch = [];
          batchBytes = 0;
        }
        batch.push(line);
        batchBytes += line.length;
      }
      this.flush(batch);
    } catch (error) {
      if (this.lostBytes === 0) console.error(`writing ${this.path}:`, error);
      this.lostBytes += batchBytes;
    }
  }

  /** @param {Buffer[]} lines */
  flush(lines) {
    const bytes = Buffer.concat(lines);
    writeSync(this.fd, bytes);
    this.size += bytes.length;
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

/** @param {Stream} stream @param {'F' | 'P'} tag @param {number} atMs @param {Buffer[]} pieces */
function format(stream, tag, atMs, pieces) {
  const head = Buffer.from(`${new Date(atMs).toISOString()} ${stream} ${tag} `);
  return Buffer.concat([head, ...pieces, Buffer.of(newline)]);
}
