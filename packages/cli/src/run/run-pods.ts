/** `moor run`: a cluster of one node in this process, from the manifests to the verdict. */

import { type ApiObject, type Cluster, createCluster, sleep } from '@mooring/core';
import type { CommandContext } from '../command.ts';
import { crashLoopOf } from '../daemon/node-settings.ts';
import { exitCodes } from '../exit-codes.ts';
import { aborted, interruptedCode } from '../interrupts.ts';
import { probers, runtimePlugin } from '../plugins.ts';
import { UserError } from '../user-error.ts';
import { followLogs, type WrittenLine } from './follow-logs.ts';
import { inOrder, runsPods } from './in-order.ts';
import { loadFiles } from './load-files.ts';
import { readyNow } from './ready-now.ts';
import { openScreen, type Screen } from './screen.ts';
import { stopRun } from './stop-run.ts';
import { suggestFlag, unmappedImages } from './unmapped-images.ts';
import { watchRun } from './watch-run.ts';

export async function runPods(context: CommandContext): Promise<number> {
  const { shell, args, settings, say } = context;
  const { objects, warnings } = await loadFiles(args, shell);
  for (const warning of warnings) say(`warning: ${warning}`);
  if (objects.length === 0) throw new UserError(`there is nothing in ${args.join(', ')}`);
  if (!objects.some(runsPods))
    throw new UserError(`nothing in ${args.join(', ')} runs pods`, {
      next: 'Name a manifest with a Pod, Deployment, ReplicaSet or ReplicationController, too.',
    });
  checkImages(objects, context);
  const { dataDir } = settings;
  const crashLoop = crashLoopOf(settings);
  const begun = createCluster({
    plugins: [...probers(), readyNow(await runtimePlugin(settings, 'run'))],
    nodes: [{ name: 'localhost', ...(crashLoop !== undefined && { crashLoop }) }],
    preset: settings.preset,
    logger: await context.log('warn'),
    clock: shell.clock,
    ...(dataDir !== undefined && { dataDir }),
  });
  const cluster = await Promise.race([begun, aborted(shell.interrupts.gentle)]);
  if (cluster === undefined) return interruptedCode(shell.interrupts);
  const screen = openScreen({ ...shell, paint: context.paint });
  const ending = new AbortController();
  try {
    return await showUntilEnd({ context, cluster, objects, screen, signal: ending.signal });
  } finally {
    await stopRun(context, cluster, screen);
    ending.abort();
    // Nobody has written down how they ended.
    if (shell.interrupts.gentle.aborted) screen.showPods([]);
    screen.close();
  }
}

interface Run {
  readonly context: CommandContext;
  readonly cluster: Cluster;
  readonly objects: readonly ApiObject[];
  readonly screen: Screen;
  /** Aborts when the pods have been stopped, too. */
  readonly signal: AbortSignal;
}

async function showUntilEnd({ context, cluster, objects, screen, signal }: Run): Promise<number> {
  const { shell, options, paint, paintOut } = context;
  const { clock, interrupts } = shell;
  const hasManyContainers = objects.length > 1 || manyContainers(objects);
  const onLine = (line: WrittenLine) => {
    const name =
      line.container === line.pod || !hasManyContainers ? line.pod : `${line.pod}/${line.container}`;
    const time = options['timestamps'] === true ? `${new Date(line.atMs).toISOString()} ` : '';
    screen.data(`${paintOut('gone', `${name} |`)} ${time}${line.text}`);
  };
  const follower =
    options['no-logs'] === true
      ? undefined
      : followLogs({ cluster, clock, onLine, onTrouble: (words) => screen.words(words), signal });
  const run = watchRun({ cluster, screen, paint, clock, signal });
  const applied = await cluster.apply(inOrder(objects));
  for (const { warnings } of applied) for (const warning of warnings) screen.words(`warning: ${warning}`);
  run.expect(applied.map(({ object }) => object));
  const interrupted = aborted(interrupts.gentle).then(() => 'interrupted' as const);
  const end = await Promise.race([run.verdict, interrupted, run.watching.then(() => 'interrupted' as const)]);
  if (end === 'interrupted') return interruptedCode(interrupts);
  await Promise.race([follower?.settled(), sleep(clock, lastLinesMs)]);
  return end === 'succeeded' ? exitCodes.ok : exitCodes.failed;
}

/** For what containers wrote last, before everything is closed. */
const lastLinesMs = 2000;

function checkImages(objects: readonly ApiObject[], { settings }: CommandContext): void {
  if (settings.runtime !== 'process') return;
  const unmapped = unmappedImages(objects, Object.keys(settings.images));
  if (unmapped.length === 0) return;
  const lines = unmapped.map(
    ({ image }) => `no program of this host stands for the image ${JSON.stringify(image)}`,
  );
  const next = `Add ${unmapped.map(suggestFlag).join(' ')}, or the same under "images" in moor.yaml, or run in containers with --runtime docker.`;
  throw new UserError(lines.join('\n  '), { next });
}

function manyContainers(objects: readonly ApiObject[]): boolean {
  return objects.some((object) => {
    const { spec } = object as { readonly spec?: { readonly containers?: readonly unknown[] } };
    return (spec?.containers?.length ?? 2) > 1;
  });
}
