/** An explanation in words. */

import type { TerminationRecord } from '@mooring/core';
import { humanDuration } from '@mooring/core';
import type { Paint } from '../output/paint.ts';
import { printable } from '../output/printable.ts';
import { meaningOf } from '../run/status-meaning.ts';
import { adviceOn } from './advice.ts';
import type { ContainerExplanation, Explanation } from './explain-pod.ts';
import { podWords } from './pod-path.ts';

export function formatExplanation(of: Explanation, nowMs: number, paint: Paint): readonly string[] {
  const where = of.node === '' ? 'on no node yet' : `on node ${of.node}`;
  const times = of.restarts === 1 ? '1 restart' : `${of.restarts} restarts`;
  const lines = [
    `${paint('heading', `${of.namespace}/${of.pod}`)} ${where}: ${paint(meaningOf(of.status), of.status)}, ${times}`,
  ];
  if (of.message !== undefined) lines.push(`  ${printable(of.message)}`);
  if (of.paused !== undefined)
    lines.push(
      `  ${paint('waiting', 'paused')} by ${printable(of.paused)}; \`moor resume ${podWords(of.namespace, of.pod)}\` ends that`,
    );
  for (const container of of.containers) lines.push('', ...containerLines(container, of, nowMs, paint));
  return [...lines, ...newsLines(of, nowMs, paint)];
}

function newsLines({ news = [], newsProblem }: Explanation, nowMs: number, paint: Paint): readonly string[] {
  if (newsProblem !== undefined)
    return ['', paint('gone', `what was said lately cannot be shown: ${printable(newsProblem)}`)];
  if (news.length === 0) return [];
  const lines = news.map(({ at, reason, message, count }) => {
    const times = count > 1 ? ` (x${count})` : '';
    const ago = `${humanDuration(nowMs - Date.parse(at))} ago`;
    return `  ${ago}${times}: ${printable(reason)}: ${printable(message)}`;
  });
  return ['', paint('heading', 'what was said lately:'), ...lines];
}

function containerLines(
  container: ContainerExplanation,
  { namespace, pod, paused }: Explanation,
  nowMs: number,
  paint: Paint,
): readonly string[] {
  const { name, state, reason, message, nextTryAt, terminations, lastLines = [] } = container;
  const words = [paint('heading', name), [state, reason].filter(Boolean).join(': ')];
  const lines = [words.join(' is ')];
  if (message) lines.push(`  ${printable(message)}`);
  if (nextTryAt !== undefined && paused === undefined)
    lines.push(`  ${nextTry(Date.parse(nextTryAt) - nowMs, podWords(namespace, pod))}`);
  const advice = reason === 'CrashLoopBackOff' && terminations[0] && adviceOn(terminations[0]);
  if (advice) lines.push(`  ${advice}`);
  if (terminations.length === 0) lines.push('  it has never ended');
  for (const end of terminations) lines.push(...endLines(end, nowMs, paint));
  if (container.lastLinesProblem !== undefined)
    lines.push(paint('gone', `  its last lines cannot be shown: ${printable(container.lastLinesProblem)}`));
  if (lastLines.length > 0) lines.push('  the last lines of the instance that ended last:');
  for (const line of lastLines) lines.push(`    ${paint('gone', '|')} ${printable(line)}`);
  return lines;
}

function nextTry(leftMs: number, pod: string): string {
  if (leftMs <= 0) return 'the next try is due';
  return `the next try comes in ${humanDuration(leftMs)}; \`moor retry ${pod}\` does not wait`;
}

function endLines(end: TerminationRecord, nowMs: number, paint: Paint): readonly string[] {
  const { restartCount, cause, probe, message } = end;
  const finishedMs = Date.parse(end.finishedAt);
  const ago = `${humanDuration(nowMs - finishedMs)} ago`;
  const ranMs = finishedMs - Date.parse(end.startedAt ?? '');
  const ran = Number.isNaN(ranMs) ? '' : ` after ${humanDuration(ranMs)}`;
  const lines = [
    `  #${restartCount}  ${ago}: ${paint(end.exitCode === 0 ? 'gone' : 'bad', howItEnded(end))}${ran}`,
  ];
  if (cause !== '') lines.push(`      ${printable(cause)}`);
  if (probe !== undefined)
    lines.push(`      the ${probe.type} probe said: ${printable(probe.message) || 'nothing'}`);
  if (message) lines.push(`      its last words: ${printable(message)}`);
  return lines;
}

/** `exit code 137 by SIGKILL (OOMKilled)` */
function howItEnded({ exitCode, signal, reason }: TerminationRecord): string {
  const by = signal === undefined ? '' : ` by ${signal}`;
  const why = reason === 'Error' || reason === 'Completed' || reason === '' ? '' : ` (${reason})`;
  return `exit code ${exitCode}${by}${why}`;
}
