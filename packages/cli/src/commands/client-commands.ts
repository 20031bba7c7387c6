import { clientOptions, outputOption } from '../client/client-options.ts';
import type { ArgumentDefinition, CommandDefinition } from '../command.ts';

const pod: ArgumentDefinition = { name: 'pod', help: 'its name', completes: 'pods' };

export const statusCommand: CommandDefinition = {
  name: 'status',
  summary: 'the nodes and pods of a cluster; ends with 1 when not all is well',
  details: 'Well are nodes that are ready, and pods that are ready or have succeeded and are not paused.',
  arguments: [],
  settings: [],
  options: [outputOption, ...clientOptions],
  examples: [
    ['moor status', 'all namespaces'],
    ['moor status -n shop -o json', 'for scripts'],
    ['moor status >/dev/null || echo "look into it"', 'the answer alone'],
  ],
  run: async (context) => (await import('../client/status.ts')).status(context),
};

export const whyCommand: CommandDefinition = {
  name: 'why',
  summary: 'why a pod restarts or does not start: its ends, its last words, its next try',
  details: `For each container the last five ends: exit code, signal, out of memory, which probe and what it said, or who stopped
it; the last lines of the instance that ended last; and when it is tried again.`,
  arguments: [pod],
  settings: [],
  options: [
    { flag: '--tail', placeholder: '<lines>', help: 'how many lines of the log; 20 by default' },
    outputOption,
    ...clientOptions,
  ],
  examples: [
    ['moor why web', 'in words'],
    ['moor why web -n shop --tail 100', 'with more of the log'],
    ['moor why web -o yaml', 'for programs'],
  ],
  run: async (context) => (await import('../client/why.ts')).why(context),
};

export const retryCommand: CommandDefinition = {
  name: 'retry',
  summary: 'do not wait for the back-off of a pod: try again now',
  details:
    'The cause is mended, why wait. Containers that run are left alone; after the next crash the back-off goes on.',
  arguments: [pod],
  settings: [],
  options: clientOptions,
  examples: [
    [
      'moor retry web',
      'the same with kubectl: kubectl annotate pod web mooring.dev/retry=$(date +%s) --overwrite',
    ],
  ],
  run: async (context) => (await import('../client/wishes.ts')).retry(context),
};

export const pauseCommand: CommandDefinition = {
  name: 'pause',
  summary: 'hold a pod up: no restarts, no liveness and startup probes',
  details:
    'What runs goes on, readiness is probed, and the pod can be deleted. `moor status` shows who paused it, when and why.',
  arguments: [pod],
  settings: [],
  options: [{ flag: '--reason', placeholder: '<text>', help: 'shown to others' }, ...clientOptions],
  examples: [['moor pause web --reason "looking into the leak"', 'until moor resume web']],
  run: async (context) => (await import('../client/wishes.ts')).pause(context),
};

export const resumeCommand: CommandDefinition = {
  name: 'resume',
  summary: 'let a paused pod go on',
  arguments: [pod],
  settings: [],
  options: clientOptions,
  examples: [['moor resume web', 'restarts and probes begin again']],
  run: async (context) => (await import('../client/wishes.ts')).resume(context),
};
