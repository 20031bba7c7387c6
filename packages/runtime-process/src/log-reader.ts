/** Reads what the supervisor has written of a container's output, over rotated files, and goes on as it grows. */

import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Clock, type LogLine, type LogOptions, type OutputChunk, onAbort, sleep } from '@mooring/core';

export interface LogSource {
  /** The current file; `<path>.1` is the youngest of the old ones. */
  readonly path: string;
  readonly filesMax: number;
  /** Nothing will be added any more. */
  readonly isComplete: () => boolean;
  /** Aborts when the log becomes complete: what is left is read at once, for it may soon be removed. */
  readonly end?: AbortSignal;
  readonly clock: Clock;
  /** How often a log that is followed is looked at; 100 ms when not given. */
  readonly pollMs?: number;
}

const pollMsDefault = 100;
const lineBytesMaxDefault = 262_144;
const chunkBytes = 65_536;
const endBytesMin = 65_536;

export async function* readLog(
  source: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine, void> {
  signal.throwIfAborted();
  const assembler = new LineAssembler(options);
  const files = await openAll(source);
  try {
    yield* options.tailLines === undefined
      ? readThrough(files, assembler, signal)
      : readTail(files, assembler, options.tailLines, signal);
    if (options.follow === true) yield* follow(source, files, assembler, signal);
  } finally {
    for (const file of files) await file.close();
  }
}

/**
 * What is printed after this has resolved, until the log is complete, in pieces as it was written: a line, or less of a long
 * one or of one in a terminal. To be read, as it holds files open until its end.
 */
export async function followLog(
  source: LogSource,
  signal: AbortSignal,
): Promise<AsyncGenerator<OutputChunk, void>> {
  const current = await LogFile.open(source.path);
  await current?.skipToEnd();
  return followFrom(source, current === undefined ? [] : [current], signal);
}

async function* followFrom(source: LogSource, files: LogFile[], signal: AbortSignal) {
  try {
    yield* follow(source, files, new Pieces(), signal);
  } finally {
    for (const file of files) await file.close();
  }
}

async function* readThrough(files: readonly LogFile[], assembler: LineAssembler, signal: AbortSignal) {
  for (const file of files) for await (const record of file.records(signal)) yield* assembler.add(record);
}

/** Reads no more of the end than it has to: of a long log somebody wants the last lines. */
async function* readTail(
  files: readonly LogFile[],
  assembler: LineAssembler,
  count: number,
  signal: AbortSignal,
) {
  for (let endBytes = endBytesMin; ; endBytes *= 8) {
    const isWhole = await seekFromEnd(files, endBytes);
    assembler.clear();
    const last: LogLine[] = [];
    let seen = 0;
    for await (const line of readThrough(files, assembler, signal)) {
      last.push(line);
      seen += 1;
      // Trimmed now and then: dropping one from the front each time would cost its length.
      if (last.length > 2 * count + 1024) last.splice(0, last.length - count);
    }
    // Twice as many: a line whose beginning lies before what was read must not be among them.
    if (!isWhole && seen < 2 * count + 2) continue;
    if (count > 0) yield* last.slice(-count);
    return;
  }
}

/** Each file is read next from where the last `endBytes` of all begin; true when that is everything. */
async function seekFromEnd(files: readonly LogFile[], endBytes: number): Promise<boolean> {
  let left = endBytes;
  for (const file of files.toReversed()) left -= await file.seekFromEnd(Math.max(0, left));
  return left >= 0;
}

async function* follow<Part>(
  source: LogSource,
  files: LogFile[],
  assembler: Assembler<Part>,
  signal: AbortSignal,
): AsyncGenerator<Part, void> {
  for (;;) {
    // Looked at before the last read: what is written until then must not be missed.
    const isComplete = source.isComplete();
    const current = files.at(-1);
    if (current !== undefined)
      for await (const record of current.records(signal)) yield* assembler.add(record);
    const next = await successor(source, current);
    if (next !== undefined) files.push(next);
    else if (isComplete) return;
    else await pause(source, signal);
  }
}

/** Until the log may have grown, or is complete. Rejects with the reason of the signal. */
async function pause({ clock, end, pollMs = pollMsDefault }: LogSource, signal: AbortSignal): Promise<void> {
  if (end?.aborted === true) return;
  const waking = new AbortController();
  const forgetEnd = end && onAbort(end, () => waking.abort());
  const forget = onAbort(signal, () => waking.abort());
  try {
    await sleep(clock, pollMs, waking.signal);
  } catch (error) {
    if (!waking.signal.aborted) throw error;
  } finally {
    forgetEnd?.();
    forget();
  }
  signal.throwIfAborted();
}

/** All files, oldest first. */
async function openAll({ path, filesMax }: LogSource): Promise<LogFile[]> {
  const files: LogFile[] = [];
  const seen = new Set<number>();
  for (let age = filesMax - 1; age >= 0; age -= 1) {
    const file = await LogFile.open(age === 0 ? path : `${path}.${age}`);
    if (file === undefined) continue;
    // A rotation in between gives a file its older neighbour's name.
    if (seen.has(file.inode)) await file.close();
    else files.push(file);
    seen.add(file.inode);
  }
  return files;
}

/** The file that was begun after `current`, however often the log was rotated since. */
async function successor(source: LogSource, current: LogFile | undefined): Promise<LogFile | undefined> {
  const { path, filesMax } = source;
  if (current === undefined) return await LogFile.open(path);
  for (;;) {
    const age = await ageOf(source, current);
    if (age === 0) return undefined;
    // One that was rotated away altogether: some lines are lost, go on with the oldest that there are.
    const next = await oldestFrom(path, age === undefined ? filesMax - 1 : age - 1);
    // A rotation in between gives a file its older neighbour's name: the one that was opened may be too young.
    if (next === undefined || (await ageOf(source, current)) === age) return next;
    await next.close();
  }
}

async function ageOf({ path, filesMax }: LogSource, file: LogFile): Promise<number | undefined> {
  for (let age = 0; age < filesMax; age += 1)
    if ((await inodeOf(age === 0 ? path : `${path}.${age}`)) === file.inode) return age;
  return undefined;
}

async function oldestFrom(path: string, ageMax: number): Promise<LogFile | undefined> {
  for (let age = ageMax; age >= 0; age -= 1) {
    const file = await LogFile.open(age === 0 ? path : `${path}.${age}`);
    if (file !== undefined) return file;
  }
  return undefined;
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino;
  } catch {
    // No file of that age.
    return undefined;
  }
}

