/** What is wrong with a controller, before it is started: whoever writes without types may give anything. */

import { kindInfo, knownKinds } from '../api/kinds.ts';
import { didYouMean } from '../api/nearest.ts';
import type { Controller } from '../contract/controller.ts';
import { MooringError } from '../contract/error.ts';

/** Throws `PLUGIN_INVALID`. `whose`: words for its plugin. */
export function checkController(controller: Controller, whose: string): void {
  const { apiVersion, name } = (controller ?? {}) as Partial<Controller>;
  const subject = `${whose}: controller ${JSON.stringify(name)}`;
  if (apiVersion !== 'controller/v1' || typeof name !== 'string' || !/^[a-z][a-z0-9-]*$/.test(name))
    throw invalid(`${subject} is not a controller/v1 with a lower-case name`);
  const [flaw] = shapeProblems(controller);
  if (flaw !== undefined) throw invalid(`${subject}: ${flaw}`);
  const [problem] = [...kindProblems(controller), ...numberProblems(controller)];
  if (problem !== undefined) throw invalid(`${subject}: ${problem}`);
}

/** What would fail at the first change of an object only. */
function shapeProblems(controller: Controller): readonly string[] {
  const draft = controller as { readonly [Field in keyof Controller]?: unknown };
  if (typeof draft.reconcile !== 'function') return ['reconcile: must be a function'];
  // Without a kind of its own, only its watches lead to anything.
  const isFed = typeof draft.kind === 'string' || (draft.kind === undefined && Array.isArray(draft.watches));
  if (!isFed) return ['kind: must be a text, or left out where there are watches'];
  const lists = (['watches', 'reads', 'initialRequests'] as const).filter(
    (field) => draft[field] !== undefined && !Array.isArray(draft[field]),
  );
  if (lists.length > 0) return lists.map((field) => `${field}: must be a list`);
  const nameless = (controller.initialRequests ?? []).flatMap((request, i) =>
    typeof request?.name === 'string' ? [] : [`initialRequests[${i}].name: must be a text`],
  );
  const concerns = draft.concerns === undefined || typeof draft.concerns === 'function';
  const watches = (controller.watches ?? []).flatMap((watch, i) =>
    typeof watch?.requestsOf === 'function' ? [] : [`watches[${i}].requestsOf: must be a function`],
  );
  const groups = (['indices', 'retry'] as const).filter((field) => draft[field] === null);
  if (groups.length > 0) return groups.map((field) => `${field}: must be an object`);
  const indices = Object.entries(controller.indices ?? {}).flatMap(([kind, ofKind]) =>
    Object.entries(ofKind ?? {}).flatMap(([index, keysOf]: [string, unknown]) =>
      typeof keysOf === 'function' ? [] : [`indices.${kind}.${index}: must be a function`],
    ),
  );
  return [...(concerns ? [] : ['concerns: must be a function']), ...watches, ...nameless, ...indices];
}

/** A cache of a kind that no object can have is empty for ever, and nothing would say so. */
function kindProblems({ kind, watches = [], reads = [], indices = {} }: Controller): readonly string[] {
  const named: readonly (readonly [string, string])[] = [
    ...(kind === undefined ? [] : [['kind', kind] as const]),
    ...watches.map((watch, i) => [`watches[${i}].kind`, watch.kind] as const),
    ...reads.map((read, i) => [`reads[${i}]`, read] as const),
    ...Object.keys(indices).map((indexed) => ['indices', indexed] as const),
  ];
  return named
    .filter(([, one]) => kindInfo(one) === undefined)
    .map(([path, one]) => {
      const known = knownKinds();
      const hint = didYouMean(String(one), known);
      return `${path}: unknown kind ${JSON.stringify(one)}${hint}: must be one of ${known.join(', ')}`;
    });
}

function numberProblems({ concurrency, retry = {}, watches = [] }: Controller): readonly string[] {
  const { backOffMs, backOffMsMax, triesMax } = retry;
  const numbers = {
    concurrency,
    'retry.triesMax': triesMax,
    'retry.backOffMs': backOffMs,
    'retry.backOffMsMax': backOffMsMax,
  };
  const wrong = Object.entries(numbers)
    .filter(([, value]) => value !== undefined && !(Number.isInteger(value) && value >= 1))
    .map(([path, value]) => `${path}: ${String(value)} must be a whole number from 1`);
  const delays = watches.flatMap(({ afterMs = 0 }, i) =>
    typeof afterMs === 'number' && afterMs >= 0
      ? []
      : [`watches[${i}].afterMs: ${String(afterMs)} is no number of milliseconds`],
  );
  return [...wrong, ...delays];
}

function invalid(words: string): MooringError {
  return new MooringError('PLUGIN_INVALID', words);
}
