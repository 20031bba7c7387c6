/** What can be asked of the agent of a node by a stream, checked field by field. */

import { type FieldError, FieldPath, invalid, notSupported, type Parsed } from '../api/field-error.ts';
import { isRecord } from './envelope.ts';

/** Which pod is meant. */
export interface PodTarget {
  readonly namespace: string;
  readonly podName: string;
  readonly podUID: string;
}

/** Which container is meant, by the UID of its pod: one of the same name that came later is another. */
export interface ContainerTarget extends PodTarget {
  readonly container: string;
}

/** Which of the standard streams are wanted. */
export interface WantedStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** A terminal: there is no `stderr` then. */
  readonly tty: boolean;
}

/** What a container has printed: `kubectl logs`. */
export interface LogRequest extends ContainerTarget {
  readonly type: 'log';
  readonly follow: boolean;
  /** The instance before the one that runs. */
  readonly previous: boolean;
  /** RFC 3339 with nine digits and a blank before each line. */
  readonly timestamps: boolean;
  readonly tailLines?: number;
  /** Milliseconds since the epoch. */
  readonly sinceMs?: number;
  readonly limitBytes?: number;
  /** Longer lines are split. */
  readonly lineBytesMax?: number;
}

/** A command in a container, with input and output: `kubectl exec`. */
export interface ExecRequest extends ContainerTarget, WantedStreams {
  readonly type: 'exec';
  readonly command: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

/** The input and output of a running container, from now on: `kubectl attach`. */
export interface AttachRequest extends ContainerTarget, WantedStreams {
  readonly type: 'attach';
}

/** A connection to a port of the pod: `stdin` goes to it, `stdout` comes from it. */
export interface PortRequest extends PodTarget {
  readonly type: 'port';
  readonly port: number;
}

/** What the containers of the node use: one JSON text of `ContainerUsage`s. */
export interface StatsRequest {
  readonly type: 'stats';
}

/** What a stream to a node can be about. */
export type StreamRequest = LogRequest | ExecRequest | AttachRequest | PortRequest | StatsRequest;

/** The first message of a stream; all further ones go to `streamSubject`. */
export interface StreamQuestion {
  readonly client: string;
  readonly stream: string;
  /** Absent: whether the stream is still known is all that is asked. */
  readonly request?: StreamRequest;
}

const wordsMax = 1024;
const wordLengthMax = 128 * 1024;

export function decodeStreamQuestion(raw: unknown): Parsed<StreamQuestion> {
  const fields = new Fields(raw, FieldPath.root);
  const { client, stream } = { client: fields.id('client'), stream: fields.id('stream') };
  const asked = isRecord(raw) ? raw['request'] : undefined;
  if (fields.errors.length > 0) return { ok: false, errors: fields.errors };
  if (asked === undefined) return { ok: true, value: { client, stream } };
  const request = decodeStreamRequest(asked);
  return request.ok ? { ok: true, value: { client, stream, request: request.value } } : request;
}

function decodeStreamRequest(raw: unknown): Parsed<StreamRequest> {
  const path = new FieldPath('request');
  const fields = new Fields(raw, path);
  const type = isRecord(raw) ? raw['type'] : undefined;
  const read = readers[typeof type === 'string' ? type : ''];
  if (read === undefined || typeof type !== 'string' || !Object.hasOwn(readers, type))
    return { ok: false, errors: [notSupported(path.child('type'), type, Object.keys(readers))] };
  const value = read(fields);
  return fields.errors.length === 0 ? { ok: true, value } : { ok: false, errors: fields.errors };
}

const readers: Readonly<Record<string, (fields: Fields) => StreamRequest>> = {
  log: (fields) => ({
    type: 'log',
    ...containerOf(fields),
    follow: fields.flag('follow'),
    previous: fields.flag('previous'),
    timestamps: fields.flag('timestamps'),
    ...fields.counts('tailLines', 'sinceMs', 'limitBytes', 'lineBytesMax'),
  }),
  exec: (fields) => ({
    type: 'exec',
    ...containerOf(fields),
    ...wantedOf(fields),
    command: fields.words('command'),
    ...fields.variables('env'),
  }),
  attach: (fields) => ({ type: 'attach', ...containerOf(fields), ...wantedOf(fields) }),
  stats: () => ({ type: 'stats' }),
  port: (fields) => ({ type: 'port', ...podOf(fields), port: fields.port('port') }),
};

function podOf(fields: Fields): PodTarget {
  return {
    namespace: fields.text('namespace'),
    podName: fields.text('podName'),
    podUID: fields.text('podUID'),
  };
}

function containerOf(fields: Fields): ContainerTarget {
  return { ...podOf(fields), container: fields.text('container') };
}

function wantedOf(fields: Fields): WantedStreams {
  return {
    stdin: fields.flag('stdin'),
    stdout: fields.flag('stdout'),
    stderr: fields.flag('stderr'),
    tty: fields.flag('tty'),
  };
}

function isVariable(raw: unknown): raw is { name: string; value: string } {
  const { name, value } = isRecord(raw) ? raw : {};
  return typeof name === 'string' && typeof value === 'string' && value.length <= wordLengthMax;
}

/** Reads fields by the types that they must have; what is wrong is collected, and stands for something harmless. */
class Fields {
  readonly errors: FieldError[] = [];
  private readonly raw: Readonly<Record<string, unknown>>;
  private readonly path: FieldPath;

  constructor(raw: unknown, path: FieldPath) {
    this.raw = isRecord(raw) ? raw : {};
    this.path = path;
  }

  text(name: string): string {
    const value = this.raw[name];
    if (typeof value === 'string' && value !== '' && value.length <= 1024) return value;
    return this.wrong(name, 'must be a string of 1 to 1024 characters', '');
  }

  id(name: string): string {
    const value = this.raw[name];
    if (typeof value === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(value)) return value;
    return this.wrong(name, 'must be 1 to 64 letters, digits and "-"', '');
  }

  flag(name: string): boolean {
    const value = this.raw[name];
    return typeof value === 'boolean' ? value : this.wrong(name, 'must be true or false', false);
  }

  port(name: string): number {
    const value = this.raw[name];
    const isPort = typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;
    return isPort ? value : this.wrong(name, 'must be between 1 and 65535, inclusive', 0);
  }

  words(name: string): readonly string[] {
    const value = this.raw[name];
    const isWords = Array.isArray(value) && value.length > 0 && value.length <= wordsMax;
    if (isWords && value.every((word) => typeof word === 'string' && word.length <= wordLengthMax))
      return value;
    return this.wrong(name, `must be 1 to ${wordsMax} strings`, []);
  }

  /** With the field, if it is there. */
  variables<N extends string>(name: N): { readonly [K in N]?: readonly { name: string; value: string }[] } {
    const value = this.raw[name];
    const list: { [K in N]?: readonly { name: string; value: string }[] } = {};
    if (value === undefined) return list;
    const isList = Array.isArray(value) && value.length <= wordsMax && value.every(isVariable);
    list[name] = isList ? value : this.wrong(name, 'must be a list of names and values', []);
    return list;
  }

  /** Those of them that are there. */
  counts<N extends string>(...names: readonly N[]): { readonly [K in N]?: number } {
    const found: { [K in N]?: number } = {};
    for (const name of names) {
      const value = this.raw[name];
      if (value === undefined) continue;
      const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
      found[name] = isCount ? value : this.wrong(name, 'must be a whole number that is not negative', 0);
    }
    return found;
  }

  private wrong<T>(name: string, rule: string, instead: T): T {
    this.errors.push(invalid(this.path.child(name), this.raw[name], rule));
    return instead;
  }
}
