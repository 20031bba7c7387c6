/**
 * A runtime whose answers are what the contract says. Plugins may be written without types, and be wrong: what they
 * throw becomes a rejection, and an answer of the wrong shape one that names the verb, before either can do harm. Only
 * what a container need not say counts as not said when it is of the wrong kind: one slip must not cost a whole list.
 */

import type {
  ContainerInfo,
  ContainerRuntime,
  ContainerStats,
  ExecResult,
  RuntimeContainerState,
  RuntimeFinding,
  SandboxInfo,
} from '../contract/container-runtime.ts';
import { MooringError } from '../contract/error.ts';
import type { Logger } from '../contract/logger.ts';
import type { ProcessStreams } from '../contract/process-streams.ts';
import { refusePromise } from '../engine/later-failure.ts';
import { sameItems } from '../engine/same-items.ts';
import { untilAborted } from '../engine/until-aborted.ts';

export function checkedRuntime(runtime: ContainerRuntime, logger: Logger): ContainerRuntime {
  const { name } = runtime;
  const told = new Set<string>();
  const onFlaw = (field: string, value: unknown) => {
    if (told.has(field)) return;
    told.add(field);
    logger.warn({ field, value: wordsOf(value) }, 'answer of the runtime not understood');
  };
  const nonsense = (verb: string, answer: unknown) =>
    new MooringError(
      'PLUGIN_INVALID',
      `runtime "${name}" answered ${verb} with nonsense: ${wordsOf(answer)}`,
    );
  function checked<T>(verb: string, answer: unknown, isValid: (answer: unknown) => answer is T): T {
    if (isValid(answer)) return answer;
    throw nonsense(verb, answer);
  }
  function accepted<T>(verb: string, answer: unknown, accept: (answer: unknown) => T | undefined): T {
    const value = accept(answer);
    if (value === undefined) throw nonsense(verb, answer);
    return value;
  }
  function streamed<T>(verb: string, answer: AsyncIterable<T>): AsyncIterable<T> {
    refusePromise(answer, verb);
    if (isIterable(answer)) return answer;
    throw nonsense(verb, answer);
  }
  const { prepareContainer } = runtime;
  const containersIn = besideLast((item) => (isContainer(item) ? withoutFlaws(item, onFlaw) : undefined));
  const sandboxesIn = besideLast((item) => (isSandbox(item) ? item : undefined));
  return {
    apiVersion: 'runtime/v1',
    name,
    capabilities: runtime.capabilities,
    status: async (signal) => await runtime.status(signal),
    review(pod) {
      const answer: unknown = runtime.review(pod);
      refusePromise(answer, 'review');
      return checked('review', answer, isListOf(isFinding));
    },
    async ensureImage(image, policy, signal, options) {
      const answer: unknown = await runtime.ensureImage(image, policy, signal, options);
      return answer === undefined ? undefined : checked('ensureImage', answer, isImage);
    },
    createSandbox: async (config, signal) =>
      checked('createSandbox', await runtime.createSandbox(config, signal), isSandbox),
    removeSandbox: async (id, signal) => await runtime.removeSandbox(id, signal),
    listSandboxes: async (signal) =>
      accepted('listSandboxes', await runtime.listSandboxes(signal), sandboxesIn),
    createContainer: async (config, signal) =>
      checked('createContainer', await runtime.createContainer(config, signal), isText),
    ...(prepareContainer !== undefined && {
      prepareContainer: async (config, signal) => await prepareContainer.call(runtime, config, signal),
    }),
    startContainer: async (id, signal) => await runtime.startContainer(id, signal),
    stopContainer: async (id, gracePeriodMs, signal) =>
      await runtime.stopContainer(id, gracePeriodMs, signal),
    removeContainer: async (id, signal) => await runtime.removeContainer(id, signal),
    async inspectContainer(id, signal) {
      const answer: unknown = await runtime.inspectContainer(id, signal);
      if (answer === undefined) return undefined;
      return withoutFlaws(checked('inspectContainer', answer, isContainer), onFlaw);
    },
    listContainers: async (labels, signal) =>
      accepted('listContainers', await runtime.listContainers(labels, signal), containersIn),
    // The agent could not end before they do.
    events: (signal) => untilAborted(streamed('events', runtime.events(signal)), signal),
    exec: async (id, command, options, signal) =>
      checked('exec', await runtime.exec(id, command, options, signal), isExecResult),
    logs: (id, options, signal) => streamed('logs', runtime.logs(id, options, signal)),
    ...optionalVerbs(runtime, checked),
    [Symbol.asyncDispose]: async () => await runtime[Symbol.asyncDispose](),
  };
}

type Check = <T>(verb: string, answer: unknown, isValid: (answer: unknown) => answer is T) => T;

/** What a runtime need not have: it is absent here too. */
function optionalVerbs(
  runtime: ContainerRuntime,
  checked: Check,
): Pick<ContainerRuntime, 'execStream' | 'attach' | 'stats'> {
  return {
    ...(runtime.execStream !== undefined && {
      execStream: async (id, command, options, signal) =>
        checked('execStream', await runtime.execStream?.(id, command, options, signal), isProcessStreams),
    }),
    ...(runtime.attach !== undefined && {
      attach: async (id, options, signal) =>
        checked('attach', await runtime.attach?.(id, options, signal), isProcessStreams),
    }),
    ...(runtime.stats !== undefined && {
      stats: async (id, signal) => {
        const answer: unknown = await runtime.stats?.(id, signal);
        return answer === undefined ? undefined : checked('stats', answer, isStats);
      },
    }),
  };
}

type Draft<T> = { readonly [Field in keyof T]?: unknown };

