/** The last words of a container: from its message file, or from its log when it failed without leaving any. */

import type { Container } from '../../api/pod.ts';

/** Of the message file of one container. */
export const terminationMessageBytesMax = 4096;
/** Of the log of a container that left no message. */
export const fallbackLogLinesMax = 80;
const fallbackLogBytesMax = 2048;
/** Of all messages of one pod together. */
const podTerminationMessageBytesMax = 12 * 1024;

export interface Ending {
  readonly policy: Container['terminationMessagePolicy'];
  readonly exitCode: number;
  /** What the runtime says: for a `StartError` its own words, and there is no log then. */
  readonly reason?: string;
  /** Content of the message file; `undefined` when there is none. */
  readonly fileMessage?: string;
}

/** True when the log has to be read: `FallbackToLogsOnError`, a failure, and an empty or absent file. */
export function needsLogs(ending: Ending): boolean {
  return (
    ending.policy === 'FallbackToLogsOnError' &&
    ending.exitCode !== 0 &&
    ending.reason !== 'StartError' &&
    (ending.fileMessage ?? '') === ''
  );
}

/**
 * The message of a terminated container; empty when there is none. `logLines` is the end of its log, oldest line
 * first; what exceeds the limits is cut at the front, because the last lines tell why it failed.
 */
export function terminationMessage(ending: Ending, logLines: readonly string[] = []): string {
  if (!needsLogs(ending)) return lastBytes(ending.fileMessage ?? '', terminationMessageBytesMax);
  return lastBytes(logLines.slice(-fallbackLogLinesMax).join('\n'), fallbackLogBytesMax);
}

/** Cuts one message to its share of what the messages of all containers of a pod may take together. */
export function cutToShare(message: string, containersOfPod: number): string {
  return firstBytes(message, Math.floor(podTerminationMessageBytesMax / Math.max(1, containersOfPod)));
}

/** The longest prefix of whole characters within `bytesMax` bytes of UTF-8. */
function firstBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** The longest suffix of whole characters within `bytesMax` bytes of UTF-8. */
function lastBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  const bytes = Buffer.from(text);
  let start = bytes.length - bytesMax;
  if (start <= 0) return text;
  while (start < bytes.length && isContinuation(bytes[start])) start += 1;
  return bytes.toString('utf8', start);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
