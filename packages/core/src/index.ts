/** Mooring's framework package: object types, plugin contracts, and the composition functions. */

export { dialErrorWords, isDialError, systemErrorWords } from './api/dial-error.ts';
export { formatDuration } from './api/duration.ts';
export * from './api/field-error.ts';
export { formatURL, type GoURL, hostNameOf, joinHostPort, portOf, resolveURL } from './api/go-url.ts';
export { HandlerSettings } from './api/handler-settings.ts';
export { canonicalHeaders, type HeaderList, httpGetHeaders, httpGetURL } from './api/http-get-request.ts';
export type * from './api/meta.ts';
export type * from './api/objects.ts';
export type * from './api/pod.ts';
export type * from './contract/bus.ts';
export type * from './contract/clock.ts';
export type * from './contract/container-runtime.ts';
export { type ErrorCode, errorCodes, errorMessage, hasCode, MooringError } from './contract/error.ts';
export { type Logger, silentLogger } from './contract/logger.ts';
export type * from './contract/plugin.ts';
export type * from './contract/prober.ts';
export { defineProber } from './contract/prober.ts';
export type * from './contract/store.ts';
export { abortable, onAbort, sleep } from './engine/abortable.ts';
export { AsyncQueue } from './engine/async-queue.ts';
