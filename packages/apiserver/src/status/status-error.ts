/** What goes wrong with a request, as the Kubernetes API tells it: a `Status` object. */

export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

/** `metav1.StatusDetails`: which object a failure is about, and its causes. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The plural resource, but the kind where an object is `Invalid`. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** `metav1.Status`: what a client reads when a request fails. */
export interface StatusBody {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: object;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** The reasons of the Kubernetes API that are used here, each with its HTTP code. */
const codes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  NotImplemented: 501,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

/** The reasons of `metav1.Status` that this server gives; each has one HTTP code. */
export type StatusReason = keyof typeof codes;

/** Thrown by whatever serves a request; the client gets its `body`. */
export class StatusError extends Error {
  readonly code: number;
  readonly body: StatusBody;

  constructor(reason: StatusReason, message: string, details?: StatusDetails, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StatusError';
    this.code = codes[reason];
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details !== undefined && { details }),
      code: this.code,
    };
  }
}

export function badRequest(message: string): StatusError {
  return new StatusError('BadRequest', message);
}

/** No such path. */
export function unknownPath(): StatusError {
  return new StatusError('NotFound', 'the server could not find the requested resource', {});
}

/** A path of the right form, of a kind that is not here: `kubectl create job` asks without having looked. */
export function unknownResource({
  group,
  version,
  resource,
}: {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}): StatusError {
  const of = group === '' ? version : `${group}/${version}`;
  const { body } = unknownPath();
  const words = `there are no ${resource} of ${of} here; \`kubectl api-resources\` lists what there is`;
  return new StatusError('NotFound', `${body.message}: ${words}`, {});
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** `pods`, `deployments.apps`. */
export function qualifiedResource({
  group,
  resource,
}: {
  readonly group: string;
  readonly resource: string;
}) {
  return group === '' ? resource : `${resource}.${group}`;
}

export interface ResourceName {
  readonly group: string;
  readonly resource: string;
  readonly name?: string | undefined;
}

export function notFound(target: ResourceName): StatusError {
  const { group, resource, name = '' } = target;
  const message = `${qualifiedResource(target)} ${JSON.stringify(name)} not found`;
  return new StatusError('NotFound', message, { name, ...(group !== '' && { group }), kind: resource });
}

/** The answer to a request that was carried out and leaves no object to show. */
export function success(details?: StatusDetails): StatusBody {
  const base = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' } as const;
  return details === undefined ? base : { ...base, details };
}
