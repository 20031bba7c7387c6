/** `moor why`: why a pod is as it is. */

import type { KubeEvent } from '@mooring/core';
import type { CommandContext } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatStructured, type OutputFormat } from '../output/structured.ts';
import { UserError } from '../user-error.ts';
import { type ContainerExplanation, type Explanation, explainPod } from './explain-pod.ts';
import { getPod } from './find-pod.ts';
import { formatExplanation } from './format-explanation.ts';
import { type OpenClient, openClient } from './open-client.ts';
import { eventsPath, newsOf } from './pod-news.ts';
import { podNameOf, podPath } from './pod-path.ts';

const linesDefault = 20;
const newsMax = 5;

export async function why(context: CommandContext): Promise<number> {
  const { shell, args, options, paintOut } = context;
  const lines = linesOf(options['tail']);
  const client = await openClient(context);
  const name = podNameOf(args[0] ?? '');
  const pod = await getPod(client, name);
  const nowMs = shell.clock.now();
  const explained = explainPod(pod, nowMs);
  const containers = await Promise.all(
    explained.containers.map((one) => withLastLines(one, { client, name, lines })),
  );
  const whole = { ...explained, containers, ...(await newsAbout(client, pod.metadata.uid)) };
  const format = options['output'] as OutputFormat | undefined;
  const text =
    format === undefined
      ? `${formatExplanation(whole, nowMs, paintOut).join('\n')}\n`
      : formatStructured(whole, format);
  shell.out.write(text);
  return exitCodes.ok;
}

async function newsAbout(
  client: OpenClient,
  podUID: string,
): Promise<Pick<Explanation, 'news' | 'newsProblem'>> {
  try {
    const list = (await client.get(eventsPath(client.namespace, podUID))) as EventList;
    return { news: newsOf(list.items, newsMax) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { newsProblem: error.message };
  }
}

interface EventList {
  readonly items: readonly KubeEvent[];
}

function linesOf(given: string | true | undefined): number {
  if (given === undefined) return linesDefault;
  if (typeof given === 'string' && /^\d{1,5}$/.test(given)) return Number(given);
  throw new UserError(`--tail: must be a number of lines, not ${JSON.stringify(given)}`, {
    next: 'Such as --tail 50; with 0 no lines are shown.',
  });
}

/** One log that cannot be read must not keep the rest from being told. */
async function withLastLines(
  container: ContainerExplanation,
  { client, name, lines }: { readonly client: OpenClient; readonly name: string; readonly lines: number },
): Promise<ContainerExplanation> {
  if (lines === 0 || container.terminations.length === 0) return container;
  // Of a container that runs, the dead one is the one before.
  const previous = container.state === 'running';
  const query = new URLSearchParams({
    container: container.name,
    tailLines: String(lines),
    previous: String(previous),
  });
  try {
    const text = await client.text(podPath(client.namespace, name, `/log?${query}`));
    return {
      ...container,
      lastLines: text.split('\n').filter((line, i, all) => line !== '' || i < all.length - 1),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...container, lastLinesProblem: error.message };
  }
}
