/** Sub-resources of pods that are requests rather than objects: to go away, and to go to a node. */

import {
  type FieldError,
  FieldPath,
  invalidObjectMessage,
  MooringError,
  notSupported,
  required,
} from '@mooring/core';
import { json, type Reply } from '../http/reply.ts';
import { type Fields, fieldsOf, textAt } from '../json/fields.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { statusFrom } from '../status/from-error.ts';
import { badRequest, type StatusError, success } from '../status/status-error.ts';
import { deletionOf } from './delete-options.ts';
import { versionOf } from './field-validation.ts';
import { givenName, readFields } from './incoming-object.ts';
import type { WriteSurroundings } from './write-objects.ts';

/** Deletes the pod. Nothing holds it back: there are no disruption budgets here. */
export async function evictPod(around: WriteSurroundings, stored: StoredRequest): Promise<Reply> {
  const { request, target, namespace } = stored;
  const eviction = await readFields(request);
  checkBody(stored, eviction, 'Eviction');
  const { options, isRehearsal } = deletionOf(fieldsOf(eviction['deleteOptions']));
  const objects = isRehearsal ? around.rehearsal() : around.objects;
  await objects.delete('Pod', namespace, target.name ?? '', { ...options, signal: request.signal });
  return json(success(), 201);
}

/** Gives the pod its node, once and for all. */
export async function bindPod({ objects }: WriteSurroundings, stored: StoredRequest): Promise<Reply> {
  const { request, target, namespace } = stored;
  const binding = await readFields(request);
  checkBody(stored, binding, 'Binding');
  const nodeName = textAt(binding, 'target', 'name');
  const { name = '' } = target;
  const path = new FieldPath('target');
  const kind = textAt(binding, 'target', 'kind');
  if (kind !== '' && kind !== 'Node')
    throw invalidBinding(name, notSupported(path.child('kind'), kind, ['Node', '<empty>']));
  if (nodeName === '') throw invalidBinding(name, required(path.child('name')));
  const uid = textAt(binding, 'metadata', 'uid');
  const wanted = { namespace, name, nodeName, ...(uid !== '' && { uid }) };
  await objects.bind(wanted, request.signal);
  return json(success(), 201);
}

function checkBody({ target }: StoredRequest, body: Fields, kind: string): void {
  const given = textAt(body, 'kind');
  const version = versionOf(textAt(body, 'apiVersion') || target.version);
  if (given !== '' && given !== kind)
    throw badRequest(`${given} in version "${version}" cannot be handled as a ${kind}`);
  const name = givenName(body);
  if (name !== '' && name !== target.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
}

function invalidBinding(name: string, error: FieldError): StatusError {
  const fields = [error];
  const kind = 'Binding';
  return statusFrom(new MooringError('INVALID', invalidObjectMessage(kind, name, fields), { fields }), {
    kind,
    name,
  });
}
