/** The request of a server-side apply: creates what is not there, and tells whose fields are in the way. */

import { type ApiObject, formatTime, hasCode } from '@mooring/core';
import type { Reply } from '../http/reply.ts';
import { type Fields, isFields, textAt } from '../json/fields.ts';
import type { Patch } from '../patch/patch-objects.ts';
import { isTrue } from '../request/verb-of.ts';
import { groupVersionOf } from '../resources/resource-table.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { checkVersion, uidOfNothing } from '../status/changed-meanwhile.ts';
import { badRequest, StatusError } from '../status/status-error.ts';
import { checkApplied, checkFields, fieldValidationOf } from '../write/field-validation.ts';
import { decodeIncoming, withHeader } from '../write/incoming-object.ts';
import { checkNamespace, create, shown, type WriteSurroundings } from '../write/write-objects.ts';
import { partOf, wishWithinPart } from '../write/written-part.ts';
import { type Application, applyFields, type FieldConflict } from './apply-fields.ts';
import { checkConfiguration } from './check-applied.ts';
import { managerName } from './track-update.ts';

export async function applyObject(
  around: WriteSurroundings,
  stored: StoredRequest,
  { value, doubled }: Pick<Patch, 'value' | 'doubled'>,
): Promise<Reply> {
  const { request, info, target, namespace } = stored;
  const { query, signal } = request;
  if (!isFields(value)) throw badRequest('what is applied must be an object');
  const application = applicationOf(stored, around.now());
  const header = { kind: info.kind, apiVersion: groupVersionOf(info) };
  const applied = withHeader(value, header);
  const typed = decodeIncoming(stored, applied);
  const validation = fieldValidationOf(query);
  checkApplied(doubled, validation);
  const words = checkFields(typed.object, { ...typed, doubled }, validation);
  const wanted = wishWithinPart(target, typed.object as unknown as Fields);
  checkConfiguration(wanted, info.kind, described(stored));
  const change = (current: ApiObject): ApiObject => {
    checkVersion(target, textAt(wanted, 'metadata', 'resourceVersion'), current.metadata.resourceVersion);
    return appliedTo(current as unknown as Fields, wanted, application);
  };
  try {
    const changed: ApiObject = await around.objects.patchWith(
      info.kind,
      namespace,
      target.name ?? '',
      change,
      { signal, ...partOf(target) },
    );
    return shown(around, changed, words);
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND') || target.subresource !== undefined) throw error;
  }
  const uid = textAt(wanted, 'metadata', 'uid');
  if (uid !== '') throw uidOfNothing(target, uid);
  await checkNamespace(around, namespace, signal);
  const created = await create(around, stored, appliedTo(undefined, wanted, application));
  return shown(around, created, words, 201);
}

/** `default/web; apps/v1, Kind=Deployment` */
function described({ info, target, namespace }: StoredRequest): string {
  const name = namespace === undefined ? target.name : `${namespace}/${target.name}`;
  return `${name}; ${groupVersionOf(info)}, Kind=${info.kind}`;
}

export function applicationOf({ request, info, target }: StoredRequest, nowMs: number): Application {
  return {
    kind: info.kind,
    manager: {
      name: managerName(request),
      operation: 'Apply',
      ...(target.subresource !== undefined && { subresource: target.subresource }),
    },
    apiVersion: groupVersionOf(info),
    time: formatTime(nowMs),
    isForced: isTrue(request.query.get('force')),
  };
}

/** The object with what is wanted of it. Throws a `StatusError` that tells whose fields are in the way. */
export function appliedTo(live: Fields | undefined, wanted: Fields, application: Application): ApiObject {
  const outcome = applyFields(live, wanted, application);
  if (outcome.kind === 'conflicts') throw conflicting(outcome.conflicts, application.conflictVersion);
  return outcome.object as unknown as ApiObject;
}

function conflicting(conflicts: readonly FieldConflict[], version: string | undefined): StatusError {
  const managerText = ({ manager }: FieldConflict) => describeManager(manager, version);
  const causes = conflicts.map((conflict) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(conflict)}`,
    field: conflict.path,
  }));
  const [first] = conflicts;
  const words =
    conflicts.length === 1 && first !== undefined
      ? `Apply failed with 1 conflict: conflict with ${managerText(first)}: ${first.path}`
      : `Apply failed with ${conflicts.length} conflicts: ${byManager(conflicts, managerText).join('\n')}`;
  return new StatusError('Conflict', words, { causes });
}

function byManager(
  conflicts: readonly FieldConflict[],
  managerText: (conflict: FieldConflict) => string,
): readonly string[] {
  return [...new Set(conflicts.map(managerText))].sort().map((name) => {
    const own = conflicts.filter((conflict) => managerText(conflict) === name);
    return `conflicts with ${name}:\n${own.map(({ path }) => `- ${path}`).join('\n')}`;
  });
}

/** Whoever applies has one entry, whatever the version; whoever updates has one for each. */
function describeManager(
  { name, operation, subresource, apiVersion }: FieldConflict['manager'],
  version = apiVersion,
): string {
  const part = subresource === undefined ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(name)}${part}${operation === 'Apply' ? '' : ` using ${version}`}`;
}