/** One file, read in whole lines; can be asked again when it has grown. */
class LogFile {
  readonly inode: number;
  private readonly handle: FileHandle;
  private offset = 0;
  private rest: Buffer = Buffer.alloc(0);
  /** What is read first is the end of a record. */
  private isInside = false;

  private constructor(handle: FileHandle, inode: number) {
    this.handle = handle;
    this.inode = inode;
  }

  static async open(path: string): Promise<LogFile | undefined> {
    try {
      const handle = await open(path, 'r');
      return new LogFile(handle, (await handle.stat()).ino);
    } catch {
      // Nothing was printed yet, or no file of that age.
      return undefined;
    }
  }

  /** Each record is written whole, so that this is the beginning of the next one. */
  async skipToEnd(): Promise<void> {
    this.offset = (await this.handle.stat()).size;
  }

  /** Goes to that many bytes before the end, or to the beginning; resolves with the size. */
  async seekFromEnd(bytes: number): Promise<number> {
    const { size } = await this.handle.stat();
    this.offset = Math.max(0, size - bytes);
    this.rest = Buffer.alloc(0);
    this.isInside = this.offset > 0;
    return size;
  }

  async *records(signal: AbortSignal): AsyncGenerator<LogRecord, void> {
    for (;;) {
      signal.throwIfAborted();
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await this.handle.read(chunk, 0, chunkBytes, this.offset);
      if (bytesRead === 0) return;
      this.offset += bytesRead;
      const bytes = Buffer.concat([this.rest, chunk.subarray(0, bytesRead)]);
      let from = 0;
      for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
        const record = this.isInside ? undefined : parseRecord(bytes.subarray(from, end));
        this.isInside = false;
        from = end + 1;
        if (record !== undefined) yield record;
      }
      this.rest = bytes.subarray(from);
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

interface LogRecord {
  readonly atMs: number;
  readonly stream: LogLine['stream'];
  readonly isPartial: boolean;
  readonly bytes: Buffer;
}

/** `<time> <stream> <F|P> <text>`; `undefined` for a line that is damaged, as after a full disk. */
function parseRecord(line: Buffer): LogRecord | undefined {
  const timeEnd = line.indexOf(0x20);
  const streamEnd = line.indexOf(0x20, timeEnd + 1);
  const tagEnd = line.indexOf(0x20, streamEnd + 1);
  if (timeEnd < 0 || streamEnd < 0 || tagEnd < 0) return undefined;
  const atMs = Date.parse(line.toString('latin1', 0, timeEnd));
  const stream = line.toString('latin1', timeEnd + 1, streamEnd);
  if (Number.isNaN(atMs) || (stream !== 'stdout' && stream !== 'stderr')) return undefined;
  const isPartial = line.toString('latin1', streamEnd + 1, tagEnd) === 'P';
  return { atMs, stream, isPartial, bytes: line.subarray(tagEnd + 1) };
}

/** What is made of records. */
interface Assembler<Part> {
  add(record: LogRecord): Iterable<Part>;
}

const lineBreak = Buffer.from('\n');

class Pieces implements Assembler<OutputChunk> {
  *add({ stream, isPartial, bytes }: LogRecord): Generator<OutputChunk, void> {
    yield { stream, bytes: isPartial ? bytes : Buffer.concat([bytes, lineBreak]) };
  }
}

/** Puts the pieces of long lines together again, up to a limit. */
class LineAssembler implements Assembler<LogLine> {
  private readonly lineBytesMax: number;
  private readonly sinceMs: number;
  private readonly pieces: Record<LogLine['stream'], Buffer[]> = { stdout: [], stderr: [] };

  constructor({ lineBytesMax = lineBytesMaxDefault, sinceMs = 0 }: LogOptions) {
    this.lineBytesMax = Math.max(1, lineBytesMax);
    this.sinceMs = sinceMs;
  }

  /** Forgets the pieces that it has. */
  clear(): void {
    this.pieces.stdout = [];
    this.pieces.stderr = [];
  }

  *add({ atMs, stream, isPartial, bytes }: LogRecord): Generator<LogLine, void> {
    if (atMs < this.sinceMs) return;
    let line = Buffer.concat([...this.pieces[stream], bytes]);
    for (; line.length > this.lineBytesMax; line = line.subarray(this.lineBytesMax))
      yield { atMs, stream, text: line.toString('utf8', 0, this.lineBytesMax) };
    this.pieces[stream] = isPartial ? [line] : [];
    if (!isPartial) yield { atMs, stream, text: line.toString('utf8') };
  }
}
