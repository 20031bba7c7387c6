/** `kubectl auth can-i`: may I do that? */

import { json, type Reply } from '../http/reply.ts';
import { textAt, valueAt } from '../json/fields.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { ResourceInfo } from '../resources/resource-table.ts';
import { readFields } from '../write/incoming-object.ts';
import type { Authorizer } from './authorize.ts';

export const selfReview: ResourceInfo = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectaccessreviews',
  singular: 'selfsubjectaccessreview',
  kind: 'SelfSubjectAccessReview',
  isNamespaced: false,
  verbs: ['create'],
  subresources: [],
};

export async function reviewSelf(authorizer: Authorizer, request: ApiRequest): Promise<Reply> {
  const review = await readFields(request);
  const spec = valueAt(review, 'spec') ?? {};
  const asked = (field: string) => textAt(spec, 'resourceAttributes', field);
  const isPath = valueAt(spec, 'nonResourceAttributes') !== undefined;
  const allowed =
    isPath ||
    (await authorizer.may(
      request.user,
      {
        verb: asked('verb'),
        group: asked('group'),
        resource: asked('resource'),
        namespace: asked('namespace') || undefined,
        name: asked('name') || undefined,
        subresource: asked('subresource') || undefined,
      },
      '',
      request.signal,
    ));
  const status = allowed ? { allowed } : { allowed, reason: 'no role of this user allows it' };
  const header = { kind: selfReview.kind, apiVersion: 'authorization.k8s.io/v1', metadata: {} };
  return json({ ...header, spec, status }, 201);
}
