/** Sub-resources of pods that are requests rather than objects: to go away, and to go to a node. */

import { json, type Reply } from '../http/reply.ts';
import { fieldsOf, textAt } from '../json/fields.ts';
import type { StoredRequest } from '../resources/stored-request.ts';
import { badRequest, StatusError, success } from '../status/status-error.ts';
import { deletionOf } from './delete-options.ts';
import { givenName, readFields } from './incoming-object.ts';
import type { WriteSurroundings } from './write-objects.ts';

/** Deletes the pod. Nothing holds it back: there are no disruption budgets here. */
export async function evictPod(around: WriteSurroundings, stored: StoredRequest): Promise<Reply> {
  const { request, target, namespace } = stored;
  const eviction = await readFields(request);
  checkName(stored, givenName(eviction));
  const { options, isRehearsal } = deletionOf(fieldsOf(eviction['deleteOptions']));
  const objects = isRehearsal ? around.rehearsal() : around.objects;
  await objects.delete('Pod', namespace, target.name ?? '', { ...options, signal: request.signal });
  return json(success(), 201);
}

/** Gives the pod its node, once and for all. */
export async function bindPod({ objects }: WriteSurroundings, stored: StoredRequest): Promise<Reply> {
  const { request, target, namespace } = stored;
  const binding = await readFields(request);
  checkName(stored, givenName(binding));
  const nodeName = textAt(binding, 'target', 'name');
  if (nodeName === '') throw targetMissing(target.name ?? '');
  const uid = textAt(binding, 'metadata', 'uid');
  const wanted = { namespace, name: target.name ?? '', nodeName, ...(uid !== '' && { uid }) };
  await objects.bind(wanted, request.signal);
  return json(success(), 201);
}

function checkName({ target }: StoredRequest, name: string): void {
  if (name !== '' && name !== target.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
}

function targetMissing(name: string): StatusError {
  const message = 'Required value';
  return new StatusError('Invalid', `Binding ${JSON.stringify(name)} is invalid: target.name: ${message}`, {
    name,
    kind: 'Binding',
    causes: [{ reason: 'FieldValueRequired', message, field: 'target.name' }],
  });
}