/** The fields to look at; none for what is no object. */
function fieldsOf<T>(value: unknown): Draft<T> {
  return typeof value === 'object' && value !== null ? (value as Draft<T>) : {};
}

function isText(value: unknown): value is string {
  return isName(value) && value !== '';
}

const isName = (value: unknown) => typeof value === 'string' && value.length <= nameLengthMax;
/** Longer than any name or digest: with more, a status could not be stored. */
const nameLengthMax = 4096;

const states: ReadonlySet<unknown> = new Set<RuntimeContainerState>([
  'created',
  'running',
  'exited',
  'unknown',
]);

function isContainer(value: unknown): value is ContainerInfo {
  const { id, podUID, containerName, attempt, labels, state, createdAtMs } = fieldsOf<ContainerInfo>(value);
  return (
    isText(id) &&
    isText(podUID) &&
    isText(containerName) &&
    typeof labels === 'object' &&
    labels !== null &&
    states.has(state) &&
    isCount(attempt) &&
    isTime(createdAtMs)
  );
}

const isTextOrEmpty = (value: unknown) => typeof value === 'string';
const isWord = (value: unknown) => typeof value === 'string' && value.length <= wordLengthMax;
/** As long as a reason may be in a status. */
const wordLengthMax = 1024;

/** A whole number that a status can show. */
const isInt32 = (value: unknown) => typeof value === 'number' && value === (value | 0);
const isCount = (value: unknown) => typeof value === 'number' && isInt32(value) && value >= 0;

/** A time that can be written with the four digits of a year. */
const isTime = (value: unknown) =>
  typeof value === 'number' && value >= yearOneMs && value < yearTenThousandMs;
const yearOneMs = -62_135_596_800_000;
const yearTenThousandMs = 253_402_300_800_000;

/** What counts as not said when it cannot be, and what stands there then. */
const optionalFields = [
  ['image', isName, ''],
  ['imageRef', isName, ''],
  ['startedAtMs', isTime, undefined],
  ['finishedAtMs', isTime, undefined],
  ['exitCode', isInt32, undefined],
  ['signal', isWord, undefined],
  ['reason', isWord, undefined],
  ['message', isTextOrEmpty, undefined],
  ['pid', Number.isInteger, undefined],
] as const;

/** The same object when there is nothing to leave out. */
function withoutFlaws(info: ContainerInfo, onFlaw: (field: string, value: unknown) => void): ContainerInfo {
  const flaws = optionalFields.filter(
    ([field, isValid]) => info[field] !== undefined && !isValid(info[field]),
  );
  if (flaws.length === 0) return info;
  for (const [field] of flaws) onFlaw(field, info[field]);
  const absent = Object.fromEntries(flaws.map(([field, , instead]) => [field, instead]));
  return { ...info, ...absent };
}

function isSandbox(value: unknown): value is SandboxInfo {
  const { id, podUID, attempt, state, ip, createdAtMs } = fieldsOf<SandboxInfo>(value);
  return (
    isText(id) &&
    isText(podUID) &&
    isWord(ip) &&
    (state === 'ready' || state === 'notready') &&
    isCount(attempt) &&
    isTime(createdAtMs)
  );
}

function isImage(value: unknown): value is { readonly ref: string; readonly pulled: boolean } {
  return isText(fieldsOf<{ ref: string }>(value).ref);
}

function isFinding(value: unknown): value is RuntimeFinding {
  const { field, severity, message } = fieldsOf<RuntimeFinding>(value);
  const isKnown = severity === 'refuse' || severity === 'warn';
  return isKnown && typeof field === 'string' && typeof message === 'string';
}

function isExecResult(value: unknown): value is ExecResult {
  const { exitCode, output } = fieldsOf<ExecResult>(value);
  return Number.isInteger(exitCode) && typeof output === 'string';
}

function isProcessStreams(value: unknown): value is ProcessStreams {
  const draft = fieldsOf<ProcessStreams>(value);
  return isIterable(draft.output) && streamVerbs.every((verb) => typeof draft[verb] === 'function');
}

const streamVerbs = ['write', 'closeInput', 'resize', 'exitCode'] as const;

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function isStats(value: unknown): value is ContainerStats {
  const { atMs, cpuNanoseconds, memoryBytes } = fieldsOf<ContainerStats>(value);
  return [atMs, cpuNanoseconds, memoryBytes].every((figure) => Number.isFinite(figure));
}

function isListOf<T>(isItem: (item: unknown) => item is T): (value: unknown) => value is readonly T[] {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(isItem);
}

/**
 * Reads a list that is asked for again and again; `undefined` when one of its items is not accepted. What stands where it
 * stood the last time is not looked at anew; a list of the very items of the last time is read as the very same list.
 */
function besideLast<T>(
  accept: (item: unknown) => T | undefined,
): (answer: unknown) => readonly T[] | undefined {
  let given: readonly unknown[] = [];
  let taken: readonly T[] = [];
  return (answer) => {
    if (!Array.isArray(answer)) return undefined;
    if (sameItems(answer, given)) return taken;
    const items: T[] = [];
    for (const [i, item] of answer.entries()) {
      const last = item === given[i] ? taken[i] : undefined;
      const value = last ?? accept(item);
      if (value === undefined) return undefined;
      items.push(value);
    }
    given = [...answer];
    taken = items;
    return items;
  };
}

/** Of what may be anything, even something that throws when it is looked at. */
function wordsOf(answer: unknown): string {
  try {
    if (typeof answer !== 'object' || answer === null) return String(answer).slice(0, wordsMax);
    if (Array.isArray(answer)) return `a list of ${answer.length}`;
    return `an object of ${Object.keys(answer).join(', ')}`.slice(0, wordsMax);
  } catch {
    return 'what cannot be read';
  }
}

/** They go into events and logs. */
const wordsMax = 200;
