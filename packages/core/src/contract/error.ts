/**
 * One error class with a stable code. Recognise errors by `code`, not by `instanceof`: two copies of
 * the core package may be loaded in one process.
 */

/** Every code with what it means; `docs/errors.md` is generated from this table. */
export const errorCodes = {
  ABORTED: 'The caller cancelled the operation.',
  ALREADY_EXISTS: 'The store holds an object under this key.',
  CONFLICT: 'The object was changed by someone else since it was read.',
  NOT_FOUND: 'No such object, container, image or actor.',
  FORBIDDEN: 'The request is well formed, and refused because of what its object or namespace is.',
  INVALID: 'An object failed validation; `fields` lists every mistake.',
  MANIFEST_SYNTAX: 'A document is not readable YAML or JSON, or exceeds a limit.',
  DEADLINE_EXCEEDED: 'A call was not answered within its deadline.',
  OUTCOME_UNKNOWN: 'A write may or may not have been applied; read it back before going on.',
  STORE_CLOSED: 'The store was used after it was closed.',
  STORE_MISSING: 'The store that is to be opened does not exist.',
  STORE_LOST: 'The store has lost what was seen in it: its disk was replaced, or it was restored.',
  STORE_FULL: 'The store has no room for more values.',
  STORE_EXPIRED: 'The revision to watch from is no longer kept; list again.',
  VALUE_TOO_LARGE: 'The value exceeds the size limit of the store.',
  BUS_CLOSED: 'The bus was used after it was closed.',
  TRANSPORT_UNAVAILABLE: 'The messaging servers cannot be reached, or the connection to them is lost.',
  TRANSPORT_REFUSED: 'The messaging servers do not let this client in.',
  NO_RESPONDERS: 'Nobody listens on that subject.',
  STREAM_BROKEN: 'A conversation with a node broke off: one side, or what lies between them, has gone.',
  NO_SUCH_ACTOR: 'No actor lives at that address.',
  PLUGIN_DUPLICATE: 'Two plugins have the same name.',
  PLUGIN_CORE_VERSION: 'The plugin was written for another version of core.',
  PLUGIN_MISSING_DEPENDENCY: 'The plugin needs another one that is not loaded.',
  PLUGIN_INVALID: 'The plugin does not have the shape of its contract.',
  HANDLER_TAKEN: 'Two plugins want to serve the same probe handler.',
  RUNTIME_TAKEN: 'Two plugins want to be the container runtime.',
  CONTROLLER_TAKEN: 'Two controllers have the same name.',
  RUNTIME_MISSING: 'No plugin brings a container runtime.',
  RUNTIME_UNAVAILABLE: 'The container runtime does not answer.',
  RUNTIME_UNSUPPORTED: 'The container runtime cannot do what the pod asks for.',
  IMAGE_NOT_FOUND: 'The image is not present and cannot be fetched.',
  IMAGE_NAME_INVALID: 'The image reference cannot be parsed.',
  CREATE_FAILED: 'The runtime could not create the container.',
  START_FAILED: 'The runtime could not start the process of the container.',
  CONTAINER_RUNNING: 'A running container cannot be removed; stop it first.',
  EXEC_FAILED: 'The runtime could not run the command at all.',
  NODE_NAME_TAKEN: 'Another live agent holds this node name or data directory.',
} as const;

/** The codes of `errorCodes`. They stay what they are from version to version. */
export type ErrorCode = keyof typeof errorCodes;

/** What an error may carry beside its code and its words. */
export interface MooringErrorOptions {
  readonly cause?: unknown;
  readonly fields?: readonly { readonly field: string; readonly type: string; readonly message: string }[];
}

/** The error of everything here. Ask for its code with `hasCode`. */
export class MooringError extends Error {
  readonly code: ErrorCode;
  readonly fields: MooringErrorOptions['fields'];

  constructor(code: ErrorCode, message: string, options: MooringErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MooringError';
    this.code = code;
    this.fields = options.fields;
  }
}

/** True when `error` carries `code`, whichever copy of core made it. */
export function hasCode(error: unknown, code: ErrorCode): boolean {
  if (typeof error !== 'object' || error === null) return false;
  try {
    return (error as { code?: unknown }).code === code;
  } catch {
    // What throws when it is looked at is no error of ours.
    return false;
  }
}

/** The words of any thrown value, also of one that cannot even be printed. */
export function errorMessage(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    // A getter that throws, or an object without a prototype: there is nothing to quote.
    return 'an error without words';
  }
}
