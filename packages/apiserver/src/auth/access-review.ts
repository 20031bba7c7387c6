/** `kubectl auth can-i`: may I do that? */

import { textAt, valueAt } from '../json/fields.ts';
import type { ApiRequest } from '../request/api-request.ts';
import { readFields } from '../write/incoming-object.ts';
import type { Authorizer } from './authorize.ts';

export async function reviewAccess(authorizer: Authorizer, request: ApiRequest): Promise<object> {
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
  return { spec, status };
}
