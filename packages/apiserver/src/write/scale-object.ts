/** The sub-resource `scale`: the size of a workload, and nothing else about it. */

import {
  type ApiObject,
  FieldPath,
  invalid,
  isScalable,
  MooringError,
  type Scalable,
  type Scale,
  scaleOf,
  withReplicas,
} from '@mooring/core';
import { applicationOf, appliedTo } from '../apply/apply-object.ts';
import { checkConfiguration } from '../apply/check-applied.ts';
import { withManagers } from '../apply/track-update.ts';
import { json, type Reply } from '../http/reply.ts';
import { type Fields, fieldsOf, textAt, valueAt } from '../json/fields.ts';
import { requestedForm } from '../list/list-objects.ts';
import { type Patch, patchedFields } from '../patch/patch-objects.ts';
import { groupVersionOf } from '../resources/resource-table.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { checkUID, checkVersion } from '../status/changed-meanwhile.ts';
import { badRequest, methodNotAllowed, notFound } from '../status/status-error.ts';
import { readFields, withHeader } from './incoming-object.ts';
import type { WriteSurroundings } from './write-objects.ts';

const scaleKind = { kind: 'Scale', group: 'autoscaling', version: 'v1' };
const header = { kind: scaleKind.kind, apiVersion: groupVersionOf(scaleKind) };

export async function getScale({ objects, now }: WriteSurroundings, stored: StoredRequest): Promise<Reply> {
  const { info, target, namespace, request } = stored;
  const form = requestedForm({ ...stored, info: { ...info, ...scaleKind } }, now);
  const object = await objects.get(info.kind, namespace, target.name ?? '', request.signal);
  if (object === undefined || !isScalable(object)) throw notFound(target);
  return json(form.one(scaleOf(object)));
}

export async function replaceScale(around: WriteSurroundings, stored: StoredRequest): Promise<Reply> {
  const wanted = withHeader(await readFields(stored.request), header);
  return await changeScale(around, stored, { scaled: () => wanted, noted: updated(around, stored) });
}

export async function patchScale(
  around: WriteSurroundings,
  stored: StoredRequest,
  { type, value }: Patch,
): Promise<Reply> {
  const scaled = (scale: Scale) => withHeader(patchedFields(scale, type, value), header);
  if (type !== 'apply') return await changeScale(around, stored, { scaled, noted: updated(around, stored) });
  checkConfiguration(fieldsOf(value), header.kind, stored.target.name ?? '');
  return await changeScale(around, stored, { scaled, noted: applied(around, stored) });
}

interface ScaleChange {
  scaled(scale: Scale): Fields;
  /** The object with that size, and with whose wish it is. */
  noted(current: Scalable, replicas: number): ApiObject;
}

function updated({ now }: WriteSurroundings, stored: StoredRequest): ScaleChange['noted'] {
  return (current, replicas) => withManagers(stored, current, withReplicas(current, replicas), now());
}

function applied({ now }: WriteSurroundings, stored: StoredRequest): ScaleChange['noted'] {
  const application = { ...applicationOf(stored, now()), conflictVersion: header.apiVersion };
  return (current, replicas) => appliedTo(current as unknown as Fields, { spec: { replicas } }, application);
}

async function changeScale(
  { objects }: WriteSurroundings,
  { info, target, namespace, request }: StoredRequest,
  { scaled, noted }: ScaleChange,
): Promise<Reply> {
  const apply = (current: ApiObject): ApiObject => {
    if (!isScalable(current)) throw methodNotAllowed();
    const wanted = scaled(scaleOf(current));
    checkName(target.name ?? '', textAt(wanted, 'metadata', 'name'));
    checkUID(target, textAt(wanted, 'metadata', 'uid'), current.metadata.uid ?? '');
    checkVersion(target, textAt(wanted, 'metadata', 'resourceVersion'), current.metadata.resourceVersion);
    return noted(current, replicasOf(wanted));
  };
  const changed: ApiObject = await objects.patchWith(info.kind, namespace, target.name ?? '', apply, {
    signal: request.signal,
  });
  if (!isScalable(changed)) throw methodNotAllowed();
  return json(scaleOf(changed));
}

function checkName(expected: string, name: string): void {
  if (name === '' || name === expected) return;
  throw badRequest(`the name of the object (${name}) does not match the name on the URL (${expected})`);
}

/** None are wanted where nothing is said. */
function replicasOf(scale: Fields): number {
  const replicas = valueAt(scale, 'spec', 'replicas') ?? 0;
  const path = new FieldPath('spec').child('replicas');
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas > 2 ** 31 - 1)
    throw badRequest(`Scale in version "v1" cannot be handled as a Scale: ${path}: must be a 32-bit integer`);
  if (replicas >= 0) return replicas;
  const fields = [invalid(path, replicas, 'must be greater than or equal to 0')];
  throw new MooringError('INVALID', 'the scale is invalid', { fields });
}
