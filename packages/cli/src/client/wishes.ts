/** `moor retry`, `moor pause` and `moor resume`: annotations, which reach the agent wherever it is. */

import { hostname, userInfo } from 'node:os';
import { errorMessage, pausedAnnotation, pauseOf, retryAnnotation, type StoredPod } from '@mooring/core';
import type { CommandContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../output/printable.ts';
import { explainPod } from './explain-pod.ts';
import { getPod, ofPod } from './find-pod.ts';
import { openClient } from './open-client.ts';
import { podNameOf, podPath, podWords } from './pod-path.ts';

export async function retry(context: CommandContext): Promise<number> {
  const { shell, say } = context;
  const pod = await annotate(context, { [retryAnnotation]: `${isoNow(context)} by ${whoAsks()}` });
  const waiting = explainPod(pod, shell.clock.now()).containers.filter(({ state }) => state === 'waiting');
  const names = waiting.map(({ name, reason = 'waiting' }) => `${name} (${reason})`).join(', ');
  const what = names === '' ? 'none of its containers waits' : `${names} need not wait any longer`;
  say(`pod/${pod.metadata.name}: ${what}`);
  return exitCodes.ok;
}

export async function pause(context: CommandContext): Promise<number> {
  const { options, say } = context;
  const reason = typeof options['reason'] === 'string' ? `: ${options['reason']}` : '';
  const pod = await annotate(context, { [pausedAnnotation]: `${whoAsks()} at ${isoNow(context)}${reason}` });
  const { namespace, name } = pod.metadata;
  const next = `\`moor resume ${podWords(namespace, name)}\` ends that`;
  say(`pod/${name} is paused: no restarts, no liveness probes; ${next}`);
  return exitCodes.ok;
}

export async function resume(context: CommandContext): Promise<number> {
  const client = await openClient(context);
  const name = podNameOf(context.args[0] ?? '');
  const before = await getPod(client, name);
  const pause = pauseOf(before);
  if (pause === undefined) {
    context.say(`pod/${name} was not paused`);
    return exitCodes.ok;
  }
  await annotate(context, { [pausedAnnotation]: null });
  context.say(`pod/${name} goes on; it was paused by ${printable(pause)}`);
  return exitCodes.ok;
}

async function annotate(
  context: CommandContext,
  annotations: Readonly<Record<string, string | null>>,
): Promise<StoredPod> {
  const client = await openClient(context);
  const name = podNameOf(context.args[0] ?? '');
  const patch = () => client.patch(podPath(client.namespace, name), { metadata: { annotations } });
  return (await ofPod(client, name, patch)) as StoredPod;
}

function isoNow({ shell: { clock } }: CommandContext): string {
  return new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `ann@web-1` */
function whoAsks(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch (error) {
    // A user without an entry in the passwd file.
    return `somebody (${errorMessage(error)}) on ${hostname()}`;
  }
}
